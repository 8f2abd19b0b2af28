#include "tenants/lifecycle/work.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "db/db.h"
#include "loop/task.h"
#include "tenants/epoch.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"

#define ERROR_MOST 500 /* characters of job.error */

int
work_community_open(struct work_community *community,
	const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row, struct error *error)
{
	community->settings = settings;
	community->row = *row;
	credentials_name(row->key, community->schema);
	community->account = (struct db_account){
		.user = community->schema,
		.schema = community->schema,
		.log_name = row->slug,
	};
	community->credentials = (struct credentials){
		.subkey = settings->subkey,
		.key = community->row.key,
		.generation = community->row.generation,
	};
	credentials_serve(&community->credentials, &community->account);
	community->db =
		db_scope_open(settings->pool, arena, &community->account);
	if (tenant_config_read(arena, row->configuration,
		    strlen(row->configuration), &community->config, error) < 0)
		return error_prefix(error, "the stored configuration");
	return 0;
}

const char *
work_origin(const struct work_community *community, struct arena *arena)
{
	const struct lifecycle_settings *settings = community->settings;
	const char *const *domains = community->config.domains.items;

	if (settings->port == 0)
		return arena_printf(
			arena, "%s://%s", settings->scheme, domains[0]);
	return arena_printf(arena, "%s://%s:%u", settings->scheme, domains[0],
		settings->port);
}

int
work_database(struct work *work, const char *what)
{
	return error_set(&work->error, "the database failed: %s", what);
}

/* Before each statement of a migration: still ours? */
static int
hold_on(void *argument)
{
	const struct work *work = argument;

	task_set_deadline(task_current(), clock_monotonic() + work->lease);
	return job_extend(work->control, &work->job, work->lease) == 1 ? 0 : -1;
}

int
work_tables(struct work *work)
{
	struct db_account ddl = *work->settings->steward;
	struct arena *arena = arena_new();
	struct migrate orders = {
		.migrations = work->migrations,
		.ledger = work->control,
		.community = work->job.community,
		.proceed = hold_on,
		.argument = work,
	};
	int result;

	ddl.schema = work->community.schema;
	orders.target = db_scope_open(work->settings->pool, arena, &ddl);
	result = migrate(&orders, arena, &work->error);
	arena_free(arena);
	return result;
}

int
work_moved(struct work *work)
{
	char id[UUID_HYPHENATED_SIZE];
	const struct control_moved moved = {
		.moved = arena_printf(work->arena,
			"[{\"community\":\"%s\",\"kinds\":%u}]",
			(uuid_format_hyphenated(work->job.community, id), id),
			EPOCH_ALL),
	};

	if (db_execute(work->control, &control_moved_statement, &moved) < 0)
		return work_database(work, "telling the other machines");
	return 0;
}

static void
say(const struct work *work, int severity, const char *event,
	const char *detail)
{
	char id[UUID_TEXT_SIZE];
	const struct log_context context = {work->community.row.slug, id};

	uuid_format(work->job.id, id);
	log_event(severity, &context, event, "kind", work->job.kind, "step",
		log_integer(work->job.step), "detail", detail, NULL);
}

/* The step failed: later again, or never. */
static void
give_back(struct work *work)
{
	int64_t delay = job_delay(work->job.attempts);
	char *text = work->error.text;
	int written;

	text[utf8_cut(text, ERROR_MOST)] = '\0';
	if (delay > 0)
		written = job_retry(work->control, &work->job, delay, text);
	else
		written = job_finish(work->control, &work->job, text);
	if (written != 0)
		say(work, delay > 0 ? LOG_WARNING : LOG_ERR,
			delay > 0 ? "job.delayed" : "job.failed", text);
	else
		say(work, LOG_NOTICE, "job.lost", "to another steward");
}

/* 1 done, 0 no longer ours, -1 failed. */
static int
run_step(struct work *work, const struct job_kind *kind, size_t index)
{
	const struct step *step = &kind->steps[index];
	int held;

	work->error.text[0] = '\0';
	task_set_deadline(task_current(), clock_monotonic() + work->lease);
	held = job_advance(work->control, &work->job, (int64_t)index,
		step->name, work->lease);
	if (held != 1)
		return held;
	work->job.step = (int64_t)index;
	fault_point(kind->name, index + 1, "before");
	if (step->run(work) != 0) {
		if (work->error.text[0] == '\0')
			error_set(&work->error, "cut short");
		return error_prefix(&work->error, "%s", step->name);
	}
	fault_point(kind->name, index + 1, "after");
	return 1;
}

void
work_run(struct work *work, const struct job_kind *kind, const bool *stopping)
{
	int outcome = 1;

	for (size_t i = (size_t)work->job.step; i < kind->count; i++) {
		if (*stopping) {
			job_release(work->control, &work->job);
			return;
		}
		outcome = run_step(work, kind, i);
		if (outcome != 1)
			break;
	}
	task_set_deadline(task_current(), clock_monotonic() + work->lease);
	if (outcome == 1)
		outcome = job_finish(work->control, &work->job, NULL);
	if (outcome == 1)
		say(work, LOG_NOTICE, "job.done", "");
	else if (outcome == 0)
		say(work, LOG_NOTICE, "job.lost", "to another steward");
	else
		give_back(work);
}

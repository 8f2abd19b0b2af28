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
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"

#define ERROR_MOST 500 /* characters of job.error */

/* Between two writes of where a job is. */
#define HOLD_AFTER CLOCK_SECOND

void
work_community_name(struct work_community *community,
	const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row)
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
}

int
work_community_open(struct work_community *community,
	const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row, struct error *error)
{
	work_community_name(community, settings, arena, row);
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

int
work_hold(struct work *work)
{
	int64_t now = clock_monotonic();
	int64_t after =
		work->lease / 4 < HOLD_AFTER ? work->lease / 4 : HOLD_AFTER;
	int held = 1;

	task_set_deadline(task_current(), now + work->lease);
	if (now < work->held_at + after)
		return 1;
	held = job_advance(work->control, &work->job, work->step, work->lease);
	if (held == 1)
		work->held_at = now;
	return held;
}

int
work_moved_with(struct work *work, const struct db_statement *change,
	const void *parameters)
{
	char id[UUID_HYPHENATED_SIZE];
	struct control_moved *moved =
		ARENA_NEW(work->arena, struct control_moved);
	struct batch own = {.db = work->control};
	struct batch *batch = work->ending != NULL ? work->ending : &own;

	moved->moved = arena_printf(work->arena,
		"[{\"community\":\"%s\",\"kinds\":%u}]",
		(uuid_format_hyphenated(work->job.community, id), id),
		EPOCH_ALL);
	if ((change != NULL && batch_add(batch, change, parameters) < 0) ||
		batch_add(batch, &control_moved_statement, moved) < 0 ||
		(work->ending == NULL && batch_send(batch) < 0))
		return work_database(work, "telling the other machines");
	return 0;
}

int
work_moved(struct work *work)
{
	return work_moved_with(work, NULL, NULL);
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
	written =
		job_advance(work->control, &work->job, work->step, work->lease);
	if (written == 1 && delay > 0)
		written = job_retry(work->control, &work->job, delay, text);
	else if (written == 1)
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
	work->job.step = (int64_t)index;
	work->step = step->name;
	held = work_hold(work);
	if (held != 1)
		return held;
	fault_point(kind->name, index + 1, "before");
	if (step->run(work) != 0) {
		if (work->error.text[0] == '\0')
			error_set(&work->error, "cut short");
		return error_prefix(&work->error, "%s", step->name);
	}
	fault_point(kind->name, index + 1, "after");
	return 1;
}

struct ending {
	struct work *work;
	const struct job_kind *kind;
	int outcome; /* 1, 0 or -1 as of run_step() */
	struct job_state *over;
};

static int
end_in_transaction(struct db *control, void *argument)
{
	struct ending *ending = argument;
	struct work *work = ending->work;
	struct batch batch = {.db = control};

	work->ending = &batch;
	ending->outcome = run_step(work, ending->kind, ending->kind->count - 1);
	work->ending = NULL;
	if (ending->outcome == 1)
		ending->outcome =
			job_end(&batch, work->arena, &work->job, ending->over);
	return ending->outcome == 1 ? 0 : -1;
}

/* The last step and the job's end, as which it is `over`. As run_step(). */
static int
end(struct work *work, const struct job_kind *kind, struct job_state *over)
{
	struct ending ending = {.work = work, .kind = kind, .over = over};

	if (db_transaction(work->control, end_in_transaction, &ending) == 0)
		return 1;
	if (ending.outcome == 0)
		return 0;
	if (work->error.text[0] != '\0')
		return -1;
	work_database(work, "writing it, and the job's end");
	return error_prefix(&work->error, "%s", work->step);
}

static size_t
first_step(const struct work *work, const struct job_kind *kind)
{
	size_t step = (size_t)work->job.step;

	return work->fresh || step < kind->again_from ? step : kind->again_from;
}

void
work_run(struct work *work, const struct job_kind *kind, const bool *stopping)
{
	struct job_state over = {.state = NULL};
	int outcome = 1;

	work->held_at = clock_monotonic();
	for (size_t i = first_step(work, kind); i < kind->count; i++) {
		if (*stopping) {
			job_release(work->control, &work->job);
			return;
		}
		outcome = i + 1 < kind->count ? run_step(work, kind, i)
					      : end(work, kind, &over);
		if (outcome != 1)
			break;
	}
	task_set_deadline(task_current(), clock_monotonic() + work->lease);
	if (outcome == 1)
		say(work, LOG_NOTICE, "job.done", "");
	else if (outcome == 0)
		say(work, LOG_NOTICE, "job.lost", "to another steward");
	else
		give_back(work);
	job_moved(outcome == 1 && over.state != NULL ? &over : NULL);
}

#include "tenants/lifecycle/discard.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "loop/task.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/order.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/step.h"
#include "tenants/lifecycle/work.h"

/* All workers have asked by then (epoch_sync.h: each second). */
#define HEARING (2 * CLOCK_SECOND)

/* Looked at before each step: a job of anybody else's does nothing. */
static bool
is_ours(const struct work *work)
{
	return strncmp(work->community.row.slug, DISCARD_PREFIX,
		       strlen(DISCARD_PREFIX)) == 0;
}

static int
refuse(struct work *work)
{
	return error_set(&work->error,
		"the community \"%s\" is not one of the selftest's",
		work->community.row.slug);
}

static int
close_doors(struct work *work)
{
	const struct control_id key = {work->job.community};
	int64_t hearing = work->settings->hearing;

	if (!is_ours(work))
		return refuse(work);
	if (db_execute(work->control, &control_purge_statement, &key) < 0 ||
		db_execute(work->control, &control_domains_clear_statement,
			&key) < 0)
		return work_database(work, "closing it");
	if (work_moved(work) < 0)
		return -1;
	/* Who still knows its domains would be refused by the account that goes
	 * next, also where another community has them by then. */
	task_sleep(clock_monotonic() + (hearing == 0 ? HEARING : hearing));
	return task_is_over() ? -1 : 0;
}

static int
drop_account(struct work *work)
{
	return is_ours(work) ? step_drop_account(work) : refuse(work);
}

static int
drop_schema(struct work *work)
{
	return is_ours(work) ? step_drop_schema(work) : refuse(work);
}

static int
remove_rows(struct work *work)
{
	const struct control_id key = {work->job.community};

	if (!is_ours(work))
		return refuse(work);
	if (db_execute(work->control, &control_unmigrate_statement, &key) < 0 ||
		db_execute(work->control, &control_forget_statement, NULL) <
			0 ||
		db_execute(work->control, &control_remove_statement, &key) < 0)
		return work_database(work, "removing its rows");
	return 0;
}

static const struct step steps[] = {
	{"doors", close_doors},
	{"account", drop_account},
	{"schema", drop_schema},
	{"rows", remove_rows},
};
_Static_assert(COUNT_OF(steps) == DISCARD_STEPS, "steps of a removal");

const struct job_kind discard_kind = {
	DISCARD_KIND, steps, COUNT_OF(steps), COUNT_OF(steps)};

int
discard_enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal)
{
	struct order order = {
		.arena = arena,
		.slug = slug,
		.kind = &discard_kind,
		.ordered_by = operator,
		.action = "community.discarded",
		.details = slug,
	};
	enum order_outcome outcome;

	if (strncmp(slug, DISCARD_PREFIX, strlen(DISCARD_PREFIX)) != 0) {
		error_set(refusal,
			"the community \"%s\" is not one of the selftest's",
			slug);
		return ORDER_REFUSED;
	}
	outcome = order_enqueue(control, &order, ret_job);
	if (outcome != ORDER_UNKNOWN)
		return outcome;
	*ret_job = UUID_NONE;
	return ORDER_QUEUED;
}

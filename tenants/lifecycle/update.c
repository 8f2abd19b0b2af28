#include "tenants/lifecycle/update.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "tenants/lifecycle/first_rows.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/step.h"
#include "tenants/lifecycle/work.h"
#include "text/json.h"

static int
read_before(struct work *work, struct control_before *before)
{
	const char *payload = work->job.payload;
	const struct json_t *tree;

	*before = (struct control_before){0};
	if (payload == NULL)
		return 0;
	tree = json_parse(work->arena, payload, strlen(payload), &work->error);
	if (tree == NULL)
		return -1;
	return json_read_record(work->arena, tree, &control_before_record,
		false, before, &work->error);
}

static int
follow(struct work *work)
{
	struct control_before before;

	if (read_before(work, &before) < 0)
		return -1;
	if (first_rows_follow(work->community.db, work->arena,
		    &work->community.config, &before) < 0)
		return work_database(work, "changing settings and texts");
	return 0;
}

static int
tell(struct work *work)
{
	struct control_version *version =
		ARENA_NEW(work->arena, struct control_version);

	version->schema_version = migrations_newest(work->migrations);
	version->id = work->job.community;
	return work_moved_with(work, &control_version_statement, version);
}

/* A statement may copy a table of a million rows. Nobody else takes a claim for
 * longer than ten minutes seriously (job_statements.c). */
static int
make_tables(struct work *work)
{
	int64_t lease = work->lease, most = 9 * CLOCK_MINUTE;
	int result;

	work->lease = lease * 18 < most ? lease * 18 : most;
	work->held_at = 0;
	result = step_make_tables(work);
	work->lease = lease;
	work->held_at = 0;
	return result;
}

static const struct step steps[] = {
	{"tables", make_tables},
	{"settings", follow},
	{"announcement", tell},
};
_Static_assert(COUNT_OF(steps) == UPDATE_STEPS, "steps of an update");

const struct job_kind update_kind = {UPDATE_KIND, steps, COUNT_OF(steps), 0};

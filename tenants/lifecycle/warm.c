#include "tenants/lifecycle/warm.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "db/pool.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/first_rows.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/step.h"
#include "tenants/lifecycle/warm_statements.h"
#include "tenants/lifecycle/work.h"

/* In logs, where a community has its slug. */
#define NAME "made-ahead"

/* Under its own account. It keeps no connection: those are for communities. */
static int
open_tables(struct work *work)
{
	const struct work_community *community = &work->community;
	int result = first_rows_prepare(community->db);

	db_pool_forget(work->settings->pool, community->account.user);
	return result < 0 ? work_database(work, "opening its tables") : 0;
}

static int
mark_ready(struct work *work)
{
	const struct warm_version version = {
		.schema_version = migrations_newest(work->migrations),
		.community = work->job.community,
	};

	if (db_execute(work->control, &warm_ready_statement, &version) < 0)
		return work_database(work, "marking it as ready");
	return 0;
}

static const struct step warm_steps[] = {
	{"schema", step_make_schema},
	{"account", step_make_account},
	{"tables", step_make_tables},
	{"opening", open_tables},
	{"readiness", mark_ready},
};
_Static_assert(COUNT_OF(warm_steps) == WARM_STEPS, "steps of making ahead");

const struct job_kind warm_kind = {
	.name = WARM_KIND,
	.steps = warm_steps,
	.count = COUNT_OF(warm_steps),
	.again_from = 2,
	.background = true,
};

static int
remove_rows(struct work *work)
{
	const struct control_id community = {work->job.community};
	const struct warm_key key = {work->job.community};

	if (db_execute(work->control, &control_unmigrate_statement,
		    &community) < 0 ||
		db_execute(work->control, &warm_remove_statement, &key) < 0)
		return work_database(work, "removing its rows");
	return 0;
}

static const struct step cool_steps[] = {
	{"account", step_drop_account},
	{"schema", step_drop_schema},
	{"rows", remove_rows},
};
_Static_assert(COUNT_OF(cool_steps) == COOL_STEPS, "steps of a removal");

const struct job_kind cool_kind = {
	.name = COOL_KIND,
	.steps = cool_steps,
	.count = COUNT_OF(cool_steps),
	.again_from = COUNT_OF(cool_steps),
	.background = true,
};

static struct control_community
as_community(const struct warm_row *row)
{
	return (struct control_community){
		.id = row->community,
		.slug = NAME,
		.key = row->key,
		.state = row->state,
		.generation = 1,
	};
}

int
warm_any(struct db *db, struct arena *arena, struct control_community *ret_row)
{
	struct warm_row row;
	int found = db_row(db, &warm_any_statement, NULL, arena, &row);

	if (found > 0)
		*ret_row = as_community(&row);
	return found;
}

int
warm_open(struct work *work)
{
	const struct warm_key key = {work->job.community};
	struct control_community community;
	struct warm_row row;
	int found = db_row(
		work->control, &warm_find_statement, &key, work->arena, &row);

	if (found <= 0)
		return found;
	/* One that a community may have taken is never removed. */
	if (strcmp(work->job.kind, COOL_KIND) == 0 &&
		strcmp(row.state, "leaving") != 0)
		return 0;
	community = as_community(&row);
	work_community_name(
		&work->community, work->settings, work->arena, &community);
	return 1;
}

struct db_query
warm_question(struct arena *arena, int64_t version, const char *slug)
{
	struct warm_wanted *wanted = ARENA_NEW(arena, struct warm_wanted);

	*wanted = (struct warm_wanted){version, slug};
	return (struct db_query){
		.statement = &warm_candidate_statement, .parameters = wanted};
}

int
warm_take(const struct db_query *question, struct batch *batch,
	struct uuid *ret_id)
{
	const struct warm_key *key = question->rows.items;

	if (question->rows.count == 0)
		return 0;
	/* Locked, so that it is there to be removed. */
	if (batch_add(batch, &warm_remove_statement, key) < 0)
		return -1;
	*ret_id = key->community;
	return 1;
}

/* The pool being put in order, in a transaction that may run more than once. */
struct ordering {
	struct arena *arena;
	int64_t wanted;
	int64_t version;
	struct uuid id, job; /* should one be made */
};

static int
queue(struct db *db, struct uuid id, struct uuid community,
	const struct job_kind *kind)
{
	const struct job_new job = {
		.id = id,
		.kind = kind->name,
		.community = community,
		.steps = (int64_t)kind->count,
		.requested_by = "steward",
	};

	return job_enqueue(db, &job);
}

static int
change(struct db *db, const struct warm_row *row, const char *state,
	const struct job_kind *kind)
{
	const struct warm_change change = {state, row->community};

	if (db_execute(db, &warm_state_statement, &change) < 0)
		return -1;
	return queue(db, uuid_new(), row->community, kind);
}

static int
review_row(struct db *db, const struct ordering *ordering,
	const struct warm_row *row)
{
	if (strcmp(row->state, "leaving") == 0)
		return row->jobs > 0 ? 0
				     : change(db, row, "leaving", &cool_kind);
	if (row->slot > ordering->wanted)
		return change(db, row, "leaving", &cool_kind);
	if (strcmp(row->state, "ready") == 0
			? row->schema_version >= ordering->version
			: row->jobs > 0)
		return 0;
	/* Of an older version, or its job was given up. */
	return change(db, row, "leaving", &cool_kind);
}

static int
review_in_transaction(struct db *db, void *argument)
{
	const struct ordering *ordering = argument;
	struct record_list list;
	const struct warm_row *rows;

	if (db_rows(db, &warm_list_statement, NULL, ordering->arena, &list) < 0)
		return -1;
	rows = list.items;
	for (size_t i = 0; i < list.count; i++)
		if (review_row(db, ordering, &rows[i]) < 0)
			return -1;
	return 0;
}

int
warm_review(struct db *db, struct arena *arena, int64_t wanted, int64_t version)
{
	struct ordering ordering = {
		.arena = arena, .wanted = wanted, .version = version};

	return db_transaction(db, review_in_transaction, &ordering);
}

/* 0 queued, 1 none is wanted, -1. */
static int
fill_in_transaction(struct db *db, void *argument)
{
	const struct ordering *ordering = argument;
	char key[UUID_TEXT_SIZE];
	struct warm_new new = {ordering->id, 1, key};
	struct record_list list;
	const struct warm_row *rows;

	if (db_rows(db, &warm_list_statement, NULL, ordering->arena, &list) < 0)
		return -1;
	rows = list.items;
	for (size_t i = 0; i < list.count && rows[i].slot == new.slot; i++)
		new.slot++;
	if (new.slot > ordering->wanted)
		return 1;
	uuid_format(ordering->id, key);
	if (db_execute(db, &warm_insert_statement, &new) < 0)
		return -1;
	return queue(db, ordering->job, ordering->id, &warm_kind);
}

int
warm_fill(struct db *db, struct arena *arena, int64_t wanted)
{
	struct ordering ordering = {
		.arena = arena,
		.wanted = wanted,
		.id = uuid_new(),
		.job = uuid_new(),
	};
	int outcome = db_transaction(db, fill_in_transaction, &ordering);

	if (outcome == 0)
		return 1;
	/* Another steward has just made use of the slot. */
	if (outcome > 0 || db_failure(db) == DB_FAILURE_DUPLICATE)
		return 0;
	return -1;
}

int64_t
warm_ready(struct db *db, struct arena *arena)
{
	struct warm_number number;

	return db_row(db, &warm_count_statement, NULL, arena, &number) == 1
		       ? number.count
		       : -1;
}

#include "tenants/change.h"

#include <string.h>

#include "base/log.h"
#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/permission.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/session.h"

struct change {
	struct request *request;
	const struct community *now; /* as it is at the transaction's begin */
	int (*body)(struct request *request, struct db *db, void *argument);
	void *argument;
	const struct change_at_once *at_once; /* instead of body */
};

#define OVERRULED 1

_Static_assert(CHANGE_ACTS + 1 == AUDIT_ACTS, "and the standing before them");

struct queue_row {
	int64_t id;
};

static const struct field queue_fields[] = {
	FIELD_INTEGER(struct queue_row, id),
};
static const struct record queue_record =
	RECORD(struct queue_row, queue_fields);

static const struct field member_fields[] = {
	FIELD_UUID(struct change_queue_member, member),
};
static const struct record member_record =
	RECORD(struct change_queue_member, member_fields);

/* The row is there once. */
const struct db_statement change_queue_statement = {
	.name = "change.queue",
	.sql = "SELECT id "
	       "FROM settings "
	       "WHERE id = 1 "
	       "FOR UPDATE",
	.row = &queue_record,
	.kind = DB_WRITE,
};

/* Not the member's own row: the standing shares that, and two who share a
 * row cannot both go on to hold it. */
const struct db_statement change_queue_member_statement = {
	.name = "change.queue_member",
	.sql = "SELECT member "
	       "FROM member_password "
	       "WHERE member = ? "
	       "FOR UPDATE",
	.parameters = &member_record,
	.row = &member_record,
	.kind = DB_WRITE,
};

int
change_queue(struct request *request, struct db *db)
{
	struct queue_row row;

	return db_row(db, &change_queue_statement, NULL, request->arena, &row) <
			       0
		       ? -1
		       : 0;
}

int
change_queue_member(struct request *request, struct db *db, struct uuid member)
{
	struct change_queue_member row = {member};

	return db_row(db, &change_queue_member_statement, &row, request->arena,
		       &row) < 0
		       ? -1
		       : 0;
}

static bool
needs_standing(const struct request *request)
{
	return request->actor != NULL &&
	       request->route->permission >= PERMIT_SIGNED_IN;
}

/* Whether the actor may still do this: 0 or OVERRULED. */
static int
decide(struct request *request, const struct db_query *standing)
{
	session_stand(request->actor, standing);
	request->actor->overruled = permission_of(request) != VERDICT_ALLOWED;
	return request->actor->overruled ? OVERRULED : 0;
}

static int
run_body(struct change *change, struct db *db)
{
	struct request *request = change->request;

	if (needs_standing(request)) {
		struct db_query standing =
			session_standing(request, change->now);

		if (db_queries(db, &standing, 1, request->arena) < 0)
			return -1;
		if (decide(request, &standing) != 0)
			return OVERRULED;
	}
	return change->body(request, db, change->argument);
}

/* The standing comes first: its locks are those that everybody takes first. */
static int
run_at_once(struct change *change, struct db *db)
{
	struct request *request = change->request;
	const struct change_at_once *act = change->at_once;
	struct db_query queries[AUDIT_ACTS];
	size_t count = 0;

	if (act->count > CHANGE_ACTS)
		log_defect("community_change_at_once", "%zu", act->count);
	if (needs_standing(request))
		queries[count++] = session_standing(request, change->now);
	memcpy(queries + count, act->acts, act->count * sizeof(*queries));
	if (audit_append_with(
		    request, db, &act->event, queries, count + act->count) < 0)
		return -1;
	if (count > 0 && decide(request, queries) != 0)
		return OVERRULED;
	return act->judge(request, db, queries + count, change->argument);
}

static int
run(struct db *db, void *argument)
{
	struct change *change = argument;

	return change->at_once != NULL ? run_at_once(change, db)
				       : run_body(change, db);
}

/* The outcome for the caller: who was overruled has failed. */
static int
conclude(const struct request *request, int outcome)
{
	return request->actor != NULL && request->actor->overruled ? -1
								   : outcome;
}

/* The community with the terms now in force, held: a request whose body came
 * slowly began under others. Nothing is asked of the database as long as the
 * settings have not moved. NULL where the registry cannot be asked: nor can the
 * transaction then. */
static const struct community *
find_current(struct request *request)
{
	const struct community *found = NULL;

	return registry_find(service_of(request)->registry, request,
		       request->host, &found) > 0
		       ? found
		       : NULL;
}

/* A change that others see. */
static int
change_openly(struct change *change, unsigned kinds)
{
	const struct request *request = change->request;
	struct epoch_table *epochs = service_of(request)->epochs;
	struct uuid id = request->community->id;
	int outcome;

	epoch_begin(epochs, id);
	outcome = db_transaction(request->db, run, change);
	/* Also after a failure: a commit whose answer was lost may have
	 * happened. Only what was refused before did surely not. */
	epoch_end(epochs, id, outcome > 0 ? 0 : kinds);
	return outcome;
}

static int
carry_out(struct change *change, unsigned kinds)
{
	struct request *request = change->request;
	const struct community *current = find_current(request);
	int outcome;

	change->now = current != NULL ? current : request->community;
	outcome = kinds == 0 ? db_transaction(request->db, run, change)
			     : change_openly(change, kinds);
	community_drop(current);
	return conclude(request, outcome);
}

int
community_change(struct request *request, unsigned kinds,
	int (*body)(struct request *request, struct db *db, void *argument),
	void *argument)
{
	struct change change = {
		.request = request,
		.body = body,
		.argument = argument,
	};

	return carry_out(&change, kinds);
}

int
community_change_at_once(struct request *request, unsigned kinds,
	const struct change_at_once *act, void *argument)
{
	struct change change = {
		.request = request,
		.at_once = act,
		.argument = argument,
	};

	return carry_out(&change, kinds);
}

#include "tenants/change.h"

#include "db/db.h"
#include "http/request.h"
#include "tenants/actor.h"
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
};

#define OVERRULED 1

struct queue_row {
	int64_t id;
};

static const struct field queue_fields[] = {
	FIELD_INTEGER(struct queue_row, id),
};
static const struct record queue_record =
	RECORD(struct queue_row, queue_fields);

struct queue_member {
	struct uuid member;
};

static const struct field member_fields[] = {
	FIELD_UUID(struct queue_member, member),
};
static const struct record member_record =
	RECORD(struct queue_member, member_fields);

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

/* Not the member's own row: session_recheck() shares that, and two who share a
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
	struct queue_member row = {member};

	return db_row(db, &change_queue_member_statement, &row, request->arena,
		       &row) < 0
		       ? -1
		       : 0;
}

/* Whether the actor may still do this: 0, OVERRULED or -1. */
static int
check_authority(
	struct request *request, struct db *db, const struct community *now)
{
	struct actor *actor = request->actor;

	if (actor == NULL || request->route->permission < PERMIT_SIGNED_IN)
		return 0;
	if (session_recheck(request, db, now) < 0)
		return -1;
	actor->overruled = permission_of(request) != VERDICT_ALLOWED;
	return actor->overruled ? OVERRULED : 0;
}

static int
run(struct db *db, void *argument)
{
	struct change *change = argument;
	int outcome = check_authority(change->request, db, change->now);

	return outcome != 0
		       ? outcome
		       : change->body(change->request, db, change->argument);
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

int
community_change(struct request *request, unsigned kinds,
	int (*body)(struct request *request, struct db *db, void *argument),
	void *argument)
{
	const struct community *current = find_current(request);
	struct change change = {request,
		current != NULL ? current : request->community, body, argument};
	int outcome = kinds == 0 ? db_transaction(request->db, run, &change)
				 : change_openly(&change, kinds);

	community_drop(current);
	return conclude(request, outcome);
}

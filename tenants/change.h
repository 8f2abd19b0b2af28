/*
 * change.h: a change that visitors could see. The one way to write: a
 * transaction within epoch_begin() and epoch_end(), so that no handler can
 * forget to say that something happened.
 */
#ifndef MISSIOND_TENANTS_CHANGE_H
#define MISSIOND_TENANTS_CHANGE_H

#include <stddef.h>

#include "base/record.h"
#include "db/db.h"
#include "tenants/audit/audit.h"

struct db;
struct db_statement;
struct request;

/*
 * Where the route is for those who are logged in, the actor's standing is read
 * again within the transaction, in one statement: who was suspended or logged
 * out since the request began, lost the scope, or has not accepted terms that
 * came into force meanwhile gets the answer of admission instead, and −1 is
 * returned.
 *
 * As db_transaction() on the request's community: `body` may run twice; 0
 * commits, anything else rolls back and is returned. `kinds` are those of
 * epoch.h (EPOCH_CONTENT, …); 0 where only those who did it see the change.
 */
int community_change(struct request *request, unsigned kinds,
	int (*body)(struct request *request, struct db *db, void *argument),
	void *argument);

/*
 * A change that asks nothing before it acts. Its statements, the audit row and
 * the question for the standing are sent together; then it waits for all their
 * answers at once, looks at them, and commits or rolls back. What the actor may
 * not do any more has so been done for a moment, in a transaction that nobody
 * else sees and that is rolled back.
 */
#define CHANGE_ACTS 3

struct change_at_once {
	struct db_query acts[CHANGE_ACTS];
	size_t count;
	struct audit_event event;
	/* What the acts found or did: 0 commits, anything else rolls back. */
	int (*judge)(struct request *request, struct db *db,
		const struct db_query *acts, void *argument);
};

/* As community_change(). */
int community_change_at_once(struct request *request, unsigned kinds,
	const struct change_at_once *act, void *argument);

/*
 * Inside such a change, before what there is is counted: whoever counts the
 * same waits until the transaction is over, so that two at once pass no limit.
 * change_queue() is for all of the community's, change_queue_member() for one
 * member's. 0 or -1. As an act of a change at once it is
 * change_queue_member_statement.
 */
int change_queue(struct request *request, struct db *db);
int change_queue_member(
	struct request *request, struct db *db, struct uuid member);

/* Parameters of change_queue_member_statement. */
struct change_queue_member {
	struct uuid member;
};

extern const struct db_statement change_queue_statement;
extern const struct db_statement change_queue_member_statement;

#endif

/*
 * audit.h: the community's append-only list of who did what, on whom, when and
 * from where: acts of office, which founder and admins read, and what members
 * publish, change and take back, for those who moderate and for whoever may by
 * law ask the host who it was. The row is written in the same transaction as
 * the act. It names people by a pseudonym that goes with their member row;
 * address and details stand apart, where erasure can empty them and from where
 * those of members' acts go after a year.
 */
#ifndef MISSIOND_TENANTS_AUDIT_AUDIT_H
#define MISSIOND_TENANTS_AUDIT_AUDIT_H

#include <stddef.h>

#include "base/record.h"

struct db;
struct db_query;
struct request;

/* How long address and details of a member's act are kept: as long as the law
 * has hosts keep who published what (France: a year). */
#define AUDIT_MEMBER_DAYS 365

/* Most statements of an act that go along with its row. */
#define AUDIT_ACTS 4

struct audit_event {
	const char *action;  /* "appointment.granted", see audit/actions.c */
	struct uuid member;  /* acted on, or UUID_NONE */
	struct uuid thing;   /* acted on where no member is, or UUID_NONE */
	const char *details; /* words for the details table, or NULL */
};

/* Appends on behalf of the request's actor, from its address; call inside the
 * transaction. 0 or -1. */
int audit_append(struct request *request, struct db *db,
	const struct audit_event *event);

/*
 * The same together with the act itself, `count` statements that come first:
 * all are sent before the first answer is read. What they did is in `acts`;
 * where that is nothing, the transaction is to be rolled back, and the row with
 * it.
 */
int audit_append_with(struct request *request, struct db *db,
	const struct audit_event *event, struct db_query *acts, size_t count);

/* Removes address and details of members' acts that are older than
 * AUDIT_MEMBER_DAYS, a thousand at most; the courier's sweep calls it. 0 or -1.
 */
int audit_expire(struct db *db);

#endif

/*
 * warm.h: the pool of schemas made ahead (missiond_control.warm_schema), so
 * that a new community costs no DDL. A schema and its account are named by the
 * community's id, so ids are reserved ahead; nobody can know a password before
 * the community is there, and the account has rights on its empty schema alone.
 *
 * A row is written, with the job that makes its schema, before anything is
 * made, so what a kill left behind is always known: the job is finished as any
 * other. warm_take() moves an id from here to a community in one transaction,
 * so that no schema ever belongs to two, or to none.
 *
 * All functions wait, in a scope of the control schema.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_WARM_H
#define MISSIOND_TENANTS_LIFECYCLE_WARM_H

#include <stdint.h>

#include "base/uuid.h"
#include "db/db.h"

struct arena;
struct batch;
struct control_community;
struct job_kind;
struct work;

/* Makes one; removes one. */
#define WARM_KIND  "warm"
#define WARM_STEPS 5
#define COOL_KIND  "cool"
#define COOL_STEPS 3
extern const struct job_kind warm_kind, cool_kind;

/* What a job of these kinds is for: 1 and work->community is filled in, 0 when
 * there is no such schema any more, or -1. */
int warm_open(struct work *work);

/* The question for one of this version that is ready, in the transaction that
 * makes the community of the slug: until its end it is nobody else's. None
 * where there is a community of the slug. */
struct db_query warm_question(
	struct arena *arena, int64_t version, const char *slug);

/* Takes the one that the question was answered with out of the pool, when the
 * batch is sent. The community has its id. 1, 0 when none is ready, or -1. */
int warm_take(const struct db_query *question, struct batch *batch,
	struct uuid *ret_id);

/*
 * Puts the pool in order, at the start and when the number wanted has changed:
 * what is half made is finished, what has an older version goes, for another to
 * be made, and so does what is too much. 0 or -1.
 */
int warm_review(
	struct db *db, struct arena *arena, int64_t wanted, int64_t version);

/* Queues the making of one more: 1, 0 when none is wanted, or -1. */
int warm_fill(struct db *db, struct arena *arena, int64_t wanted);

/* One that is ready, with what a community's row says of schema and account: 1,
 * 0 when none is, or -1. */
int warm_any(
	struct db *db, struct arena *arena, struct control_community *ret_row);

/* How many are ready; -1 when the database failed. */
int64_t warm_ready(struct db *db, struct arena *arena);

#endif

/* courier_registry.h: what the courier reads of the registry, and tells it; for
 * courier.c. All functions wait and return -1 when the database failed. */
#ifndef MISSIOND_COURIER_REGISTRY_H
#define MISSIOND_COURIER_REGISTRY_H

#include "base/record.h"

struct arena;
struct db;
struct db_statement;

/* Rows a query here returns at most. */
#define COURIER_ROWS 500

struct courier_moved {
	struct uuid community;
	int64_t mail_epoch;
	struct timestamp moved;
};

/* When a community last moved; the beginning of time when none ever did. */
int courier_registry_latest(
	struct db *db, struct arena *arena, struct timestamp *ret_moved);

/* Communities that moved after that one (or from that time on, when its
 * community is none), of struct courier_moved, oldest first. */
int courier_registry_moved(struct db *db, struct arena *arena,
	const struct courier_moved *after, struct record_list *ret_moved);

struct courier_due {
	struct uuid community;
	struct timestamp due;
};

/* Communities whose mail waited when it was last looked at or has moved since,
 * of struct courier_due, after that one, by when it is due. */
int courier_registry_due(struct db *db, struct arena *arena,
	const struct courier_due *after, struct record_list *ret_due);

struct courier_id {
	struct uuid id;
};

/* Communities whose mail is delivered, of struct courier_id, after an id. */
int courier_registry_page(struct db *db, struct arena *arena, struct uuid after,
	struct record_list *ret_ids);

struct courier_community {
	const char *slug;
	const char *key;
	int64_t generation;
	int64_t mail_epoch;   /* INTEGER_NONE: nothing ever moved */
	struct timestamp due; /* TIME_NONE: no mail waits, as far as is known */
	int64_t schema_version;
};

/* One whose mail is delivered: 1, 0 (unknown, suspended or gone), or -1. */
int courier_registry_find(struct db *db, struct arena *arena, struct uuid id,
	struct courier_community *ret);

/*
 * What was found: microseconds until a mail is due, INTEGER_NONE when none
 * waits. Nothing happens when mail has moved since the community was read: that
 * has to be looked at. 0 or -1.
 */
int courier_registry_seen(struct db *db, struct uuid id,
	const struct courier_community *community, int64_t microseconds);

/* Ends with NULL; for tests. */
extern const struct db_statement *const courier_registry_statements[];

#endif

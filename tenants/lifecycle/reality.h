/* reality.h: where database and registry disagree, for drift. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_REALITY_H
#define MISSIOND_TENANTS_LIFECYCLE_REALITY_H

#include <stdint.h>

#include "base/record.h"

struct arena;
struct db;
struct db_statement;

/*
 * Texts: communities without a schema, with one that is behind `newest`,
 * schemas that belong to no community, jobs that failed. Waits, in a scope of
 * missiond_control. 0 or -1.
 */
int reality_check(struct db *db, struct arena *arena, int64_t newest,
	struct record_list *ret_texts);

/* For tests; ends with NULL. */
extern const struct db_statement *const reality_statements[];

#endif

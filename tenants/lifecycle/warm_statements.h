/* warm_statements.h: what warm.c asks of missiond_control.warm_schema. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_WARM_STATEMENTS_H
#define MISSIOND_TENANTS_LIFECYCLE_WARM_STATEMENTS_H

#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

/* Slots there can be. */
#define WARM_MOST 1000

struct warm_row {
	struct uuid community;
	int64_t slot;
	const char *key;
	const char *state; /* "making", "ready", "leaving" */
	int64_t schema_version;
	int64_t jobs; /* of it that wait or run */
};

struct warm_key {
	struct uuid community;
};

struct warm_new {
	struct uuid community;
	int64_t slot;
	const char *key;
};

struct warm_change {
	const char *state;
	struct uuid community;
};

struct warm_version {
	int64_t schema_version;
	struct uuid community;
};

struct warm_wanted {
	int64_t schema_version;
	const char *slug;
};

struct warm_number {
	int64_t count;
};

/* All, locked, by slot. */
extern const struct db_statement warm_list_statement;
extern const struct db_statement warm_find_statement;
extern const struct db_statement warm_count_statement; /* that are ready */
extern const struct db_statement warm_insert_statement;
extern const struct db_statement warm_state_statement;
extern const struct db_statement warm_ready_statement;
extern const struct db_statement warm_any_statement; /* that is ready */
/* One that can be taken, locked; past those that others take. */
extern const struct db_statement warm_candidate_statement;
extern const struct db_statement warm_remove_statement;

#endif

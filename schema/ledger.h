/* ledger.h: the statements on missiond_control.schema_migration; for migrate.c.
 * The community is a text because the control schema's, all zero, would go to
 * the server as NULL. */
#ifndef MISSIOND_SCHEMA_LEDGER_H
#define MISSIOND_SCHEMA_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

struct ledger_community {
	const char *community;
};

/* What is known of a file. */
struct ledger_row {
	int64_t version;
	const char *file;
	struct slice sha256;
	int64_t statements_done;
	struct timestamp finished_at;
};

/* How far a file is. */
struct ledger_progress {
	const char *community;
	int64_t version;
	const char *file;
	struct slice sha256;
	int64_t statements_done;
	int64_t took; /* µs since it began */
	bool finished;
};

/* By version. */
extern const struct db_statement ledger_list_statement;
extern const struct db_statement ledger_write_statement;

#endif

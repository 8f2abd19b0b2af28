/* ledger.h: the statements on missiond_control.schema_migration; for migrate.c.
 * The community is a text because the control schema's, all zero, would go to
 * the server as NULL. */
#ifndef MISSIOND_SCHEMA_LEDGER_H
#define MISSIOND_SCHEMA_LEDGER_H

#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

struct ledger_community {
	const char *community;
};

struct ledger_key {
	const char *community;
	int64_t version;
};

struct ledger_new {
	const char *community;
	int64_t version;
	const char *file;
	struct slice sha256;
};

struct ledger_progress {
	int64_t statements_done;
	const char *community;
	int64_t version;
};

struct ledger_row {
	int64_t version;
	const char *file;
	struct slice sha256;
	int64_t statements_done;
	struct timestamp finished_at;
};

extern const struct db_statement ledger_newest_statement;
extern const struct db_statement ledger_find_statement;
extern const struct db_statement ledger_begin_statement;
extern const struct db_statement ledger_restart_statement;
extern const struct db_statement ledger_progress_statement;
extern const struct db_statement ledger_finish_statement;

struct ledger_newest {
	int64_t version;
};

struct ledger_restart {
	struct slice sha256;
	const char *file;
	const char *community;
	int64_t version;
};

#endif

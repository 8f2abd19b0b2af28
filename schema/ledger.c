#include "schema/ledger.h"

#include <stddef.h>

#include "schema/migrate.h"

static const struct field community_fields[] = {
	FIELD_TEXT(struct ledger_community, community),
};
static const struct record community_record =
	RECORD(struct ledger_community, community_fields);

static const struct field row_fields[] = {
	FIELD_INTEGER(struct ledger_row, version),
	FIELD_TEXT(struct ledger_row, file),
	FIELD_BYTES(struct ledger_row, sha256),
	FIELD_INTEGER(struct ledger_row, statements_done),
	FIELD_TIME(struct ledger_row, finished_at),
};
static const struct record row_record = RECORD(struct ledger_row, row_fields);

static const struct field progress_fields[] = {
	FIELD_TEXT(struct ledger_progress, community),
	FIELD_INTEGER(struct ledger_progress, version),
	FIELD_TEXT(struct ledger_progress, file),
	FIELD_BYTES(struct ledger_progress, sha256),
	FIELD_INTEGER(struct ledger_progress, statements_done),
	FIELD_INTEGER(struct ledger_progress, took),
	FIELD_BOOLEAN(struct ledger_progress, finished),
};
static const struct record progress_record =
	RECORD(struct ledger_progress, progress_fields);

const struct db_statement ledger_list_statement = {
	.name = "migrate.list",
	.sql = "SELECT version, file, sha256, statements_done, finished_at"
	       " FROM schema_migration WHERE community = CAST(? AS UUID)"
	       " ORDER BY version",
	.parameters = &community_record,
	.row = &row_record,
	.kind = DB_READ,
	.limit = MIGRATIONS_MOST,
};

/* A twin may be further on. Where no statement is recorded the file may still
 * change: what it is comes first, while the rest is as it was. */
const struct db_statement ledger_write_statement = {
	.name = "migrate.write",
	.sql = "INSERT INTO schema_migration (community, version, file,"
	       " sha256, statements_done, started_at, finished_at)"
	       " VALUES (CAST(? AS UUID), ?, ?, ?, ?,"
	       " UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND,"
	       " IF(?, UTC_TIMESTAMP(6), NULL))"
	       " ON DUPLICATE KEY UPDATE"
	       " file = IF(statements_done = 0 AND finished_at IS NULL,"
	       " VALUES(file), file),"
	       " sha256 = IF(statements_done = 0 AND finished_at IS NULL,"
	       " VALUES(sha256), sha256),"
	       " statements_done ="
	       " GREATEST(statements_done, VALUES(statements_done)),"
	       " finished_at = COALESCE(finished_at, VALUES(finished_at))",
	.parameters = &progress_record,
	.kind = DB_WRITE,
};

const struct db_statement *const migrate_statements[] = {
	&ledger_list_statement,
	&ledger_write_statement,
	NULL,
};

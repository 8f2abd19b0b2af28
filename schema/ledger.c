#include "schema/ledger.h"

#include <stddef.h>

#include "schema/migrate.h"

static const struct field community_fields[] = {
	FIELD_TEXT(struct ledger_community, community),
};
static const struct record community_record =
	RECORD(struct ledger_community, community_fields);

static const struct field key_fields[] = {
	FIELD_TEXT(struct ledger_key, community),
	FIELD_INTEGER(struct ledger_key, version),
};
static const struct record key_record = RECORD(struct ledger_key, key_fields);

static const struct field new_fields[] = {
	FIELD_TEXT(struct ledger_new, community),
	FIELD_INTEGER(struct ledger_new, version),
	FIELD_TEXT(struct ledger_new, file),
	FIELD_BYTES(struct ledger_new, sha256),
};
static const struct record new_record = RECORD(struct ledger_new, new_fields);

static const struct field restart_fields[] = {
	FIELD_BYTES(struct ledger_restart, sha256),
	FIELD_TEXT(struct ledger_restart, file),
	FIELD_TEXT(struct ledger_restart, community),
	FIELD_INTEGER(struct ledger_restart, version),
};
static const struct record restart_record =
	RECORD(struct ledger_restart, restart_fields);

static const struct field progress_fields[] = {
	FIELD_INTEGER(struct ledger_progress, statements_done),
	FIELD_TEXT(struct ledger_progress, community),
	FIELD_INTEGER(struct ledger_progress, version),
};
static const struct record progress_record =
	RECORD(struct ledger_progress, progress_fields);

static const struct field row_fields[] = {
	FIELD_INTEGER(struct ledger_row, version),
	FIELD_TEXT(struct ledger_row, file),
	FIELD_BYTES(struct ledger_row, sha256),
	FIELD_INTEGER(struct ledger_row, statements_done),
	FIELD_TIME(struct ledger_row, finished_at),
};
static const struct record row_record = RECORD(struct ledger_row, row_fields);

static const struct field newest_fields[] = {
	FIELD_INTEGER(struct ledger_newest, version),
};
static const struct record newest_record =
	RECORD(struct ledger_newest, newest_fields);

/* Without row 0, not "none". */
const struct db_statement ledger_newest_statement = {
	.name = "migrate.newest",
	.sql = "SELECT COALESCE(MAX(version), 0) AS version"
	       " FROM schema_migration WHERE community = CAST(? AS UUID)",
	.parameters = &community_record,
	.row = &newest_record,
	.kind = DB_READ,
};

const struct db_statement ledger_find_statement = {
	.name = "migrate.find",
	.sql = "SELECT version, file, sha256, statements_done, finished_at"
	       " FROM schema_migration"
	       " WHERE community = CAST(? AS UUID) AND version = ?",
	.parameters = &key_record,
	.row = &row_record,
	.kind = DB_READ,
};

const struct db_statement ledger_begin_statement = {
	.name = "migrate.begin",
	.sql = "INSERT INTO schema_migration"
	       " (community, version, file, sha256, started_at)"
	       " VALUES (CAST(? AS UUID), ?, ?, ?, UTC_TIMESTAMP(6))"
	       " ON DUPLICATE KEY UPDATE version = VALUES(version)",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement ledger_restart_statement = {
	.name = "migrate.restart",
	.sql = "UPDATE schema_migration SET sha256 = ?, file = ?"
	       " WHERE community = CAST(? AS UUID) AND version = ?"
	       " AND statements_done = 0 AND finished_at IS NULL",
	.parameters = &restart_record,
	.kind = DB_WRITE,
};

/* A twin may be further on. */
const struct db_statement ledger_progress_statement = {
	.name = "migrate.progress",
	.sql = "UPDATE schema_migration"
	       " SET statements_done = GREATEST(statements_done, ?)"
	       " WHERE community = CAST(? AS UUID) AND version = ?",
	.parameters = &progress_record,
	.kind = DB_WRITE,
};

const struct db_statement ledger_finish_statement = {
	.name = "migrate.finish",
	.sql = "UPDATE schema_migration"
	       " SET finished_at = COALESCE(finished_at, UTC_TIMESTAMP(6))"
	       " WHERE community = CAST(? AS UUID) AND version = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement *const migrate_statements[] = {
	&ledger_newest_statement,
	&ledger_find_statement,
	&ledger_begin_statement,
	&ledger_restart_statement,
	&ledger_progress_statement,
	&ledger_finish_statement,
	NULL,
};

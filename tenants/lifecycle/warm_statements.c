#include "tenants/lifecycle/warm_statements.h"

static const struct field row_fields[] = {
	FIELD_UUID(struct warm_row, community),
	FIELD_INTEGER(struct warm_row, slot),
	FIELD_TEXT(struct warm_row, key),
	FIELD_TEXT(struct warm_row, state),
	FIELD_INTEGER(struct warm_row, schema_version),
	FIELD_INTEGER(struct warm_row, jobs),
};
static const struct record row_record = RECORD(struct warm_row, row_fields);

static const struct field key_fields[] = {
	FIELD_UUID(struct warm_key, community),
};
static const struct record key_record = RECORD(struct warm_key, key_fields);

static const struct field new_fields[] = {
	FIELD_UUID(struct warm_new, community),
	FIELD_INTEGER(struct warm_new, slot),
	FIELD_TEXT(struct warm_new, key),
};
static const struct record new_record = RECORD(struct warm_new, new_fields);

static const struct field change_fields[] = {
	FIELD_TEXT(struct warm_change, state),
	FIELD_UUID(struct warm_change, community),
};
static const struct record change_record =
	RECORD(struct warm_change, change_fields);

static const struct field version_fields[] = {
	FIELD_INTEGER(struct warm_version, schema_version),
	FIELD_UUID(struct warm_version, community),
};
static const struct record version_record =
	RECORD(struct warm_version, version_fields);

static const struct field wanted_fields[] = {
	FIELD_INTEGER(struct warm_wanted, schema_version),
	FIELD_TEXT(struct warm_wanted, slug),
};
static const struct record wanted_record =
	RECORD(struct warm_wanted, wanted_fields);

static const struct field number_fields[] = {
	FIELD_INTEGER(struct warm_number, count),
};
static const struct record number_record =
	RECORD(struct warm_number, number_fields);

#define COLUMNS                                                                \
	"SELECT warm_schema.community, warm_schema.slot, warm_schema.`key`,"   \
	" warm_schema.state, warm_schema.schema_version,"                      \
	" (SELECT COUNT(*) FROM job"                                           \
	" WHERE job.community = warm_schema.community"                         \
	" AND job.state IN ('waiting', 'running')) AS jobs FROM warm_schema"

const struct db_statement warm_list_statement = {
	.name = "warm.list",
	.sql = COLUMNS " ORDER BY warm_schema.slot LIMIT 1000 FOR UPDATE",
	.row = &row_record,
	.kind = DB_WRITE,
	.limit = WARM_MOST,
};

const struct db_statement warm_find_statement = {
	.name = "warm.find",
	.sql = COLUMNS " WHERE warm_schema.community = ?",
	.parameters = &key_record,
	.row = &row_record,
	.kind = DB_READ,
};

const struct db_statement warm_any_statement = {
	.name = "warm.any",
	.sql = COLUMNS " WHERE warm_schema.state = 'ready' LIMIT 1",
	.row = &row_record,
	.kind = DB_READ,
};

const struct db_statement warm_count_statement = {
	.name = "warm.count",
	.sql = "SELECT COUNT(*) AS count FROM warm_schema"
	       " WHERE state = 'ready'",
	.row = &number_record,
	.kind = DB_READ,
};

const struct db_statement warm_insert_statement = {
	.name = "warm.insert",
	.sql = "INSERT INTO warm_schema (community, slot, `key`, state,"
	       " created_at) VALUES (?, ?, ?, 'making', UTC_TIMESTAMP(6))",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement warm_state_statement = {
	.name = "warm.state",
	.sql = "UPDATE warm_schema SET state = ? WHERE community = ?",
	.parameters = &change_record,
	.kind = DB_WRITE,
};

/* Not one that is to go meanwhile. */
const struct db_statement warm_ready_statement = {
	.name = "warm.ready",
	.sql = "UPDATE warm_schema SET state = 'ready', schema_version = ?"
	       " WHERE community = ? AND state = 'making'",
	.parameters = &version_record,
	.kind = DB_WRITE,
};

/* None where the slug has a community, so that a change keeps none locked. */
const struct db_statement warm_candidate_statement = {
	.name = "warm.candidate",
	.sql = "SELECT community FROM warm_schema"
	       " WHERE state = 'ready' AND schema_version = ?"
	       " AND NOT EXISTS (SELECT 1 FROM community WHERE slug = ?)"
	       " ORDER BY slot LIMIT 1 FOR UPDATE SKIP LOCKED",
	.parameters = &wanted_record,
	.row = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement warm_remove_statement = {
	.name = "warm.remove",
	.sql = "DELETE FROM warm_schema WHERE community = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

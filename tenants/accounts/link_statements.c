#include "db/db.h"
#include "tenants/accounts/statements.h"

static const struct field new_fields[] = {
	FIELD_UUID(struct link_new, id),
	FIELD_BYTES(struct link_new, digest),
	FIELD_TEXT(struct link_new, purpose),
	FIELD_UUID(struct link_new, member),
	FIELD_TIME(struct link_new, created),
	FIELD_TIME(struct link_new, expires),
};
static const struct record new_record = RECORD(struct link_new, new_fields);

static const struct field key_fields[] = {
	FIELD_BYTES(struct link_key, digest),
	FIELD_TEXT(struct link_key, purpose),
	FIELD_TIME(struct link_key, now),
};
static const struct record key_record = RECORD(struct link_key, key_fields);

static const struct field row_fields[] = {
	FIELD_UUID(struct link_row, member),
};
static const struct record row_record = RECORD(struct link_row, row_fields);

static const struct field used_fields[] = {
	FIELD_TIME(struct link_used, now),
	FIELD_BYTES(struct link_used, digest),
};
static const struct record used_record = RECORD(struct link_used, used_fields);

static const struct field member_fields[] = {
	FIELD_TIME(struct link_member, now),
	FIELD_UUID(struct link_member, member),
	FIELD_TEXT(struct link_member, purpose),
};
static const struct record member_record =
	RECORD(struct link_member, member_fields);

const struct db_statement link_insert_statement = {
	.name = "accounts.link_insert",
	.sql = "INSERT INTO link_token (id, digest, purpose, member, "
	       "created_at, expires_at) "
	       "VALUES (?, ?, ?, ?, ?, ?)",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement link_find_statement = {
	.name = "accounts.link_find",
	.sql = "SELECT member "
	       "FROM link_token "
	       "WHERE digest = ? AND purpose = ? AND used_at IS NULL "
	       "AND expires_at > ?",
	.parameters = &key_record,
	.row = &row_record,
	.kind = DB_READ,
};

const struct db_statement link_use_statement = {
	.name = "accounts.link_use",
	.sql = "UPDATE link_token "
	       "SET used_at = ? "
	       "WHERE digest = ? AND used_at IS NULL",
	.parameters = &used_record,
	.kind = DB_WRITE,
};

const struct db_statement link_end_statement = {
	.name = "accounts.link_end",
	.sql = "UPDATE link_token "
	       "SET used_at = ? "
	       "WHERE member = ? AND purpose = ? AND used_at IS NULL",
	.parameters = &member_record,
	.kind = DB_WRITE,
};

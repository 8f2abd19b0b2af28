#include "db/db.h"
#include "tenants/accounts/sessions.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/tokens.h"

static const struct field session_fields[] = {
	FIELD_UUID(struct session_row, id),
	FIELD_TIME(struct session_row, created),
	FIELD_TIME(struct session_row, seen),
	FIELD_TEXT(struct session_row, address),
	FIELD_TEXT(struct session_row, browser),
};
const struct record session_row_record =
	RECORD(struct session_row, session_fields);

static const struct field list_fields[] = {
	FIELD_UUID(struct session_list_key, member),
	FIELD_TIME(struct session_list_key, now),
};
static const struct record list_record =
	RECORD(struct session_list_key, list_fields);

static const struct field own_fields[] = {
	FIELD_UUID(struct session_own_key, id),
	FIELD_UUID(struct session_own_key, member),
};
static const struct record own_record =
	RECORD(struct session_own_key, own_fields);

static const struct field others_fields[] = {
	FIELD_UUID(struct session_others_key, member),
	FIELD_UUID(struct session_others_key, kept),
};
static const struct record others_record =
	RECORD(struct session_others_key, others_fields);

static const struct field key_fields[] = {
	FIELD_UUID(struct account_key, member),
};
static const struct record key_record = RECORD(struct account_key, key_fields);

static const struct field token_fields[] = {
	FIELD_UUID(struct token_row, id),
	FIELD_TEXT(struct token_row, name),
	FIELD_TIME(struct token_row, created),
	FIELD_TIME(struct token_row, used),
	FIELD_TIME(struct token_row, expires),
};
const struct record token_row_record = RECORD(struct token_row, token_fields);

static const struct field token_insert_fields[] = {
	FIELD_UUID(struct token_insert, id),
	FIELD_BYTES(struct token_insert, digest),
	FIELD_UUID(struct token_insert, member),
	FIELD_TEXT(struct token_insert, name),
	FIELD_TIME(struct token_insert, created),
	FIELD_TIME(struct token_insert, expires),
};
static const struct record token_insert_record =
	RECORD(struct token_insert, token_insert_fields);

static const struct field token_list_fields[] = {
	FIELD_UUID(struct token_list_key, member),
	FIELD_TIME(struct token_list_key, now),
};
static const struct record token_list_record =
	RECORD(struct token_list_key, token_list_fields);

static const struct field token_own_fields[] = {
	FIELD_UUID(struct token_own_key, id),
	FIELD_UUID(struct token_own_key, member),
};
static const struct record token_own_record =
	RECORD(struct token_own_key, token_own_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct account_count, count),
};
static const struct record count_record =
	RECORD(struct account_count, count_fields);

const struct db_statement session_list_statement = {
	.name = "accounts.session_list",
	.sql = "SELECT id, created_at AS created, seen_at AS seen, address, "
	       "browser "
	       "FROM session "
	       "WHERE member = ? AND expires_at > ? "
	       "ORDER BY seen_at DESC, id "
	       "LIMIT 100",
	.parameters = &list_record,
	.row = &session_row_record,
	.kind = DB_READ,
	.limit = SESSIONS_SHOWN,
};

const struct db_statement session_end_own_statement = {
	.name = "accounts.session_end_own",
	.sql = "DELETE FROM session "
	       "WHERE id = ? AND member = ?",
	.parameters = &own_record,
	.kind = DB_WRITE,
};

const struct db_statement session_end_others_statement = {
	.name = "accounts.session_end_others",
	.sql = "DELETE FROM session "
	       "WHERE member = ? AND id <> ?",
	.parameters = &others_record,
	.kind = DB_WRITE,
};

const struct db_statement session_end_all_statement = {
	.name = "accounts.session_end_all",
	.sql = "DELETE FROM session "
	       "WHERE member = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement token_end_others_statement = {
	.name = "accounts.token_end_others",
	.sql = "DELETE FROM api_token "
	       "WHERE member = ? AND id <> ?",
	.parameters = &others_record,
	.kind = DB_WRITE,
};

const struct db_statement token_end_all_statement = {
	.name = "accounts.token_end_all",
	.sql = "DELETE FROM api_token "
	       "WHERE member = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement token_list_statement = {
	.name = "accounts.token_list",
	.sql = "SELECT id, name, created_at AS created, used_at AS used, "
	       "expires_at AS expires "
	       "FROM api_token "
	       "WHERE member = ? AND expires_at > ? "
	       "ORDER BY created_at DESC, id "
	       "LIMIT 20",
	.parameters = &token_list_record,
	.row = &token_row_record,
	.kind = DB_READ,
	.limit = TOKENS_MOST,
};

const struct db_statement token_count_statement = {
	.name = "accounts.token_count",
	.sql = "SELECT COUNT(*) AS count "
	       "FROM api_token "
	       "WHERE member = ? AND expires_at > ?",
	.parameters = &token_list_record,
	.row = &count_record,
	.kind = DB_READ,
};

const struct db_statement token_insert_statement = {
	.name = "accounts.token_insert",
	.sql = "INSERT INTO api_token (id, digest, member, name, created_at, "
	       "expires_at) "
	       "VALUES (?, ?, ?, ?, ?, ?)",
	.parameters = &token_insert_record,
	.kind = DB_WRITE,
};

const struct db_statement token_end_statement = {
	.name = "accounts.token_end",
	.sql = "DELETE FROM api_token "
	       "WHERE id = ? AND member = ?",
	.parameters = &token_own_record,
	.kind = DB_WRITE,
};

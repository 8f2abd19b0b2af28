#include "tenants/profiles/statements.h"

#include "db/db.h"

static const struct field key_fields[] = {
	FIELD_UUID(struct profile_key, id),
};
static const struct record key_record = RECORD(struct profile_key, key_fields);

static const struct field name_fields[] = {
	FIELD_TEXT(struct profile_name, username),
};
static const struct record name_record =
	RECORD(struct profile_name, name_fields);

static const struct field row_fields[] = {
	FIELD_UUID(struct profile_row, id),
	FIELD_TEXT(struct profile_row, username),
	FIELD_TEXT(struct profile_row, name),
	FIELD_TEXT(struct profile_row, email),
	FIELD_TEXT(struct profile_row, state),
	FIELD_TEXT(struct profile_row, language),
	FIELD_TIME(struct profile_row, joined),
	FIELD_INTEGER(struct profile_row, login_count),
	FIELD_TIME(struct profile_row, last_login),
};
static const struct record row_record = RECORD(struct profile_row, row_fields);

// clang-format off
#define PROFILE                                                                \
	"SELECT id, username, name,"                                           \
	" IFNULL(email, email_unconfirmed) AS email, state, language,"         \
	" joined_at AS joined, login_count, last_login_at AS last_login "      \
	"FROM member "
// clang-format on

const struct db_statement profiles_by_username = {
	.name = "profiles.by_username",
	.sql = PROFILE "WHERE username = ?",
	.parameters = &name_record,
	.row = &row_record,
	.kind = DB_READ,
};

const struct db_statement profiles_by_id = {
	.name = "profiles.by_id",
	.sql = PROFILE "WHERE id = ?",
	.parameters = &key_record,
	.row = &row_record,
	.kind = DB_READ,
};

static const struct field detail_fields[] = {
	FIELD_TEXT(struct profile_detail, kind),
	FIELD_TEXT(struct profile_detail, content),
	FIELD_TEXT(struct profile_detail, visibility),
};
static const struct record detail_record =
	RECORD(struct profile_detail, detail_fields);

const struct db_statement profiles_details = {
	.name = "profiles.details",
	.sql = "SELECT kind, content, visibility "
	       "FROM member_detail "
	       "WHERE member = ? "
	       "ORDER BY kind",
	.parameters = &key_record,
	.row = &detail_record,
	.kind = DB_READ,
	.limit = 3,
};

static const struct field change_fields[] = {
	FIELD_TEXT(struct profile_change, name_before),
	FIELD_TIME(struct profile_change, given),
	FIELD_TEXT(struct profile_change, name_again),
	FIELD_UUID(struct profile_change, given_by),
	FIELD_TEXT(struct profile_change, name),
	FIELD_TEXT(struct profile_change, language),
	FIELD_UUID(struct profile_change, id),
};
static const struct record change_record =
	RECORD(struct profile_change, change_fields);

/* P6: given_at and given_by move with the value, not with every saving; the
 * assignments run from left to right, so both still see the old name. */
const struct db_statement profiles_change = {
	.name = "profiles.change",
	.sql = "UPDATE member "
	       "SET given_at = IF(BINARY name = BINARY ?, given_at, ?),"
	       " given_by = IF(BINARY name = BINARY ?, given_by, ?),"
	       " name = ?, language = ? "
	       "WHERE id = ?",
	.parameters = &change_record,
	.kind = DB_WRITE,
};

static const struct field detail_change_fields[] = {
	FIELD_UUID(struct profile_detail_change, member),
	FIELD_TEXT(struct profile_detail_change, kind),
	FIELD_TEXT(struct profile_detail_change, content),
	FIELD_TEXT(struct profile_detail_change, visibility),
	FIELD_TIME(struct profile_detail_change, given),
	FIELD_UUID(struct profile_detail_change, given_by),
};
static const struct record detail_change_record =
	RECORD(struct profile_detail_change, detail_change_fields);

const struct db_statement profiles_set_detail = {
	.name = "profiles.set_detail",
	.sql = "INSERT INTO member_detail (member, kind, content, visibility,"
	       " given_at, given_by) "
	       "VALUES (?, ?, ?, ?, ?, ?) "
	       "ON DUPLICATE KEY UPDATE"
	       " given_at = IF(BINARY content = BINARY VALUES(content),"
	       " given_at, VALUES(given_at)),"
	       " given_by = IF(BINARY content = BINARY VALUES(content),"
	       " given_by, VALUES(given_by)),"
	       " content = VALUES(content), visibility = VALUES(visibility)",
	.parameters = &detail_change_record,
	.kind = DB_WRITE,
};

static const struct field detail_key_fields[] = {
	FIELD_UUID(struct profile_detail_key, member),
	FIELD_TEXT(struct profile_detail_key, kind),
};
static const struct record detail_key_record =
	RECORD(struct profile_detail_key, detail_key_fields);

const struct db_statement profiles_drop_detail = {
	.name = "profiles.drop_detail",
	.sql = "DELETE FROM member_detail "
	       "WHERE member = ? "
	       "AND kind = ?",
	.parameters = &detail_key_record,
	.kind = DB_WRITE,
};

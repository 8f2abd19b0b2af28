#include "tenants/accounts/statements.h"

#include "db/db.h"

static const struct field key_fields[] = {
	FIELD_UUID(struct account_key, member),
};
static const struct record key_record = RECORD(struct account_key, key_fields);

static const struct field email_fields[] = {
	FIELD_TEXT(struct account_email, email),
};
static const struct record email_record =
	RECORD(struct account_email, email_fields);

static const struct field username_fields[] = {
	FIELD_TEXT(struct account_username, username),
};
static const struct record username_record =
	RECORD(struct account_username, username_fields);

static const struct field account_fields[] = {
	FIELD_UUID(struct account, id),
	FIELD_TEXT(struct account, username),
	FIELD_TEXT(struct account, name),
	FIELD_TEXT(struct account, email),
	FIELD_TEXT(struct account, state),
	FIELD_TEXT(struct account, language),
	FIELD_BOOLEAN(struct account, founder),
	FIELD_BOOLEAN(struct account, applies),
	FIELD_TEXT(struct account, phc),
};
static const struct record account_record =
	RECORD(struct account, account_fields);

static const struct field login_key_fields[] = {
	FIELD_BYTES(struct account_login_key, place),
	FIELD_TEXT(struct account_login_key, login),
};
static const struct record login_key_record =
	RECORD(struct account_login_key, login_key_fields);

static const struct field login_fields[] = {
	FIELD_RECORD(
		struct account_login, account, struct account, account_record),
	FIELD_BYTES(struct account_login, proof),
	FIELD_TIME(struct account_login, until),
};
static const struct record login_record =
	RECORD(struct account_login, login_fields);

static const struct field new_fields[] = {
	FIELD_UUID(struct account_new, id),
	FIELD_TEXT(struct account_new, username),
	FIELD_TEXT(struct account_new, email),
	FIELD_TEXT(struct account_new, email_unconfirmed),
	FIELD_TEXT(struct account_new, name),
	FIELD_TEXT(struct account_new, state),
	FIELD_BOOLEAN(struct account_new, founder),
	FIELD_TEXT(struct account_new, language),
	FIELD_TEXT(struct account_new, application),
	FIELD_TIME(struct account_new, joined),
	FIELD_TIME(struct account_new, confirmed),
	FIELD_TIME(struct account_new, given),
	FIELD_UUID(struct account_new, given_by),
};
static const struct record new_record = RECORD(struct account_new, new_fields);

static const struct field password_fields[] = {
	FIELD_UUID(struct account_password, member),
	FIELD_TEXT(struct account_password, phc),
	FIELD_TIME(struct account_password, changed),
};
static const struct record password_record =
	RECORD(struct account_password, password_fields);

static const struct field keep_password_fields[] = {
	FIELD_TEXT(struct account_keep_password, better),
	FIELD_UUID(struct account_keep_password, member),
	FIELD_TEXT(struct account_keep_password, phc),
};
static const struct record keep_password_record =
	RECORD(struct account_keep_password, keep_password_fields);

static const struct field confirmed_fields[] = {
	FIELD_TEXT(struct account_confirmed, state),
	FIELD_TIME(struct account_confirmed, confirmed),
	FIELD_UUID(struct account_confirmed, member),
};
static const struct record confirmed_record =
	RECORD(struct account_confirmed, confirmed_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct account_count, count),
};
static const struct record count_record =
	RECORD(struct account_count, count_fields);

static const struct field founder_fields[] = {
	FIELD_UUID(struct founder_row, member),
};
static const struct record founder_record =
	RECORD(struct founder_row, founder_fields);

#define ACCOUNT_VALUES                                                         \
	"SELECT member.id, member.username, member.name, "                     \
	"IFNULL(member.email, member.email_unconfirmed) AS email, "            \
	"member.state, member.language, member.founder, "                      \
	"member.application IS NOT NULL AS applies, member_password.phc "
#define ACCOUNT_TABLES                                                         \
	"FROM member "                                                         \
	"LEFT JOIN member_password ON member_password.member = member.id "
#define ACCOUNT_COLUMNS ACCOUNT_VALUES ACCOUNT_TABLES

/* Each table has one row at most, found by a unique key before the plan is
 * made. */
#define LOGIN_COLUMNS                                                          \
	ACCOUNT_VALUES                                                         \
	", known_place.proof, known_place.expires_at AS until " ACCOUNT_TABLES \
	"LEFT JOIN known_place ON known_place.digest = ? "

const struct db_statement account_by_email_statement = {
	.name = "accounts.by_email",
	.sql = ACCOUNT_COLUMNS "WHERE member.email = ?",
	.parameters = &email_record,
	.row = &account_record,
	.kind = DB_READ,
};

const struct db_statement account_by_username_statement = {
	.name = "accounts.by_username",
	.sql = ACCOUNT_COLUMNS "WHERE member.username = ?",
	.parameters = &username_record,
	.row = &account_record,
	.kind = DB_READ,
};

const struct db_statement account_by_id_statement = {
	.name = "accounts.by_id",
	.sql = ACCOUNT_COLUMNS "WHERE member.id = ?",
	.parameters = &key_record,
	.row = &account_record,
	.kind = DB_READ,
};

const struct db_statement account_login_by_email_statement = {
	.name = "accounts.login_by_email",
	.sql = LOGIN_COLUMNS "WHERE member.email = ?",
	.parameters = &login_key_record,
	.row = &login_record,
	.kind = DB_READ,
};

const struct db_statement account_login_by_username_statement = {
	.name = "accounts.login_by_username",
	.sql = LOGIN_COLUMNS "WHERE member.username = ?",
	.parameters = &login_key_record,
	.row = &login_record,
	.kind = DB_READ,
};

/* A place is kept for the founder until there is one. */
const struct db_statement account_count_statement = {
	.name = "accounts.count",
	.sql = "SELECT COUNT(*) + IF(EXISTS (SELECT 1 FROM member "
	       "WHERE founder = TRUE), 0, 1) AS count "
	       "FROM member "
	       "WHERE state NOT IN ('left', 'declined')",
	.row = &count_record,
	.kind = DB_READ,
};

const struct db_statement account_insert_root_statement = {
	.name = "accounts.insert_root",
	.sql = "INSERT INTO member_root (id) VALUES (?)",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement account_insert_statement = {
	.name = "accounts.insert",
	.sql = "INSERT INTO member (id, username, email, email_unconfirmed, "
	       "name, state, founder, language, application, joined_at, "
	       "confirmed_at, given_at, given_by) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement account_set_password_statement = {
	.name = "accounts.set_password",
	.sql = "INSERT INTO member_password (member, phc, changed_at) "
	       "VALUES (?, ?, ?) "
	       "ON DUPLICATE KEY UPDATE phc = VALUES(phc), "
	       "changed_at = VALUES(changed_at)",
	.parameters = &password_record,
	.kind = DB_WRITE,
};

/* Finds the row while the password is still the one that was checked, and holds
 * it. It stays the same password: changed_at does not move. */
const struct db_statement account_keep_password_statement = {
	.name = "accounts.keep_password",
	.sql = "UPDATE member_password "
	       "SET phc = ? "
	       "WHERE member = ? AND phc = ?",
	.parameters = &keep_password_record,
	.kind = DB_WRITE,
};

/* From left to right: the address moves. The unique key refuses a second
 * member with it. */
const struct db_statement account_confirm_statement = {
	.name = "accounts.confirm",
	.sql = "UPDATE member "
	       "SET email = email_unconfirmed, email_unconfirmed = NULL, "
	       "state = ?, confirmed_at = ? "
	       "WHERE id = ? AND state = 'unconfirmed'",
	.parameters = &confirmed_record,
	.kind = DB_WRITE,
};

/* From left to right: the row keeps what it was applied with. */
const struct db_statement account_release_statement = {
	.name = "accounts.release",
	.sql = "UPDATE member "
	       "SET email_unconfirmed = email, email = NULL "
	       "WHERE email = ? AND state = 'declined'",
	.parameters = &email_record,
	.kind = DB_WRITE,
};

const struct db_statement account_make_founder_statement = {
	.name = "accounts.make_founder",
	.sql = "UPDATE member "
	       "SET founder = TRUE "
	       "WHERE id = ? AND state = 'active'",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement founder_find_statement = {
	.name = "accounts.founder",
	.sql = "SELECT id AS member "
	       "FROM member "
	       "WHERE founder = TRUE "
	       "LIMIT 1",
	.row = &founder_record,
	.kind = DB_READ,
};

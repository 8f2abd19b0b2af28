#include "tenants/session_statements.h"

#include "db/db.h"

static const struct field digest_fields[] = {
	FIELD_BYTES(struct session_digest, digest),
};
static const struct record digest_record =
	RECORD(struct session_digest, digest_fields);

static const struct field renewal_fields[] = {
	FIELD_BYTES(struct session_renewal, digest),
	FIELD_UUID(struct session_renewal, id),
};
static const struct record renewal_record =
	RECORD(struct session_renewal, renewal_fields);

static const struct field insert_fields[] = {
	FIELD_UUID(struct session_insert_row, id),
	FIELD_BYTES(struct session_insert_row, digest),
	FIELD_UUID(struct session_insert_row, member),
	FIELD_TIME(struct session_insert_row, created),
	FIELD_TIME(struct session_insert_row, seen),
	FIELD_TIME(struct session_insert_row, expires),
	FIELD_TEXT(struct session_insert_row, address),
	FIELD_TEXT(struct session_insert_row, browser),
};
static const struct record insert_record =
	RECORD(struct session_insert_row, insert_fields);

static const struct field member_seen_fields[] = {
	FIELD_TIME(struct session_member_seen, now),
	FIELD_UUID(struct session_member_seen, member),
};
static const struct record member_seen_record =
	RECORD(struct session_member_seen, member_seen_fields);

static const struct field touch_fields[] = {
	FIELD_TIME(struct session_touch, now),
	FIELD_UUID(struct session_touch, id),
};
static const struct record touch_record =
	RECORD(struct session_touch, touch_fields);

static const struct field key_fields[] = {
	FIELD_TEXT(struct session_key, version),
	FIELD_BYTES(struct session_key, english),
	FIELD_BYTES(struct session_key, french),
	FIELD_BYTES(struct session_key, digest),
	FIELD_TIME(struct session_key, now),
	FIELD_TIME(struct session_key, idle_since),
};
static const struct record key_record = RECORD(struct session_key, key_fields);

/* Without the last parameter: tokens do not go idle. */
static const struct record bearer_key_record = {"struct session_key",
	key_fields, COUNT_OF(key_fields) - 1, sizeof(struct session_key)};

static const struct field found_fields[] = {
	FIELD_UUID(struct session_found, id),
	FIELD_TIME(struct session_found, seen),
	FIELD_UUID(struct session_found, member),
	FIELD_UUID(struct session_found, pseudonym),
	FIELD_TEXT(struct session_found, username),
	FIELD_TEXT(struct session_found, name),
	FIELD_TEXT(struct session_found, state),
	FIELD_TEXT(struct session_found, language),
	FIELD_BOOLEAN(struct session_found, founder),
	FIELD_TEXT(struct session_found, scopes),
	FIELD_INTEGER(struct session_found, accepted),
};
static const struct record found_record =
	RECORD(struct session_found, found_fields);

static const struct field standing_key_fields[] = {
	FIELD_TEXT(struct session_standing_key, version),
	FIELD_BYTES(struct session_standing_key, english),
	FIELD_BYTES(struct session_standing_key, french),
	FIELD_BYTES(struct session_standing_key, digest),
	FIELD_UUID(struct session_standing_key, member),
};
static const struct record standing_key_record =
	RECORD(struct session_standing_key, standing_key_fields);

static const struct field standing_fields[] = {
	FIELD_BOOLEAN(struct session_standing, alive),
	FIELD_TEXT(struct session_standing, state),
	FIELD_BOOLEAN(struct session_standing, founder),
	FIELD_TEXT(struct session_standing, scopes),
	FIELD_INTEGER(struct session_standing, accepted),
};
static const struct record standing_record =
	RECORD(struct session_standing, standing_fields);

/* terms_acceptance is the evidence; what was accepted last stands with the
 * member, too: looking it up there took as long as half of the statement. */
#define ACCEPTED                                                                \
	"(member.terms_version = ? AND member.terms_sha256 IN (?, ?)) IS TRUE " \
	"AS accepted "

#define MEMBER_COLUMNS                                                         \
	"member.id AS member, member.pseudonym, member.username, "             \
	"member.name, member.state, "                                          \
	"member.language, member.founder, appointment.scopes, " ACCEPTED

const struct db_statement session_find_statement = {
	.name = "session.find",
	.sql = "SELECT session.id, session.seen_at AS seen, " MEMBER_COLUMNS
	       "FROM session "
	       "JOIN member ON member.id = session.member "
	       "LEFT JOIN appointment ON appointment.member = member.id "
	       "WHERE session.digest = ? AND session.expires_at > ? "
	       "AND session.seen_at > ?",
	.parameters = &key_record,
	.row = &found_record,
	.kind = DB_READ,
};

const struct db_statement session_find_bearer_statement = {
	.name = "session.find_bearer",
	.sql = "SELECT api_token.id, api_token.used_at AS seen, " MEMBER_COLUMNS
	       "FROM api_token "
	       "JOIN member ON member.id = api_token.member "
	       "LEFT JOIN appointment ON appointment.member = member.id "
	       "WHERE api_token.digest = ? AND api_token.expires_at > ?",
	.parameters = &bearer_key_record,
	.row = &found_record,
	.kind = DB_READ,
};

/* Whoever changes one of the rows waits until the reader's transaction is over.
 * The member's is locked first, as by those who suspend. By its digest: a
 * session that a new password gave a new token is not that of the old one. */
#define STANDING(table)                                                        \
	"SELECT " table ".id IS NOT NULL AS alive, member.state, "             \
	"member.founder, appointment.scopes, " ACCEPTED "FROM member "         \
	"LEFT JOIN appointment ON appointment.member = member.id "             \
	"LEFT JOIN " table " ON " table ".digest = ? "                         \
	"WHERE member.id = ? "                                                 \
	"LOCK IN SHARE MODE"

const struct db_statement session_standing_statement = {
	.name = "session.standing",
	.sql = STANDING("session"),
	.parameters = &standing_key_record,
	.row = &standing_record,
	.kind = DB_WRITE,
};

const struct db_statement session_standing_bearer_statement = {
	.name = "session.standing_bearer",
	.sql = STANDING("api_token"),
	.parameters = &standing_key_record,
	.row = &standing_record,
	.kind = DB_WRITE,
};

const struct db_statement session_touch_statement = {
	.name = "session.touch",
	.sql = "UPDATE session "
	       "SET seen_at = ? "
	       "WHERE id = ?",
	.parameters = &touch_record,
	.kind = DB_WRITE,
};

const struct db_statement session_touch_bearer_statement = {
	.name = "session.touch_bearer",
	.sql = "UPDATE api_token "
	       "SET used_at = ? "
	       "WHERE id = ?",
	.parameters = &touch_record,
	.kind = DB_WRITE,
};

const struct db_statement session_insert_statement = {
	.name = "session.insert",
	.sql = "INSERT INTO session (id, digest, member, created_at, seen_at, "
	       "expires_at, address, browser) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &insert_record,
	.kind = DB_WRITE,
};

const struct db_statement session_renew_statement = {
	.name = "session.renew",
	.sql = "UPDATE session "
	       "SET digest = ? "
	       "WHERE id = ?",
	.parameters = &renewal_record,
	.kind = DB_WRITE,
};

const struct db_statement session_member_seen_statement = {
	.name = "session.member_seen",
	.sql = "UPDATE member "
	       "SET login_count = login_count + 1, last_login_at = ? "
	       "WHERE id = ?",
	.parameters = &member_seen_record,
	.kind = DB_WRITE,
};

const struct db_statement session_end_statement = {
	.name = "session.end",
	.sql = "DELETE FROM session "
	       "WHERE digest = ?",
	.parameters = &digest_record,
	.kind = DB_WRITE,
};

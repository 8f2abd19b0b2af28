#include "tenants/members/statements.h"

#include "db/db.h"
#include "tenants/members/members.h"

static const struct field member_fields[] = {
	FIELD_UUID(struct member_row, id),
	FIELD_TEXT(struct member_row, username),
	FIELD_TEXT(struct member_row, name),
	FIELD_TEXT(struct member_row, email),
	FIELD_TEXT(struct member_row, state),
	FIELD_BOOLEAN(struct member_row, founder),
	FIELD_TEXT(struct member_row, scopes),
	FIELD_TIME(struct member_row, joined),
	FIELD_TIME(struct member_row, last_login),
};
const struct record member_row_record =
	RECORD(struct member_row, member_fields);

static const struct field page_key_fields[] = {
	FIELD_INTEGER(struct members_page_key, limit),
	FIELD_INTEGER(struct members_page_key, offset),
};
static const struct record page_key_record =
	RECORD(struct members_page_key, page_key_fields);

static const struct field state_key_fields[] = {
	FIELD_TEXT(struct members_state_key, state),
	FIELD_INTEGER(struct members_state_key, limit),
	FIELD_INTEGER(struct members_state_key, offset),
};
static const struct record state_key_record =
	RECORD(struct members_state_key, state_key_fields);

static const struct field search_key_fields[] = {
	FIELD_TEXT(struct members_search_key, username),
	FIELD_TEXT(struct members_search_key, name),
	FIELD_TEXT(struct members_search_key, name_word),
	FIELD_TEXT(struct members_search_key, name_hyphen),
	FIELD_TEXT(struct members_search_key, email),
	FIELD_TEXT(struct members_search_key, email_again),
	FIELD_TEXT(struct members_search_key, state),
	FIELD_TEXT(struct members_search_key, state_again),
	FIELD_INTEGER(struct members_search_key, limit),
	FIELD_INTEGER(struct members_search_key, offset),
};
static const struct record search_key_record =
	RECORD(struct members_search_key, search_key_fields);

static const struct field key_fields[] = {
	FIELD_UUID(struct member_key, id),
};
static const struct record key_record = RECORD(struct member_key, key_fields);

static const struct field subject_fields[] = {
	FIELD_UUID(struct member_subject, id),
	FIELD_TEXT(struct member_subject, username),
	FIELD_TEXT(struct member_subject, name),
	FIELD_TEXT(struct member_subject, email),
	FIELD_TEXT(struct member_subject, language),
	FIELD_TEXT(struct member_subject, state),
	FIELD_BOOLEAN(struct member_subject, founder),
	FIELD_TEXT(struct member_subject, scopes),
};
static const struct record subject_record =
	RECORD(struct member_subject, subject_fields);

static const struct field state_change_fields[] = {
	FIELD_TEXT(struct member_state_change, state),
	FIELD_UUID(struct member_state_change, id),
};
static const struct record state_change_record =
	RECORD(struct member_state_change, state_change_fields);

static const struct field application_fields[] = {
	FIELD_UUID(struct application, id),
	FIELD_TEXT(struct application, username),
	FIELD_TEXT(struct application, name),
	FIELD_TEXT(struct application, email),
	FIELD_TEXT(struct application, message),
	FIELD_TIME(struct application, joined),
	FIELD_TIME(struct application, declined),
	FIELD_TEXT(struct application, declined_by),
};
const struct record application_record =
	RECORD(struct application, application_fields);

static const struct field recent_key_fields[] = {
	FIELD_TIME(struct application_recent_key, since),
	FIELD_UUID(struct application_recent_key, id),
};
static const struct record recent_key_record =
	RECORD(struct application_recent_key, recent_key_fields);

static const struct field reader_fields[] = {
	FIELD_UUID(struct application_reader, id),
	FIELD_TEXT(struct application_reader, name),
	FIELD_TEXT(struct application_reader, email),
	FIELD_TEXT(struct application_reader, language),
};
static const struct record reader_record =
	RECORD(struct application_reader, reader_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct member_count, count),
};
static const struct record count_record =
	RECORD(struct member_count, count_fields);

// clang-format off
#define MEMBERS                                                                \
	"SELECT member.id, member.username, member.name, "                     \
	"IFNULL(member.email, member.email_unconfirmed) AS email, "            \
	"member.state, member.founder, appointment.scopes, "                   \
	"member.joined_at AS joined, member.last_login_at AS last_login "      \
	"FROM member "                                                         \
	"LEFT JOIN appointment ON appointment.member = member.id "
#define IN_ORDER                                                               \
	"ORDER BY member.username "                                            \
	"LIMIT ? OFFSET ?"
// clang-format on

const struct db_statement members_all_statement = {
	.name = "members.all",
	.sql = MEMBERS "WHERE member.state <> 'left' " IN_ORDER,
	.parameters = &page_key_record,
	.row = &member_row_record,
	.kind = DB_READ,
	.limit = MEMBERS_PER_PAGE + 1,
};

const struct db_statement members_by_state_statement = {
	.name = "members.by_state",
	.sql = MEMBERS "WHERE member.state = ? " IN_ORDER,
	.parameters = &state_key_record,
	.row = &member_row_record,
	.kind = DB_READ,
	.limit = MEMBERS_PER_PAGE + 1,
};

/* Later words of a name have no index: this reads all members of a community,
 * in order of user name until a page is full. Some ten thousand at most, for
 * admins alone; who posts or reads never comes by here. */
const struct db_statement members_search_statement = {
	.name = "members.search",
	.sql = MEMBERS "WHERE (member.username LIKE ? "
		       "OR member.name LIKE ? "
		       "OR member.name LIKE ? "
		       "OR member.name LIKE ? "
		       "OR member.email LIKE ? "
		       "OR member.email_unconfirmed LIKE ?) "
		       "AND (? IS NULL OR member.state = ?) "
		       "AND member.state <> 'left' " IN_ORDER,
	.parameters = &search_key_record,
	.row = &member_row_record,
	.kind = DB_READ,
	.limit = MEMBERS_PER_PAGE + 1,
};

const struct db_statement member_find_statement = {
	.name = "members.find",
	.sql = MEMBERS "WHERE member.id = ? AND member.state <> 'left'",
	.parameters = &key_record,
	.row = &member_row_record,
	.kind = DB_READ,
};

/* Of earlier applications with the same address the last answer. */
const struct db_statement applications_list_statement = {
	.name = "members.applications",
	.sql = "SELECT member.id, member.username, member.name, member.email, "
	       "member.application AS message, member.joined_at AS joined, "
	       "audit.at AS declined, decider.username AS declined_by "
	       "FROM member "
	       "LEFT JOIN audit ON audit.sequence = ("
	       "SELECT MAX(answer.sequence) "
	       "FROM member AS earlier "
	       "JOIN audit AS answer ON answer.subject = earlier.pseudonym "
	       "WHERE earlier.email_unconfirmed = member.email "
	       "AND earlier.state = 'declined' "
	       "AND answer.action = 'application.declined') "
	       "LEFT JOIN member AS decider ON decider.pseudonym = audit.actor "
	       "WHERE member.state = 'pending' "
	       "ORDER BY member.joined_at, member.id "
	       "LIMIT ? OFFSET ?",
	.parameters = &page_key_record,
	.row = &application_record,
	.kind = DB_READ,
	.limit = MEMBERS_PER_PAGE + 1,
};

const struct db_statement applications_count_statement = {
	.name = "members.applications_count",
	.sql = "SELECT COUNT(*) AS count "
	       "FROM member "
	       "WHERE state = 'pending'",
	.row = &count_record,
	.kind = DB_READ,
};

const struct db_statement application_recent_statement = {
	.name = "members.application_recent",
	.sql = "SELECT id "
	       "FROM member "
	       "WHERE state = 'pending' "
	       "AND confirmed_at > ? "
	       "AND id <> ? "
	       "LIMIT 1",
	.parameters = &recent_key_record,
	.row = &key_record,
	.kind = DB_READ,
};

/* The founder and the admins who may answer. */
const struct db_statement application_readers_statement = {
	.name = "members.application_readers",
	.sql = "SELECT member.id, member.name, member.email, member.language "
	       "FROM member "
	       "WHERE member.founder AND member.state = 'active' "
	       "UNION "
	       "SELECT member.id, member.name, member.email, member.language "
	       "FROM appointment "
	       "JOIN member ON member.id = appointment.member "
	       "WHERE FIND_IN_SET('members', appointment.scopes) "
	       "AND member.state = 'active' "
	       "LIMIT 20",
	.row = &reader_record,
	.kind = DB_READ,
	.limit = APPLICATION_READERS,
};

const struct db_statement member_subject_statement = {
	.name = "members.subject",
	.sql = "SELECT member.id, member.username, member.name, "
	       "member.email, member.language, member.state, "
	       "member.founder, appointment.scopes "
	       "FROM member "
	       "LEFT JOIN appointment ON appointment.member = member.id "
	       "WHERE member.id = ? "
	       "FOR UPDATE",
	.parameters = &key_record,
	.row = &subject_record,
	.kind = DB_WRITE,
};

const struct db_statement member_set_state_statement = {
	.name = "members.set_state",
	.sql = "UPDATE member "
	       "SET state = ? "
	       "WHERE id = ?",
	.parameters = &state_change_record,
	.kind = DB_WRITE,
};

const struct db_statement member_end_sessions_statement = {
	.name = "members.end_sessions",
	.sql = "DELETE FROM session "
	       "WHERE member = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement member_end_tokens_statement = {
	.name = "members.end_tokens",
	.sql = "DELETE FROM api_token "
	       "WHERE member = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

static const struct field links_fields[] = {
	FIELD_TIME(struct member_links, now),
	FIELD_UUID(struct member_links, member),
	FIELD_TEXT(struct member_links, email),
};
static const struct record links_record =
	RECORD(struct member_links, links_fields);

const struct db_statement member_end_links_statement = {
	.name = "members.end_links",
	.sql = "UPDATE member "
	       "JOIN link_token ON link_token.member = member.id "
	       "SET link_token.used_at = ? "
	       "WHERE (member.id = ? OR member.email_unconfirmed = ?) "
	       "AND link_token.purpose IN ('confirm', 'reset') "
	       "AND link_token.used_at IS NULL",
	.parameters = &links_record,
	.kind = DB_WRITE,
};

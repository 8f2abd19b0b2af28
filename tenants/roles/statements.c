#include "tenants/roles/statements.h"

#include "db/db.h"
#include "tenants/roles/roles.h"

static const struct field administrator_fields[] = {
	FIELD_UUID(struct administrator, member),
	FIELD_TEXT(struct administrator, username),
	FIELD_TEXT(struct administrator, name),
	FIELD_TEXT(struct administrator, scopes),
	FIELD_TIME(struct administrator, since),
	FIELD_TEXT(struct administrator, appointed_by),
};
const struct record administrator_record =
	RECORD(struct administrator, administrator_fields);

static const struct field member_key_fields[] = {
	FIELD_UUID(struct roles_member_key, member),
};
static const struct record member_key_record =
	RECORD(struct roles_member_key, member_key_fields);

static const struct field username_key_fields[] = {
	FIELD_TEXT(struct roles_username_key, username),
};
static const struct record username_key_record =
	RECORD(struct roles_username_key, username_key_fields);

static const struct field grant_fields[] = {
	FIELD_UUID(struct roles_grant_row, member),
	FIELD_TEXT(struct roles_grant_row, scopes),
	FIELD_UUID(struct roles_grant_row, appointed_by),
	FIELD_TIME(struct roles_grant_row, appointed),
};
static const struct record grant_record =
	RECORD(struct roles_grant_row, grant_fields);

static const struct field candidate_fields[] = {
	FIELD_UUID(struct roles_candidate, member),
	FIELD_TEXT(struct roles_candidate, username),
	FIELD_TEXT(struct roles_candidate, state),
	FIELD_BOOLEAN(struct roles_candidate, founder),
	FIELD_TEXT(struct roles_candidate, scopes),
};
static const struct record candidate_record =
	RECORD(struct roles_candidate, candidate_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct roles_count, count),
};
static const struct record count_record =
	RECORD(struct roles_count, count_fields);

_Static_assert(ROLES_ADMIN_LIMIT == 200, "the limit stands in the SQL as well");

const struct db_statement roles_list_statement = {
	.name = "roles.list",
	.sql = "SELECT appointment.member, member.username, member.name, "
	       "appointment.scopes, appointment.appointed_at AS since, "
	       "appointer.username AS appointed_by "
	       "FROM appointment "
	       "JOIN member ON member.id = appointment.member "
	       "LEFT JOIN member AS appointer "
	       "ON appointer.id = appointment.appointed_by "
	       "ORDER BY appointment.appointed_at, appointment.member "
	       "LIMIT 200",
	.row = &administrator_record,
	.kind = DB_READ,
	.limit = ROLES_ADMIN_LIMIT,
};

const struct db_statement roles_count_statement = {
	.name = "roles.count",
	.sql = "SELECT COUNT(*) AS count "
	       "FROM appointment",
	.row = &count_record,
	.kind = DB_READ,
};

/* The member's row is locked: appointments of one member follow each other,
 * also the first, which has no row of its own yet. */
#define CANDIDATE                                                              \
	"SELECT member.id AS member, member.username, member.state, "          \
	"member.founder, appointment.scopes "                                  \
	"FROM member "                                                         \
	"LEFT JOIN appointment ON appointment.member = member.id "

const struct db_statement roles_find_by_username_statement = {
	.name = "roles.find_by_username",
	.sql = CANDIDATE "WHERE member.username = ? FOR UPDATE",
	.parameters = &username_key_record,
	.row = &candidate_record,
	.kind = DB_WRITE,
};

const struct db_statement roles_find_statement = {
	.name = "roles.find",
	.sql = CANDIDATE "WHERE member.id = ? FOR UPDATE",
	.parameters = &member_key_record,
	.row = &candidate_record,
	.kind = DB_WRITE,
};

const struct db_statement roles_grant_statement = {
	.name = "roles.grant",
	.sql = "INSERT INTO appointment (member, scopes, appointed_by, "
	       "appointed_at) "
	       "VALUES (?, ?, ?, ?) "
	       "ON DUPLICATE KEY UPDATE scopes = VALUES(scopes), "
	       "appointed_by = VALUES(appointed_by), "
	       "appointed_at = VALUES(appointed_at)",
	.parameters = &grant_record,
	.kind = DB_WRITE,
};

const struct db_statement roles_withdraw_statement = {
	.name = "roles.withdraw",
	.sql = "DELETE FROM appointment "
	       "WHERE member = ?",
	.parameters = &member_key_record,
	.kind = DB_WRITE,
};

#include "tenants/invitations/statements.h"

#include "db/db.h"
#include "tenants/invitations/invitations.h"

static const struct field time_fields[] = {
	FIELD_TIME(struct invitation_time, now),
};
static const struct record time_record =
	RECORD(struct invitation_time, time_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct invitation_count, open),
};
static const struct record count_record =
	RECORD(struct invitation_count, count_fields);

static const struct field row_fields[] = {
	FIELD_UUID(struct invitation_row, id),
	FIELD_BYTES(struct invitation_row, digest),
	FIELD_TEXT(struct invitation_row, note),
	FIELD_TEXT(struct invitation_row, scopes),
	FIELD_INTEGER(struct invitation_row, uses),
	FIELD_TIME(struct invitation_row, expires),
	FIELD_TIME(struct invitation_row, created),
	FIELD_UUID(struct invitation_row, created_by),
};
static const struct record row_record =
	RECORD(struct invitation_row, row_fields);

static const struct field key_fields[] = {
	FIELD_UUID(struct invitation_key, id),
	FIELD_TIME(struct invitation_key, now),
};
static const struct record key_record =
	RECORD(struct invitation_key, key_fields);

static const struct field scopes_fields[] = {
	FIELD_TEXT(struct invitation_scopes, scopes),
};
static const struct record scopes_record =
	RECORD(struct invitation_scopes, scopes_fields);

static const struct field end_fields[] = {
	FIELD_TIME(struct invitation_end, now),
	FIELD_UUID(struct invitation_end, id),
};
static const struct record end_record =
	RECORD(struct invitation_end, end_fields);

_Static_assert(INVITATION_LIMIT == 200, "the limit stands in the SQL as well");

#define IS_OPEN                                                                \
	"invitation.expires_at > ? "                                           \
	"AND invitation.withdrawn_at IS NULL "                                 \
	"AND invitation.used < invitation.uses"

const struct db_statement invitations_list_statement = {
	.name = "invitations.list",
	.sql = "SELECT invitation.id, invitation.note, invitation.scopes, "
	       "invitation.uses, invitation.used, "
	       "invitation.expires_at AS expires, "
	       "invitation.created_at AS created, "
	       "maker.username AS created_by "
	       "FROM invitation "
	       "LEFT JOIN member AS maker "
	       "ON maker.id = invitation.created_by "
	       "WHERE " IS_OPEN " "
	       "ORDER BY invitation.created_at DESC, invitation.id DESC "
	       "LIMIT 200",
	.parameters = &time_record,
	.row = &invitation_record,
	.kind = DB_READ,
	.limit = INVITATION_LIMIT,
};

const struct db_statement invitations_count_statement = {
	.name = "invitations.count",
	.sql = "SELECT COUNT(*) AS open "
	       "FROM invitation "
	       "WHERE " IS_OPEN,
	.parameters = &time_record,
	.row = &count_record,
	.kind = DB_READ,
};

const struct db_statement invitation_make_statement = {
	.name = "invitations.make",
	.sql = "INSERT INTO invitation (id, digest, note, scopes, uses, "
	       "expires_at, created_at, created_by) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &row_record,
	.kind = DB_WRITE,
};

const struct db_statement invitation_lock_statement = {
	.name = "invitations.lock",
	.sql = "SELECT scopes "
	       "FROM invitation "
	       "WHERE invitation.id = ? "
	       "AND " IS_OPEN " "
	       "FOR UPDATE",
	.parameters = &key_record,
	.row = &scopes_record,
	.kind = DB_WRITE,
};

const struct db_statement invitation_withdraw_statement = {
	.name = "invitations.withdraw",
	.sql = "UPDATE invitation "
	       "SET withdrawn_at = ? "
	       "WHERE id = ?",
	.parameters = &end_record,
	.kind = DB_WRITE,
};

#include "tenants/audit/statements.h"

#include "db/db.h"
#include "tenants/audit/list.h"

static const struct field row_fields[] = {
	FIELD_UUID(struct audit_row, id),
	FIELD_TIME(struct audit_row, at),
	FIELD_UUID(struct audit_row, actor),
	FIELD_TEXT(struct audit_row, action),
	FIELD_BOOLEAN(struct audit_row, office),
	FIELD_UUID(struct audit_row, subject),
	FIELD_BYTES(struct audit_row, details_sha256),
	FIELD_BYTES(struct audit_row, canonical),
};
static const struct record row_record = RECORD(struct audit_row, row_fields);

static const struct field detail_fields[] = {
	FIELD_UUID(struct audit_detail_row, audit),
	FIELD_BYTES(struct audit_detail_row, salt),
	FIELD_TEXT(struct audit_detail_row, address),
	FIELD_TEXT(struct audit_detail_row, details),
	FIELD_TIME(struct audit_detail_row, expires),
};
static const struct record detail_record =
	RECORD(struct audit_detail_row, detail_fields);

const struct db_statement audit_insert_statement = {
	.name = "audit.insert",
	.sql = "INSERT INTO audit (id, at, actor, action, office, subject, "
	       "details_sha256, canonical) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &row_record,
	.kind = DB_WRITE,
};

const struct db_statement audit_detail_insert_statement = {
	.name = "audit.detail_insert",
	.sql = "INSERT INTO audit_detail (audit, salt, address, details, "
	       "expires_at) "
	       "VALUES (?, ?, ?, ?, ?)",
	.parameters = &detail_record,
	.kind = DB_WRITE,
};

const struct db_statement audit_expire_statement = {
	.name = "audit.expire",
	.sql = "DELETE FROM audit_detail "
	       "WHERE expires_at < UTC_TIMESTAMP(6) "
	       "ORDER BY expires_at LIMIT 1000",
	.kind = DB_WRITE,
};

static const struct field member_fields[] = {
	FIELD_UUID(struct audit_member, id),
};
static const struct record member_record =
	RECORD(struct audit_member, member_fields);

static const struct field pseudonym_fields[] = {
	FIELD_UUID(struct audit_pseudonym, pseudonym),
};
static const struct record pseudonym_record =
	RECORD(struct audit_pseudonym, pseudonym_fields);

const struct db_statement audit_pseudonym_statement = {
	.name = "audit.pseudonym",
	.sql = "SELECT pseudonym FROM member WHERE id = ?",
	.parameters = &member_record,
	.row = &pseudonym_record,
	.kind = DB_READ,
};

static const struct field key_fields[] = {
	FIELD_BOOLEAN(struct audit_key, office),
	FIELD_INTEGER(struct audit_key, before),
};
static const struct record key_record = RECORD(struct audit_key, key_fields);

static const struct field entry_fields[] = {
	FIELD_INTEGER(struct audit_entry, sequence),
	FIELD_UUID(struct audit_entry, id),
	FIELD_TIME(struct audit_entry, at),
	FIELD_TEXT(struct audit_entry, actor),
	FIELD_TEXT(struct audit_entry, actor_name),
	FIELD_TEXT(struct audit_entry, action),
	FIELD_UUID(struct audit_entry, subject),
	FIELD_TEXT(struct audit_entry, subject_name),
	FIELD_TEXT(struct audit_entry, subject_username),
	FIELD_TEXT(struct audit_entry, address),
	FIELD_TEXT(struct audit_entry, details),
};
const struct record audit_entry_record =
	RECORD(struct audit_entry, entry_fields);

_Static_assert(AUDIT_PER_PAGE == 50, "the limit stands in the SQL as well");

const struct db_statement audit_list_statement = {
	.name = "audit.list",
	.sql = "SELECT STRAIGHT_JOIN audit.sequence, audit.id, audit.at, "
	       "actor.username AS actor, actor.name AS actor_name, "
	       "audit.action, "
	       "COALESCE(subject.id, audit.subject) AS subject, "
	       "subject.name AS subject_name, "
	       "subject.username AS subject_username, audit_detail.address, "
	       "audit_detail.details "
	       "FROM audit "
	       "LEFT JOIN member AS actor ON actor.pseudonym = audit.actor "
	       "LEFT JOIN member AS subject "
	       "ON subject.pseudonym = audit.subject "
	       "LEFT JOIN audit_detail ON audit_detail.audit = audit.id "
	       "WHERE audit.office = ? "
	       "AND audit.sequence < ? "
	       "ORDER BY audit.sequence DESC "
	       "LIMIT 51",
	.parameters = &key_record,
	.row = &audit_entry_record,
	.kind = DB_READ,
	.limit = AUDIT_PER_PAGE + 1,
};

#include "tenants/audit/statements.h"

#include "db/db.h"

static const struct field row_fields[] = {
	FIELD_UUID(struct audit_row, id),
	FIELD_TIME(struct audit_row, at),
	FIELD_UUID(struct audit_row, actor),
	FIELD_TEXT(struct audit_row, action),
	FIELD_UUID(struct audit_row, subject),
	FIELD_TEXT(struct audit_row, address),
	FIELD_BYTES(struct audit_row, details_sha256),
	FIELD_BYTES(struct audit_row, canonical),
};
static const struct record row_record = RECORD(struct audit_row, row_fields);

static const struct field detail_fields[] = {
	FIELD_UUID(struct audit_detail_row, audit),
	FIELD_BYTES(struct audit_detail_row, salt),
	FIELD_TEXT(struct audit_detail_row, details),
};
static const struct record detail_record =
	RECORD(struct audit_detail_row, detail_fields);

const struct db_statement audit_insert_statement = {
	.name = "audit.insert",
	.sql = "INSERT INTO audit (id, at, actor, action, subject, address, "
	       "details_sha256, canonical) "
	       "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &row_record,
	.kind = DB_WRITE,
};

const struct db_statement audit_detail_insert_statement = {
	.name = "audit.detail_insert",
	.sql = "INSERT INTO audit_detail (audit, salt, details) "
	       "VALUES (?, ?, ?)",
	.parameters = &detail_record,
	.kind = DB_WRITE,
};

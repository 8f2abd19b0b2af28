#include "tenants/lifecycle/tenant_statements.h"

static const struct field settings_fields[] = {
	FIELD_TEXT(struct tenant_settings, name),
	FIELD_TEXT(struct tenant_settings, description),
	FIELD_TEXT(struct tenant_settings, colour),
};
static const struct record settings_record =
	RECORD(struct tenant_settings, settings_fields);

static const struct field follow_fields[] = {
	FIELD_TEXT(struct tenant_follow, now),
	FIELD_BOOLEAN(struct tenant_follow, forced),
	FIELD_TEXT(struct tenant_follow, before),
};
static const struct record follow_record =
	RECORD(struct tenant_follow, follow_fields);

static const struct field legal_fields[] = {
	FIELD_BYTES(struct tenant_legal, sha256),
	FIELD_TEXT(struct tenant_legal, kind),
	FIELD_TEXT(struct tenant_legal, version),
	FIELD_TEXT(struct tenant_legal, language),
	FIELD_TEXT(struct tenant_legal, title),
	FIELD_TEXT(struct tenant_legal, body),
};
static const struct record legal_record =
	RECORD(struct tenant_legal, legal_fields);

static const struct field claim_fields[] = {
	FIELD_UUID(struct tenant_claim, id),
	FIELD_BYTES(struct tenant_claim, digest),
	FIELD_TEXT(struct tenant_claim, email),
	FIELD_INTEGER(struct tenant_claim, days),
};
static const struct record claim_record =
	RECORD(struct tenant_claim, claim_fields);

static const struct field key_fields[] = {
	FIELD_UUID(struct tenant_claim_key, id),
};
static const struct record key_record =
	RECORD(struct tenant_claim_key, key_fields);

static const struct field standing_fields[] = {
	FIELD_INTEGER(struct tenant_claim_standing, founders),
	FIELD_TIME(struct tenant_claim_standing, open_until),
};
static const struct record standing_record =
	RECORD(struct tenant_claim_standing, standing_fields);

static const struct field count_fields[] = {
	FIELD_INTEGER(struct tenant_count, count),
};
static const struct record count_record =
	RECORD(struct tenant_count, count_fields);

/* The tables that founding a community and its first page ask for. */
const struct db_statement tenant_open_statement = {
	.name = "lifecycle.open",
	.sql = "SELECT (SELECT COUNT(*) FROM settings)"
	       " + (SELECT COUNT(*) FROM legal_text)"
	       " + (SELECT COUNT(*) FROM member)"
	       " + (SELECT COUNT(*) FROM link_token)"
	       " + (SELECT COUNT(*) FROM outbox)"
	       " + (SELECT COUNT(*) FROM listing) AS count",
	.row = &count_record,
	.kind = DB_READ,
};

/* Not INSERT IGNORE, which would also cut what is too long. */
const struct db_statement tenant_settings_statement = {
	.name = "lifecycle.settings",
	.sql = "INSERT INTO settings (id, name, description, colour,"
	       " changed_at) VALUES (1, ?, ?, ?, UTC_TIMESTAMP(6))"
	       " ON DUPLICATE KEY UPDATE id = 1",
	.parameters = &settings_record,
	.kind = DB_WRITE,
};

const struct db_statement tenant_legal_statement = {
	.name = "lifecycle.legal",
	.sql = "INSERT INTO legal_text (sha256, kind, version, language,"
	       " title, body, published_at)"
	       " VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))"
	       " ON DUPLICATE KEY UPDATE kind = VALUES(kind)",
	.parameters = &legal_record,
	.kind = DB_WRITE,
};

const struct db_statement tenant_follow_name_statement = {
	.name = "lifecycle.follow_name",
	.sql = "UPDATE settings SET name = ?, changed_by = NULL,"
	       " changed_at = UTC_TIMESTAMP(6)"
	       " WHERE id = 1 AND (? OR name = BINARY ?)",
	.parameters = &follow_record,
	.kind = DB_WRITE,
};

const struct db_statement tenant_follow_description_statement = {
	.name = "lifecycle.follow_description",
	.sql = "UPDATE settings SET description = ?, changed_by = NULL,"
	       " changed_at = UTC_TIMESTAMP(6)"
	       " WHERE id = 1 AND (? OR description = BINARY ?)",
	.parameters = &follow_record,
	.kind = DB_WRITE,
};

const struct db_statement tenant_follow_colour_statement = {
	.name = "lifecycle.follow_colour",
	.sql = "UPDATE settings SET colour = ?, changed_by = NULL,"
	       " changed_at = UTC_TIMESTAMP(6)"
	       " WHERE id = 1 AND (? OR colour = BINARY ?)",
	.parameters = &follow_record,
	.kind = DB_WRITE,
};

const struct db_statement tenant_founder_statement = {
	.name = "lifecycle.founder",
	.sql = "SELECT id FROM member WHERE founder = TRUE LIMIT 1",
	.row = &key_record,
	.kind = DB_READ,
};

const struct db_statement tenant_claim_standing_statement = {
	.name = "lifecycle.claim_standing",
	.sql = "SELECT (SELECT COUNT(*) FROM member WHERE founder = TRUE)"
	       " AS founders,"
	       " (SELECT MAX(expires_at) FROM link_token"
	       " WHERE purpose = 'claim' AND used_at IS NULL"
	       " AND expires_at > UTC_TIMESTAMP(6)) AS open_until",
	.row = &standing_record,
	.kind = DB_READ,
};

const struct db_statement tenant_claim_find_statement = {
	.name = "lifecycle.claim_find",
	.sql = "SELECT id FROM link_token WHERE id = ?",
	.parameters = &key_record,
	.row = &key_record,
	.kind = DB_READ,
};

/* Not "used": nobody did. */
const struct db_statement tenant_claims_end_statement = {
	.name = "lifecycle.claims_end",
	.sql = "UPDATE link_token"
	       " SET expires_at = LEAST(expires_at, UTC_TIMESTAMP(6))"
	       " WHERE purpose = 'claim' AND used_at IS NULL",
	.kind = DB_WRITE,
};

const struct db_statement tenant_claim_insert_statement = {
	.name = "lifecycle.claim_insert",
	.sql = "INSERT INTO link_token (id, digest, purpose, email,"
	       " created_at, expires_at) VALUES (?, ?, 'claim', ?,"
	       " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? DAY)",
	.parameters = &claim_record,
	.kind = DB_WRITE,
};

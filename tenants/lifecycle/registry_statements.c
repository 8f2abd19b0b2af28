#include "tenants/lifecycle/registry_statements.h"

#include "tenants/lifecycle/registry_write.h"

#define DOMAINS_MOST 1000

static const struct field slug_fields[] = {
	FIELD_TEXT(struct control_slug, slug),
};
static const struct record slug_record =
	RECORD(struct control_slug, slug_fields);

static const struct field id_fields[] = {FIELD_UUID(struct control_id, id)};
static const struct record id_record = RECORD(struct control_id, id_fields);

static const struct field domain_fields[] = {
	FIELD_TEXT(struct control_domain, domain),
};
static const struct record domain_record =
	RECORD(struct control_domain, domain_fields);

static const struct field domain_new_fields[] = {
	FIELD_TEXT(struct control_domain_new, domain),
	FIELD_UUID(struct control_domain_new, community),
	FIELD_INTEGER(struct control_domain_new, position),
};
static const struct record domain_new_record =
	RECORD(struct control_domain_new, domain_new_fields);

static const struct field community_fields[] = {
	FIELD_UUID(struct control_community, id),
	FIELD_TEXT(struct control_community, slug),
	FIELD_TEXT(struct control_community, key),
	FIELD_TEXT(struct control_community, state),
	FIELD_INTEGER(struct control_community, generation),
	FIELD_INTEGER(struct control_community, schema_version),
	FIELD_TEXT(struct control_community, cluster),
	FIELD_TEXT(struct control_community, configuration),
	FIELD_BYTES(struct control_community, applied_sha256),
	FIELD_TEXT(struct control_community, applied_file),
	FIELD_TEXT(struct control_community, applied_by),
	FIELD_TIME(struct control_community, applied_at),
	FIELD_TIME(struct control_community, created_at),
};
static const struct record community_record =
	RECORD(struct control_community, community_fields);

static const struct field line_fields[] = {
	FIELD_UUID(struct control_line, id),
	FIELD_TEXT(struct control_line, slug),
	FIELD_TEXT(struct control_line, state),
	FIELD_INTEGER(struct control_line, schema_version),
	FIELD_TEXT(struct control_line, domain),
	FIELD_TEXT(struct control_line, applied_file),
	FIELD_BYTES(struct control_line, applied_sha256),
	FIELD_TIME(struct control_line, applied_at),
};
const struct record control_line_record =
	RECORD(struct control_line, line_fields);

static const struct field new_fields[] = {
	FIELD_UUID(struct control_new, id),
	FIELD_TEXT(struct control_new, slug),
	FIELD_TEXT(struct control_new, key),
	FIELD_TEXT(struct control_new, cluster),
	FIELD_TEXT(struct control_new, configuration),
	FIELD_TEXT(struct control_new, text),
	FIELD_BYTES(struct control_new, sha256),
	FIELD_TEXT(struct control_new, file),
	FIELD_TEXT(struct control_new, operator),
};
static const struct record new_record = RECORD(struct control_new, new_fields);

static const struct field change_fields[] = {
	FIELD_TEXT(struct control_change, cluster),
	FIELD_TEXT(struct control_change, configuration),
	FIELD_TEXT(struct control_change, text),
	FIELD_BYTES(struct control_change, sha256),
	FIELD_TEXT(struct control_change, file),
	FIELD_TEXT(struct control_change, operator),
	FIELD_UUID(struct control_change, id),
};
static const struct record change_record =
	RECORD(struct control_change, change_fields);

static const struct field open_jobs_fields[] = {
	FIELD_INTEGER(struct control_open_jobs, count),
};
static const struct record open_jobs_record =
	RECORD(struct control_open_jobs, open_jobs_fields);

static const struct field audit_fields[] = {
	FIELD_TEXT(struct control_audit, operator),
	FIELD_TEXT(struct control_audit, action),
	FIELD_UUID(struct control_audit, community),
	FIELD_TEXT(struct control_audit, details),
};
static const struct record audit_record =
	RECORD(struct control_audit, audit_fields);

static const struct field version_fields[] = {
	FIELD_INTEGER(struct control_version, schema_version),
	FIELD_UUID(struct control_version, id),
};
static const struct record version_record =
	RECORD(struct control_version, version_fields);

static const struct field newest_fields[] = {
	FIELD_INTEGER(struct control_newest, version),
};
static const struct record newest_record =
	RECORD(struct control_newest, newest_fields);

static const struct field moved_fields[] = {
	FIELD_TEXT(struct control_moved, moved),
};
static const struct record moved_record =
	RECORD(struct control_moved, moved_fields);

static const struct field account_fields[] = {
	FIELD_TEXT(struct control_account, key),
	FIELD_TEXT(struct control_account, password),
	FIELD_INTEGER(struct control_account, connections),
};
static const struct record account_record =
	RECORD(struct control_account, account_fields);

static const struct field password_fields[] = {
	FIELD_TEXT(struct control_password, key),
	FIELD_TEXT(struct control_password, password),
};
static const struct record password_record =
	RECORD(struct control_password, password_fields);

static const struct field generation_fields[] = {
	FIELD_INTEGER(struct control_generation, generation),
	FIELD_UUID(struct control_generation, id),
	FIELD_INTEGER(struct control_generation, below),
};
static const struct record generation_record =
	RECORD(struct control_generation, generation_fields);

static const struct field key_fields[] = {FIELD_TEXT(struct control_key, key)};
static const struct record key_record = RECORD(struct control_key, key_fields);

#define COMMUNITY_COLUMNS                                                      \
	"SELECT id, slug, `key`, state, generation, schema_version, cluster,"  \
	" configuration, applied_sha256, applied_file, applied_by,"            \
	" applied_at, created_at FROM community"

const struct db_statement control_find_statement = {
	.name = "control.find",
	.sql = COMMUNITY_COLUMNS " WHERE slug = ?",
	.parameters = &slug_record,
	.row = &community_record,
	.kind = DB_READ,
};

const struct db_statement control_find_id_statement = {
	.name = "control.find_id",
	.sql = COMMUNITY_COLUMNS " WHERE id = ?",
	.parameters = &id_record,
	.row = &community_record,
	.kind = DB_READ,
};

const struct db_statement control_lock_statement = {
	.name = "control.lock",
	.sql = COMMUNITY_COLUMNS " WHERE slug = ? FOR UPDATE",
	.parameters = &slug_record,
	.row = &community_record,
	.kind = DB_WRITE,
};

#define LINES                                                                  \
	"SELECT community.id, community.slug, community.state,"                \
	" community.schema_version, community_domain.domain,"                  \
	" community.applied_file, community.applied_sha256,"                   \
	" community.applied_at FROM community"                                 \
	" LEFT JOIN community_domain"                                          \
	" ON community_domain.community = community.id"                        \
	" AND community_domain.position = 1"

const struct db_statement control_list_statement = {
	.name = "control.list",
	.sql = LINES
	" WHERE community.slug > ? ORDER BY community.slug LIMIT 200",
	.parameters = &slug_record,
	.row = &control_line_record,
	.kind = DB_READ,
	.limit = CONTROL_PAGE,
};

static const struct field applied_fields[] = {
	FIELD_BYTES(struct control_applied_key, sha256),
};
static const struct record applied_record =
	RECORD(struct control_applied_key, applied_fields);

const struct db_statement control_applied_statement = {
	.name = "control.applied",
	.sql = LINES " WHERE community.applied_sha256 = ? LIMIT 1",
	.parameters = &applied_record,
	.row = &control_line_record,
	.kind = DB_READ,
};

const struct db_statement control_owner_statement = {
	.name = "control.owner",
	.sql = "SELECT community.slug FROM community_domain"
	       " JOIN community ON community.id = community_domain.community"
	       " WHERE community_domain.domain = ?",
	.parameters = &domain_record,
	.row = &slug_record,
	.kind = DB_READ,
};

const struct db_statement control_domains_statement = {
	.name = "control.domains",
	.sql = "SELECT domain FROM community_domain WHERE community = ?"
	       " ORDER BY position",
	.parameters = &id_record,
	.row = &domain_record,
	.kind = DB_READ,
	.limit = DOMAINS_MOST,
};

const struct db_statement control_insert_statement = {
	.name = "control.insert",
	.sql = "INSERT INTO community (id, slug, `key`, state, cluster,"
	       " configuration, applied_text, applied_sha256, applied_file,"
	       " applied_by, applied_at, created_at)"
	       " VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?,"
	       " UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement control_change_statement = {
	.name = "control.change",
	.sql = "UPDATE community SET cluster = ?, configuration = ?,"
	       " applied_text = ?, applied_sha256 = ?, applied_file = ?,"
	       " applied_by = ?, applied_at = UTC_TIMESTAMP(6) WHERE id = ?",
	.parameters = &change_record,
	.kind = DB_WRITE,
};

const struct db_statement control_domains_clear_statement = {
	.name = "control.domains_clear",
	.sql = "DELETE FROM community_domain WHERE community = ?",
	.parameters = &id_record,
	.kind = DB_WRITE,
};

const struct db_statement control_domain_insert_statement = {
	.name = "control.domain_insert",
	.sql = "INSERT INTO community_domain (domain, community, position)"
	       " VALUES (?, ?, ?)",
	.parameters = &domain_new_record,
	.kind = DB_WRITE,
};

const struct db_statement control_open_provision_statement = {
	.name = "control.open_provision",
	.sql = "SELECT COUNT(*) AS count FROM job WHERE community = ?"
	       " AND kind = 'provision' AND state IN ('waiting', 'running')",
	.parameters = &id_record,
	.row = &open_jobs_record,
	.kind = DB_READ,
};

const struct db_statement control_audit_statement = {
	.name = "control.audit",
	.sql = "INSERT INTO host_audit (at, operator, action, community,"
	       " details) VALUES (UTC_TIMESTAMP(6), ?, ?, ?, ?)",
	.parameters = &audit_record,
	.kind = DB_WRITE,
};

const struct db_statement control_activate_statement = {
	.name = "control.activate",
	.sql = "UPDATE community SET schema_version = ?,"
	       " state = IF(state = 'pending', 'active', state) WHERE id = ?",
	.parameters = &version_record,
	.kind = DB_WRITE,
};

const struct db_statement control_version_statement = {
	.name = "control.version",
	.sql = "UPDATE community SET schema_version = ? WHERE id = ?",
	.parameters = &version_record,
	.kind = DB_WRITE,
};

const struct db_statement control_behind_statement = {
	.name = "control.behind",
	.sql = "SELECT id FROM community WHERE schema_version < ?"
	       " AND state = 'active' AND NOT EXISTS (SELECT 1 FROM job"
	       " WHERE job.community = community.id"
	       " AND job.kind = 'update'"
	       " AND job.state IN ('waiting', 'running')) LIMIT 500",
	.parameters = &newest_record,
	.row = &id_record,
	.kind = DB_READ,
	.limit = CONTROL_BEHIND_MOST,
};

const struct db_statement control_moved_statement = {
	.name = "control.moved",
	.sql = "CALL missiond_registry.community_moved(?)",
	.parameters = &moved_record,
	.kind = DB_WRITE,
};

const struct db_statement control_account_statement = {
	.name = "control.account",
	.sql = "CALL missiond_accounts.community_account_create(?, ?, ?)",
	.parameters = &account_record,
	.kind = DB_WRITE,
};

const struct db_statement control_rotate_statement = {
	.name = "control.rotate",
	.sql = "CALL missiond_accounts.community_account_rotate(?, ?)",
	.parameters = &password_record,
	.kind = DB_WRITE,
};

const struct db_statement control_generation_statement = {
	.name = "control.generation",
	.sql = "UPDATE community SET generation = ?"
	       " WHERE id = ? AND generation < ?",
	.parameters = &generation_record,
	.kind = DB_WRITE,
};

const struct db_statement control_purge_statement = {
	.name = "control.purge",
	.sql = "UPDATE community SET state = 'purged' WHERE id = ?",
	.parameters = &id_record,
	.kind = DB_WRITE,
};

const struct db_statement control_shut_statement = {
	.name = "control.shut",
	.sql = "CALL missiond_accounts.community_account_lock(?)",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement control_drop_statement = {
	.name = "control.drop",
	.sql = "CALL missiond_accounts.community_account_drop(?)",
	.parameters = &key_record,
	.kind = DB_WRITE,
};

const struct db_statement control_unmigrate_statement = {
	.name = "control.unmigrate",
	.sql = "DELETE FROM schema_migration WHERE community = ?",
	.parameters = &id_record,
	.kind = DB_WRITE,
};

/* What was said last of a community that is gone stays until every worker has
 * heard of it, be it by its slow look (registry.c): else they would go on with
 * what they know of its domains. */
const struct db_statement control_forget_statement = {
	.name = "control.forget",
	.sql = "DELETE moved FROM community_state AS moved "
	       "LEFT JOIN community ON community.id = moved.community "
	       "WHERE community.id IS NULL "
	       "AND moved.moved_at < UTC_TIMESTAMP(6) - INTERVAL 10 MINUTE",
	.kind = DB_WRITE,
};

const struct db_statement control_remove_statement = {
	.name = "control.remove",
	.sql = "DELETE FROM community WHERE id = ? AND state = 'purged'",
	.parameters = &id_record,
	.kind = DB_WRITE,
};

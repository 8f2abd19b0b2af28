/* registry_statements.h: what registry_write.c and the steps ask the control
 * schema. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_REGISTRY_STATEMENTS_H
#define MISSIOND_TENANTS_LIFECYCLE_REGISTRY_STATEMENTS_H

#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

struct control_slug {
	const char *slug;
};

struct control_applied_key {
	struct slice sha256;
};

struct control_id {
	struct uuid id;
};

struct control_domain {
	const char *domain;
};

struct control_domain_new {
	const char *domain;
	struct uuid community;
	int64_t position;
};

struct control_new {
	struct uuid id;
	const char *slug;
	const char *key;
	const char *cluster;
	const char *configuration;
	const char *text;
	struct slice sha256;
	const char *file;
	const char *operator;
};

struct control_change {
	const char *cluster;
	const char *configuration;
	const char *text;
	struct slice sha256;
	const char *file;
	const char *operator;
	struct uuid id;
};

struct control_open_jobs {
	int64_t count;
};

struct control_version {
	int64_t schema_version;
	struct uuid id;
};

struct control_newest {
	int64_t version;
};

/* Communities queued at once. */
#define CONTROL_BEHIND_MOST 500

struct control_moved {
	const char *moved;
};

struct control_account {
	const char *key;
	const char *password;
	int64_t connections;
};

struct control_password {
	const char *key;
	const char *password;
};

struct control_generation {
	int64_t generation;
	struct uuid id;
	int64_t below;
};

struct control_key {
	const char *key;
};

extern const struct db_statement control_find_statement;
extern const struct db_statement control_find_id_statement;
extern const struct db_statement control_lock_statement;
extern const struct db_statement control_list_statement;
extern const struct db_statement control_applied_statement;
extern const struct db_statement control_owner_statement;
extern const struct db_statement control_domains_statement;
extern const struct db_statement control_insert_statement;
extern const struct db_statement control_change_statement;
extern const struct db_statement control_domains_clear_statement;
extern const struct db_statement control_domain_insert_statement;
extern const struct db_statement control_open_provision_statement;
extern const struct db_statement control_audit_statement;
extern const struct db_statement control_activate_statement;
extern const struct db_statement control_version_statement;
extern const struct db_statement control_behind_statement;
extern const struct db_statement control_moved_statement;
extern const struct db_statement control_account_statement;
extern const struct db_statement control_rotate_statement;
extern const struct db_statement control_generation_statement;
extern const struct db_statement control_purge_statement;
extern const struct db_statement control_shut_statement;
extern const struct db_statement control_drop_statement;
extern const struct db_statement control_unmigrate_statement;
extern const struct db_statement control_forget_statement;
extern const struct db_statement control_remove_statement;

#endif

/* statements.h: the SQL of the audit list. */
#ifndef MISSIOND_TENANTS_AUDIT_STATEMENTS_H
#define MISSIOND_TENANTS_AUDIT_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct audit_row {
	struct uuid id;
	struct timestamp at;
	struct uuid actor; /* pseudonym; none: nobody was logged in */
	const char *action;
	bool office;
	struct uuid subject; /* pseudonym, a thing's id or none */
	struct slice details_sha256;
	struct slice canonical;
};

struct audit_detail_row {
	struct uuid audit;
	struct slice salt;
	const char *address;	  /* or NULL */
	const char *details;	  /* or NULL */
	struct timestamp expires; /* or none */
};

struct audit_member {
	struct uuid id;
};

struct audit_pseudonym {
	struct uuid pseudonym;
};

struct audit_key {
	bool office;
	int64_t before; /* sequence */
};

extern const struct record audit_entry_record;
extern const struct db_statement audit_list_statement;
extern const struct db_statement audit_insert_statement;
extern const struct db_statement audit_detail_insert_statement;
extern const struct db_statement audit_expire_statement;
/* A member's pseudonym; no row: no member has this id. */
extern const struct db_statement audit_pseudonym_statement;

#endif

/* statements.h: the SQL of the audit list. */
#ifndef MISSIOND_TENANTS_AUDIT_STATEMENTS_H
#define MISSIOND_TENANTS_AUDIT_STATEMENTS_H

#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct audit_row {
	struct uuid id;
	struct timestamp at;
	struct uuid actor; /* none: nobody was logged in */
	const char *action;
	struct uuid subject; /* or none */
	const char *address;
	struct slice details_sha256; /* or none */
	struct slice canonical;
};

struct audit_detail_row {
	struct uuid audit;
	struct slice salt;
	const char *details;
};

struct audit_key {
	int64_t before; /* sequence */
};

extern const struct record audit_entry_record;
extern const struct db_statement audit_list_statement;
extern const struct db_statement audit_insert_statement;
extern const struct db_statement audit_detail_insert_statement;

#endif

/* statements.h: the SQL of appointments. */
#ifndef MISSIOND_TENANTS_ROLES_STATEMENTS_H
#define MISSIOND_TENANTS_ROLES_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct roles_member_key {
	struct uuid member;
};

struct roles_username_key {
	const char *username;
};

struct roles_grant_row {
	struct uuid member;
	const char *scopes;
	struct uuid appointed_by;
	struct timestamp appointed;
};

struct roles_count {
	int64_t count;
};

/* Whom an appointment is for, locked for the transaction. */
struct roles_candidate {
	struct uuid member;
	const char *username;
	const char *state;
	bool founder;
	const char *scopes; /* NULL: not appointed */
};

extern const struct db_statement roles_list_statement;
extern const struct db_statement roles_count_statement;
extern const struct db_statement roles_find_by_username_statement;
extern const struct db_statement roles_find_statement;
extern const struct db_statement roles_grant_statement;
extern const struct db_statement roles_withdraw_statement;

#endif

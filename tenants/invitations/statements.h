/* statements.h: the SQL of invitations. */
#ifndef MISSIOND_TENANTS_INVITATIONS_STATEMENTS_H
#define MISSIOND_TENANTS_INVITATIONS_STATEMENTS_H

#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct invitation_time {
	struct timestamp now;
};

struct invitation_count {
	int64_t open;
};

struct invitation_row {
	struct uuid id;
	struct slice digest;
	const char *note;
	const char *scopes;
	int64_t uses;
	struct timestamp expires;
	struct timestamp created;
	struct uuid created_by;
};

struct invitation_key {
	struct uuid id;
	struct timestamp now;
};

struct invitation_scopes {
	const char *scopes;
};

struct invitation_end {
	struct timestamp now;
	struct uuid id;
};

extern const struct db_statement invitations_list_statement;
extern const struct db_statement invitations_count_statement;
extern const struct db_statement invitation_make_statement;
extern const struct db_statement invitation_lock_statement;
extern const struct db_statement invitation_withdraw_statement;

#endif

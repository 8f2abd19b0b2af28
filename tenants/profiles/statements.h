/* statements.h: the SQL of profiles. */
#ifndef MISSIOND_TENANTS_PROFILES_STATEMENTS_H
#define MISSIOND_TENANTS_PROFILES_STATEMENTS_H

#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct profile_key {
	struct uuid id;
};

struct profile_name {
	const char *username;
};

struct profile_row {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *state;
	const char *language; /* or NULL: the browser's */
	struct timestamp joined;
	int64_t login_count;
	struct timestamp last_login;
};

struct profile_detail {
	const char *kind; /* "phone", "address", "description" */
	const char *content;
	const char *visibility;
};

struct profile_change {
	const char *name_before; /* the name again, to be compared */
	struct timestamp given;
	struct uuid given_by;
	const char *name_again;
	const char *name;
	const char *language;
	struct uuid id;
};

struct profile_detail_change {
	struct uuid member;
	const char *kind;
	const char *content;
	const char *visibility;
	struct timestamp given;
	struct uuid given_by;
};

struct profile_detail_key {
	struct uuid member;
	const char *kind;
};

extern const struct db_statement profiles_by_username;
extern const struct db_statement profiles_by_id;
extern const struct db_statement profiles_details;
extern const struct db_statement profiles_change;
extern const struct db_statement profiles_set_detail;
extern const struct db_statement profiles_drop_detail;

#endif

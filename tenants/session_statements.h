/* session_statements.h: the SQL of sessions. */
#ifndef MISSIOND_TENANTS_SESSION_STATEMENTS_H
#define MISSIOND_TENANTS_SESSION_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct session_digest {
	struct slice digest;
};

struct session_renewal {
	struct slice digest;
	struct uuid id;
};

struct session_insert_row {
	struct uuid id;
	struct slice digest;
	struct uuid member;
	struct timestamp created;
	struct timestamp seen;
	struct timestamp expires;
	const char *address;
	const char *browser;
};

struct session_member_seen {
	struct timestamp now;
	struct uuid member;
};

struct session_touch {
	struct timestamp now;
	struct uuid id;
};

struct session_key {
	const char *version; /* of the terms in force */
	struct slice english;
	struct slice french;
	struct slice digest; /* of the token */
	struct timestamp now;
	struct timestamp idle_since;
};

struct session_found {
	struct uuid id;
	struct timestamp seen;
	struct uuid member;
	struct uuid pseudonym;
	const char *username;
	const char *name;
	const char *state;
	const char *language; /* or NULL */
	bool founder;
	const char *scopes; /* NULL: not appointed */
	int64_t accepted;   /* how often the terms in force */
};

/* Which standing is read again: of the session (or API token) with this token.
 */
struct session_standing_key {
	const char *version; /* of the terms in force */
	struct slice english;
	struct slice french;
	struct slice digest;
	struct uuid member;
};

struct session_standing {
	bool alive; /* the session has not been ended */
	const char *state;
	bool founder;
	const char *scopes; /* NULL: not appointed */
	int64_t accepted;   /* how often the terms in force */
};

extern const struct db_statement session_find_statement;
extern const struct db_statement session_find_bearer_statement;
extern const struct db_statement session_standing_statement;
extern const struct db_statement session_standing_bearer_statement;
extern const struct db_statement session_touch_statement;
extern const struct db_statement session_touch_bearer_statement;
extern const struct db_statement session_insert_statement;
extern const struct db_statement session_renew_statement;
extern const struct db_statement session_member_seen_statement;
extern const struct db_statement session_end_statement;

#endif

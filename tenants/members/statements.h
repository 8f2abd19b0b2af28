/* statements.h: the SQL behind the members page and applications. */
#ifndef MISSIOND_TENANTS_MEMBERS_STATEMENTS_H
#define MISSIOND_TENANTS_MEMBERS_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct members_page_key {
	int64_t limit;
	int64_t offset;
};

struct members_state_key {
	const char *state;
	int64_t limit;
	int64_t offset;
};

struct members_search_key {
	const char *username; /* LIKE patterns */
	const char *name;
	const char *name_word;	 /* of its later words */
	const char *name_hyphen; /* and of those after a hyphen */
	const char *email;
	const char *email_again;
	const char *state;	 /* NULL: any but "left" */
	const char *state_again; /* the same */
	int64_t limit;
	int64_t offset;
};

struct member_key {
	struct uuid id;
};

/* The member acted on, locked for the transaction. */
struct member_subject {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *language;
	const char *state;
	bool founder;
	const char *scopes; /* NULL: not an admin */
};

struct member_state_change {
	const char *state;
	struct uuid id;
};

/* Whether another application came since, and waits. */
struct application_recent_key {
	struct timestamp since;
	struct uuid id;
};

/* Whom an application is announced to. */
struct application_reader {
	struct uuid id;
	const char *name;
	const char *email;
	const char *language; /* or NULL */
};
#define APPLICATION_READERS 20

struct member_count {
	int64_t count;
};

extern const struct db_statement members_all_statement;
extern const struct db_statement members_by_state_statement;
extern const struct db_statement members_search_statement;
extern const struct db_statement member_find_statement;
extern const struct db_statement applications_list_statement;
extern const struct db_statement applications_count_statement;
extern const struct db_statement application_recent_statement;
/* Links to confirm an address or choose a password, of the member and of
 * others who typed the same address. */
struct member_links {
	struct timestamp now;
	struct uuid member;
	const char *email;
};

extern const struct db_statement application_readers_statement;
extern const struct db_statement member_subject_statement;
extern const struct db_statement member_set_state_statement;
extern const struct db_statement member_end_sessions_statement;
extern const struct db_statement member_end_tokens_statement;
extern const struct db_statement member_end_links_statement;

#endif

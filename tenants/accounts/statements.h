/* statements.h: the SQL of accounts. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_STATEMENTS_H
#define MISSIOND_TENANTS_ACCOUNTS_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct db_statement;

struct account_key {
	struct uuid member;
};

struct account_email {
	const char *email;
};

struct account_username {
	const char *username;
};

/* What the acts of this feature need of a member. */
struct account {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email; /* not this member's yet while unconfirmed */
	const char *state;
	const char *language; /* or NULL */
	bool founder;
	bool applies;	 /* an admin must approve the membership */
	const char *phc; /* the password; NULL: has none */
};

/* Who logs in as what, and where: see throttle.h. */
struct account_login_key {
	struct slice place;
	const char *login; /* user name or e-mail address */
};

struct account_login {
	struct account account;
	struct slice proof; /* of the place; none: it is not known */
	struct timestamp until;
};

struct account_new {
	struct uuid id;
	const char *username;
	const char *email;	       /* confirmed; or NULL */
	const char *email_unconfirmed; /* or NULL */
	const char *name;
	const char *state;
	bool founder;
	const char *language;
	const char *application; /* NULL: no approval is needed */
	struct timestamp joined;
	struct timestamp confirmed; /* or none */
	struct timestamp given;
	struct uuid given_by;
};

struct account_password {
	struct uuid member;
	const char *phc;
	struct timestamp changed;
};

struct account_keep_password {
	const char *better; /* or the same */
	struct uuid member;
	const char *phc;
};

struct account_confirmed {
	const char *state;
	struct timestamp confirmed;
	struct uuid member;
};

struct account_count {
	int64_t count;
};

/* A link sent by mail; only the digest of its token is stored. */
struct link_new {
	struct uuid id;
	struct slice digest;
	const char *purpose; /* "confirm", "reset" */
	struct uuid member;
	struct timestamp created;
	struct timestamp expires;
};

struct link_key {
	struct slice digest;
	const char *purpose;
	struct timestamp now;
};

struct link_row {
	struct uuid member;
};

struct link_used {
	struct timestamp now;
	struct slice digest;
};

struct link_member {
	struct timestamp now;
	struct uuid member;
	const char *purpose;
};

struct session_row {
	struct uuid id;
	struct timestamp created;
	struct timestamp seen;
	const char *address;
	const char *browser; /* its own words */
};
extern const struct record session_row_record;

struct session_list_key {
	struct uuid member;
	struct timestamp now;
};

struct session_own_key {
	struct uuid id;
	struct uuid member;
};

struct session_others_key {
	struct uuid member;
	struct uuid kept;
};

struct token_row {
	struct uuid id;
	const char *name;
	struct timestamp created;
	struct timestamp used; /* none: never */
	struct timestamp expires;
};
extern const struct record token_row_record;

struct token_insert {
	struct uuid id;
	struct slice digest;
	struct uuid member;
	const char *name;
	struct timestamp created;
	struct timestamp expires;
};

struct token_list_key {
	struct uuid member;
	struct timestamp now;
};

struct token_own_key {
	struct uuid id;
	struct uuid member;
};

/* How many days ago something must have ended to be removed. */
struct account_age {
	int64_t days;
};

struct founder_row {
	struct uuid member;
};

extern const struct db_statement account_by_email_statement;
extern const struct db_statement account_by_username_statement;
extern const struct db_statement account_by_id_statement;
extern const struct db_statement account_login_by_email_statement;
extern const struct db_statement account_login_by_username_statement;
extern const struct db_statement account_count_statement;
/* A member's root first, then the member. */
extern const struct db_statement account_insert_root_statement;
extern const struct db_statement account_insert_statement;
extern const struct db_statement account_set_password_statement;
extern const struct db_statement account_keep_password_statement;
extern const struct db_statement account_confirm_statement;
extern const struct db_statement account_release_statement;
extern const struct db_statement account_make_founder_statement;
extern const struct db_statement founder_find_statement;

extern const struct db_statement link_insert_statement;
extern const struct db_statement link_find_statement;
extern const struct db_statement link_use_statement;
extern const struct db_statement link_end_statement;

extern const struct db_statement session_list_statement;
extern const struct db_statement session_end_own_statement;
extern const struct db_statement session_end_others_statement;
extern const struct db_statement session_end_all_statement;

extern const struct db_statement token_list_statement;
extern const struct db_statement token_count_statement;
extern const struct db_statement token_insert_statement;
extern const struct db_statement token_end_statement;
extern const struct db_statement token_end_others_statement;
extern const struct db_statement token_end_all_statement;

extern const struct db_statement session_expire_statement;
extern const struct db_statement token_expire_statement;
extern const struct db_statement link_expire_statement;
extern const struct db_statement unconfirmed_expire_statement;
extern const struct db_statement root_stray_statement;
extern const struct db_statement root_expire_statement;

#endif

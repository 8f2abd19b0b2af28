/*
 * member_password.h: Argon2id on the thread pool; the calling task waits,
 * behind others of its community. Where too many do, -1 and turn_is_crowded():
 * that is answered where the request failed, with 429. Passwords are compared
 * in NFKC (normal.h): each keyboard spells its own way.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_MEMBER_PASSWORD_H
#define MISSIOND_TENANTS_ACCOUNTS_MEMBER_PASSWORD_H

#include <stdbool.h>

#include "base/record.h"

struct db;
struct db_query;
struct request;

/* The PHC string to store, in the request's arena. 0 or -1. */
int member_password_hash(
	struct request *request, const char *password, const char **ret_phc);

/*
 * Whether the password fits. `phc` NULL (there is no such member) takes as
 * long as a wrong password. When it fits and the stored string was made with
 * another cost, *ret_better is a new one to store, else NULL. 0 or -1.
 */
int member_password_verify(struct request *request, const char *phc,
	const char *password, bool *ret_fits, const char **ret_better);

/* Stores a hashed password. 0 or -1. */
int member_password_store(struct request *request, struct db *db,
	struct uuid member, const char *phc);

/*
 * Inside a transaction: the question whether the stored string is still `phc`,
 * against which a password was checked: `affected` is 1, or 0 where it was
 * changed meanwhile. It stays so until the transaction's end, or becomes
 * `better` where that is not NULL. Does not wait.
 */
struct db_query member_password_keep(struct request *request,
	struct uuid member, const char *phc, const char *better);

#endif

/* create.h: the rows of a new member. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_CREATE_H
#define MISSIOND_TENANTS_ACCOUNTS_CREATE_H

struct account_new;
struct db;
struct request;

/*
 * Inside a transaction: the member, its password (an Argon2id PHC string) and
 * that it accepted the legal texts in force, as the form said. Waits. 0, or −1:
 * db_failure() says why, DB_FAILURE_DUPLICATE when the user name or the address
 * is somebody's.
 */
int account_create(struct request *request, struct db *db,
	const struct account_new *member, const char *phc);

#endif

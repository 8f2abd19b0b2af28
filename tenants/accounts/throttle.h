/*
 * throttle.h: how often passwords may be tried, and how many mails strangers
 * may cause. The counts stand in the community's schema (table attempt), so
 * they hold for all workers and machines and after a restart; their times are
 * the database's. tenants/rate.h before it keeps floods off, in memory.
 *
 * A try counts for the login as typed and for the visitor's network, before
 * the password is looked at; one that was right is given back. A network from
 * which this member logged in before (known_place) has an allowance of its
 * own: guesses from elsewhere do not shut members out at home. Which network
 * and which login is not stored, only digests under the community's key.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_THROTTLE_H
#define MISSIOND_TENANTS_ACCOUNTS_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/digest.h"

struct account;
struct account_login;
struct db;
struct db_query;
struct db_statement;
struct request;

/* What verbs return after throttle_refuse(). */
#define THROTTLED 4

/* A try that was counted: where, to give it back. */
struct throttle {
	int64_t slots[2]; /* the second is the first where there is one */
	bool settled;	  /* the place is known, and need not be stored */
};

/* The key of the visitor's place in known_place, if it is that of somebody who
 * logs in like this. Does not wait. */
void throttle_place(struct request *request, const char *login,
	unsigned char digest[DIGEST_SIZE]);

/*
 * Counts a try to log in. `found` NULL: there is none of that name, which takes
 * the same work. 0: it may go on; else after how many seconds; -1.
 */
int64_t throttle_login(struct request *request, const char *login,
	const struct account_login *found, struct throttle *ret_throttle);

/* The same for the present password that a change of it asks for. */
int64_t throttle_change(struct request *request, const struct account *account,
	struct throttle *ret_throttle);

/* The password was right: the try is given back, once. 0 or -1. */
int throttle_return(struct db *db, const struct throttle *throttle);

/* The same as a statement, to be sent with others. Does not wait. */
struct db_query throttle_returning(
	struct request *request, const struct throttle *throttle);

/* The password was not looked at: where that is because too many waited
 * (turns.h) the try is given back, too. Returns -1. */
int throttle_give_up(struct request *request, const struct throttle *throttle);

/* The member logged in from here, with the password that `phc` is of: a
 * changed password forgets all places. 0 or -1. */
int throttle_know_place(struct request *request, struct db *db,
	const struct account *account, const char *phc);

/* The same as a statement, to be sent with others. Does not wait. */
struct db_query throttle_knowing_place(struct request *request,
	const struct account *account, const char *phc);

/* Counts a mail that a stranger asked for: 1 when it may go to `email`, 0 or
 * -1. */
int throttle_mail(struct request *request, struct db *db, const char *email);

/*
 * Says how long to wait: Retry-After, and for pages an error of the form's
 * `field` (show the form with status 429), for the API the whole reply. Returns
 * THROTTLED.
 */
int throttle_refuse(
	struct request *request, const char *field, int64_t seconds);

extern const struct db_statement attempt_charge_statement;
extern const struct db_statement attempt_return_statement;
extern const struct db_statement attempt_expire_statement;
extern const struct db_statement place_store_statement;
extern const struct db_statement place_expire_statement;

#endif

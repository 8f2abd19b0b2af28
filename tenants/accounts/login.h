/* login.h: logging in by user name or e-mail address, and out. The answer to a
 * wrong name and to a wrong password is the same, in the same time. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_LOGIN_H
#define MISSIOND_TENANTS_ACCOUNTS_LOGIN_H

#include <stddef.h>

struct account;
struct db;
struct db_query;
struct page;
struct request;

struct login_input {
	const char *login; /* user name or e-mail address */
	const char *password;
	const char *next; /* path to go on to, or NULL */
};

extern const struct page login_page;

/* What login_enter() returns to the API after its answer: 401. */
#define LOGIN_REFUSED 5

/*
 * What a log-in is for. It is made in a transaction in which the password is
 * still the one that was checked: what a change of it ends was there before,
 * and after it nothing can be made with the old one.
 */
#define LOGIN_ACTS 3
struct login_purpose {
	/* What asks nothing before it acts: its statements, into `acts`, and
	 * how many. They are sent with the log-in's own and undone where the
	 * password was changed meanwhile. Does not wait. Or NULL. */
	size_t (*begin)(struct request *request, const struct account *account,
		void *argument, struct db_query *acts);
	/* What must ask first: 0, or what login_enter() is to return. Or NULL.
	 */
	int (*make)(struct request *request, struct db *db,
		const struct account *account, void *argument);
	void *argument;
};

/*
 * Checks name and password, then makes what the log-in is for. A better hash is
 * stored where the old is outdated. 0; for pages 1 after form_fail(), for the
 * API LOGIN_REFUSED; THROTTLED (throttle_refuse()); −1; or what else `make`
 * returned.
 */
int login_enter(struct request *request, const char *login,
	const char *password, const struct login_purpose *purpose);

/* Reads an account by user name or e-mail address: 1, 0 or -1. Members who left
 * are not found. */
int login_find(struct request *request, const char *login,
	struct account *ret_account);

/* The path to go on to after log-in: `next` when it is one of this site's, else
 * "/". */
const char *login_next(const char *next);

/* GET and POST /login, POST /logout */
int login_page_show(struct request *request);
int login_page_send(struct request *request);
int logout_send(struct request *request);

#endif

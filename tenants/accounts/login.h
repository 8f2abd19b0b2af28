/* login.h: logging in by user name or e-mail address, and out. The answer to a
 * wrong name and to a wrong password is the same, in the same time. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_LOGIN_H
#define MISSIOND_TENANTS_ACCOUNTS_LOGIN_H

struct account;
struct page;
struct request;

struct login_input {
	const char *login; /* user name or e-mail address */
	const char *password;
	const char *next; /* path to go on to, or NULL */
};

extern const struct page login_page;

/* What login_check() returns to the API after its answer: 401. */
#define LOGIN_REFUSED 5

/*
 * Checks name and password, and stores a better hash where the old is outdated.
 * 0 and the account; for pages 1 after form_fail(), for the API LOGIN_REFUSED;
 * THROTTLED (throttle_refuse()); −1.
 */
int login_check(struct request *request, const char *login,
	const char *password, struct account *ret_account);

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

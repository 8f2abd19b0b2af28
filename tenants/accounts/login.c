#include "tenants/accounts/login.h"

#include <stdbool.h>
#include <string.h>

#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/change.h"

/* Of enter(): it may be the same password in a better hash, so another look is
 * taken. */
#define CHANGED_MEANWHILE 6
#define CHECKS_MOST	  3

/*
 * User names and addresses are of visible ASCII only. Without this check the
 * database, which compares without accents, would take "càmille" for
 * "camille", and each way to write it would have tries of its own.
 */
static bool
can_be_account(const char *login)
{
	for (; *login != '\0'; login++)
		if (*login <= ' ' || *login >= 0x7f)
			return false;
	return true;
}

/* User names have no @, addresses have one. */
int
login_find(
	struct request *request, const char *login, struct account *ret_account)
{
	struct account account;
	int rows;

	if (!can_be_account(login))
		return 0;
	if (strchr(login, '@') != NULL)
		rows = db_row(request->db, &account_by_email_statement,
			&(struct account_email){login}, request->arena,
			&account);
	else
		rows = db_row(request->db, &account_by_username_statement,
			&(struct account_username){login}, request->arena,
			&account);
	if (rows <= 0)
		return rows;
	if (strcmp(account.state, "left") == 0 ||
		strcmp(account.state, "declined") == 0)
		return 0;
	*ret_account = account;
	return 1;
}

/* The same whether there is such an account or not. */
static int
refuse(struct request *request)
{
	if (!request_is_api(request))
		return form_fail(request, "",
			N_("User name, e-mail address or password is wrong."));
	reply_header(request, "www-authenticate", "Bearer");
	reply_problem(request, 401, "wrong-password",
		N_("User name, e-mail address or password is wrong."),
		N_("Check both. A forgotten password can be replaced: POST "
		   "/api/v1/password-resets."));
	return LOGIN_REFUSED;
}

/* A password that was right, on its way into what it opens. */
struct entering {
	struct account account;	  /* with the hash it was checked against */
	const char *better;	  /* to be stored instead, or NULL */
	struct throttle throttle; /* the try, still counted */
	int (*make)(struct request *request, struct db *db,
		const struct account *account, void *argument);
	void *argument;
};

/* As login_enter(). */
static int
check(struct request *request, const char *login, const char *password,
	struct entering *entering)
{
	struct account *account = &entering->account;
	struct throttle *throttle = &entering->throttle;
	bool fits;
	int found;
	int64_t wait;

	*account = (struct account){0};
	found = login_find(request, login, account);
	if (found < 0)
		return -1;
	wait = throttle_login(
		request, login, found == 0 ? NULL : account, throttle);
	if (wait > 0)
		return throttle_refuse(request, "", wait);
	if (wait < 0)
		return -1;
	if (member_password_verify(request, account->phc, password, &fits,
		    &entering->better) < 0)
		return throttle_give_up(request, throttle);
	return fits ? 0 : refuse(request);
}

/* With what the log-in makes its try is given back and its place known: what
 * lasts is written with one commit instead of three. */
static int
enter(struct request *request, struct db *db, void *argument)
{
	const struct entering *entering = argument;
	const struct account *account = &entering->account;
	const char *phc =
		entering->better == NULL ? account->phc : entering->better;
	int kept = member_password_keep(
		db, account->id, account->phc, entering->better);
	int outcome;

	if (kept <= 0)
		return kept < 0 ? -1 : CHANGED_MEANWHILE;
	outcome = entering->make(request, db, account, entering->argument);
	if (outcome != 0)
		return outcome;
	if (throttle_return(db, &entering->throttle) < 0)
		return -1;
	return throttle_know_place(request, db, account, phc);
}

int
login_enter(struct request *request, const char *login, const char *password,
	int (*make)(struct request *request, struct db *db,
		const struct account *account, void *argument),
	void *argument)
{
	struct entering entering = {.make = make, .argument = argument};

	for (unsigned i = 0; i < CHECKS_MOST; i++) {
		int outcome = check(request, login, password, &entering);

		if (outcome != 0)
			return outcome;
		outcome = community_change(request, 0, enter, &entering);
		if (outcome == 0)
			return 0;
		/* Nothing was made, but the password was right. */
		if (outcome > 0 &&
			throttle_return(request->db, &entering.throttle) < 0)
			return -1;
		if (outcome != CHANGED_MEANWHILE)
			return outcome;
	}
	return refuse(request);
}

const char *
login_next(const char *next)
{
	if (next == NULL || next[0] != '/' || next[1] == '/' ||
		strpbrk(next, "\\\r\n\t") != NULL)
		return "/";
	return next;
}

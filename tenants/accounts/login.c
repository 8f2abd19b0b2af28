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

static bool
has_left(const struct account *account)
{
	return strcmp(account->state, "left") == 0 ||
	       strcmp(account->state, "declined") == 0;
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
	if (rows <= 0 || has_left(&account))
		return rows < 0 ? -1 : 0;
	*ret_account = account;
	return 1;
}

/* The account with what is known of the visitor's place, in one question, which
 * is asked whatever the login is: 1, 0 or -1. */
static int
find_at_place(struct request *request, const char *login,
	struct account_login *ret_found)
{
	unsigned char place[DIGEST_SIZE];
	struct account_login_key key = {
		{place, sizeof(place)}, can_be_account(login) ? login : ""};
	struct account_login found;
	int rows;

	throttle_place(request, login, place);
	rows = db_row(request->db,
		strchr(login, '@') != NULL
			? &account_login_by_email_statement
			: &account_login_by_username_statement,
		&key, request->arena, &found);
	if (rows <= 0 || has_left(&found.account))
		return rows < 0 ? -1 : 0;
	*ret_found = found;
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
	const struct login_purpose *purpose;
};

/* As login_enter(). */
static int
check(struct request *request, const char *login, const char *password,
	struct entering *entering)
{
	struct account_login account = {0};
	struct throttle *throttle = &entering->throttle;
	bool fits;
	int found = find_at_place(request, login, &account);
	int64_t wait;

	if (found < 0)
		return -1;
	entering->account = account.account;
	wait = throttle_login(
		request, login, found == 0 ? NULL : &account, throttle);
	if (wait > 0)
		return throttle_refuse(request, "", wait);
	if (wait < 0)
		return -1;
	if (member_password_verify(request, entering->account.phc, password,
		    &fits, &entering->better) < 0)
		return throttle_give_up(request, throttle);
	return fits ? 0 : refuse(request);
}

/*
 * With what the log-in makes its try is given back and its place known: what
 * lasts is written with one commit, and sent at once. What is made although the
 * password was changed meanwhile is undone before anybody sees it; of a member
 * who is gone by then nothing can be made.
 */
static int
enter(struct request *request, struct db *db, void *argument)
{
	const struct entering *entering = argument;
	const struct login_purpose *purpose = entering->purpose;
	const struct account *account = &entering->account;
	const char *phc =
		entering->better == NULL ? account->phc : entering->better;
	struct db_query queries[3 + LOGIN_ACTS];
	size_t count = 0;

	queries[count++] = member_password_keep(
		request, account->id, account->phc, entering->better);
	if (purpose->begin != NULL)
		count += purpose->begin(
			request, account, purpose->argument, queries + count);
	queries[count++] = throttle_returning(request, &entering->throttle);
	if (!entering->throttle.settled || entering->better != NULL)
		queries[count++] =
			throttle_knowing_place(request, account, phc);
	if (db_queries(db, queries, count, request->arena) < 0)
		return db_failure(db) == DB_FAILURE_ORPHAN ? CHANGED_MEANWHILE
							   : -1;
	if (queries[0].affected == 0)
		return CHANGED_MEANWHILE;
	return purpose->make == NULL
		       ? 0
		       : purpose->make(request, db, account, purpose->argument);
}

int
login_enter(struct request *request, const char *login, const char *password,
	const struct login_purpose *purpose)
{
	struct entering entering = {.purpose = purpose};

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

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

int
login_check(struct request *request, const char *login, const char *password,
	struct account *ret_account)
{
	struct account account = {0};
	struct throttle throttle;
	const char *better;
	bool fits;
	int found = login_find(request, login, &account);
	int64_t wait;

	if (found < 0)
		return -1;
	wait = throttle_login(
		request, login, found == 0 ? NULL : &account, &throttle);
	if (wait > 0)
		return throttle_refuse(request, "", wait);
	if (wait < 0 || member_password_verify(request, account.phc, password,
				&fits, &better) < 0)
		return -1;
	if (!fits)
		return refuse(request);
	if (better != NULL && member_password_store(request, request->db,
				      account.id, better) < 0)
		return -1;
	if (throttle_return(request, &throttle) < 0 ||
		throttle_know_place(request, &account,
			better == NULL ? account.phc : better) < 0)
		return -1;
	*ret_account = account;
	return 0;
}

const char *
login_next(const char *next)
{
	if (next == NULL || next[0] != '/' || next[1] == '/' ||
		strpbrk(next, "\\\r\n\t") != NULL)
		return "/";
	return next;
}

#include "tenants/accounts/password.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/mails.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/password_rule.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/service.h"
#include "tenants/session.h"

static bool
is_unconfirmed(const struct account *account)
{
	return strcmp(account->state, "unconfirmed") == 0;
}

static int
mail_link(struct request *request, struct db *db, void *argument)
{
	const struct account *account = argument;
	struct link link;
	int allowed;

	if (is_unconfirmed(account))
		return address_mail(request, db, account, LINK_RESET);
	/* The answer is that of an account that is not there. */
	allowed = throttle_mail(request, db, account->email);
	if (allowed <= 0)
		return allowed;
	if (link_make(request, db, account->id, LINK_RESET, &link) < 0)
		return -1;
	return account_mail(request, db, account, &mail_reset,
		N_("Choose a new password for {{community}}"), &link);
}

int
password_forgot(struct request *request, const char *login)
{
	struct account account;
	int found = login_find(request, login, &account);

	if (found <= 0)
		return found;
	return community_change(request, EPOCH_MAIL, mail_link, &account);
}

/* A new password on its way into the database. */
struct renewal {
	struct account account;
	const char *token; /* the link, or NULL: the member is logged in */
	const struct session_draft *session; /* the actor's from now on */
	const char *phc;
};

static int
tell(struct request *request, struct db *db, const struct account *account)
{
	const struct link link = {
		.address = arena_printf(
			request->arena, "%s/forgot", service_origin(request)),
		.until = TIME_NONE,
	};

	return account_mail(request, db, account, &mail_password_changed,
		N_("Your password for {{community}} was changed"), &link);
}

/* Whoever knew the old password may have logged in, or made a token. */
static int
end_all(struct db *db, struct uuid member)
{
	struct account_key key = {member};

	if (db_execute(db, &session_end_all_statement, &key) < 0)
		return -1;
	return db_execute(db, &token_end_all_statement, &key) < 0 ? -1 : 0;
}

/* The same, but the session that made the change goes on with a new token, and
 * an API token that did goes on. */
static int
end_others(struct request *request, struct db *db, struct uuid member,
	const struct session_draft *session)
{
	struct session_others_key others = {member, request->actor->session};

	if (db_execute(db, &session_end_others_statement, &others) < 0 ||
		db_execute(db, &token_end_others_statement, &others) < 0)
		return -1;
	return session == NULL ? 0 : session_renew(request, db, session);
}

static int
renew(struct request *request, struct db *db, void *argument)
{
	const struct renewal *renewal = argument;
	const struct account *account = &renewal->account;
	const struct link_member links = {request->now, account->id, "reset"};
	bool pending;

	if (renewal->token != NULL) {
		int used = link_use(request, db, renewal->token);
		if (used <= 0)
			return used < 0 ? -1 : PASSWORD_LINK_DEAD;
		/* The link came by mail: so the address is the member's. */
		if (address_confirm(request, db, account, &pending) < 0)
			return -1;
	}
	/* A link that somebody else asked for would undo this. */
	if (member_password_store(request, db, account->id, renewal->phc) < 0 ||
		db_execute(db, &link_end_statement, &links) < 0)
		return -1;
	if (renewal->token != NULL ? end_all(db, account->id) < 0
				   : end_others(request, db, account->id,
					     renewal->session) < 0)
		return -1;
	/* An address that is not known to be the member's is left alone. */
	return renewal->token == NULL && is_unconfirmed(account)
		       ? 0
		       : tell(request, db, account);
}

/* 0, 1 after form_fail() or −1. */
static int
prepare(struct request *request, const char *password, struct renewal *renewal)
{
	const struct account *account = &renewal->account;
	const char *refusal = password_refusal(request->arena, password,
		&(struct password_context){request->community->config->name,
			account->name, account->email, account->username});

	if (refusal != NULL)
		return form_fail(request, "password", refusal);
	return member_password_hash(request, password, &renewal->phc);
}

static int
find_account(
	struct request *request, struct uuid member, struct account *account)
{
	return db_row(request->db, &account_by_id_statement,
		&(struct account_key){member}, request->arena, account);
}

int
password_reset(struct request *request, const char *token, const char *password)
{
	struct renewal renewal = {.token = token};
	struct uuid member;
	int outcome =
		link_find(request, request->db, token, LINK_RESET, &member);

	if (outcome <= 0)
		return outcome < 0 ? -1 : PASSWORD_LINK_DEAD;
	if (find_account(request, member, &renewal.account) <= 0)
		return -1;
	outcome = prepare(request, password, &renewal);
	if (outcome != 0)
		return outcome;
	outcome = community_change(
		request, EPOCH_CONTENT | EPOCH_MAIL, renew, &renewal);
	if (outcome < 0 && db_failure(request->db) == DB_FAILURE_DUPLICATE)
		return PASSWORD_ADDRESS_TAKEN;
	return outcome;
}

int
password_change(struct request *request, const char *current,
	const char *password, const struct session_draft *session)
{
	struct renewal renewal = {.session = session};
	struct account *account = &renewal.account;
	struct throttle throttle;
	const char *better;
	bool fits;
	int64_t wait;
	int outcome;

	if (find_account(request, request->actor->member, account) <= 0)
		return -1;
	wait = throttle_change(request, account, &throttle);
	if (wait > 0)
		return throttle_refuse(request, "current", wait);
	if (wait < 0)
		return -1;
	if (member_password_verify(
		    request, account->phc, current, &fits, &better) < 0)
		return throttle_give_up(request, &throttle);
	if (!fits)
		return form_fail(request, "current",
			N_("This is not your present password."));
	if (throttle_return(request->db, &throttle) < 0)
		return -1;
	outcome = prepare(request, password, &renewal);
	if (outcome != 0)
		return outcome;
	outcome = community_change(request, EPOCH_MAIL, renew, &renewal);
	return outcome != 0 ? outcome
			    : throttle_know_place(request, request->db, account,
				      renewal.phc);
}

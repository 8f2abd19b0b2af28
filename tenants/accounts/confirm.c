#include "tenants/accounts/confirm.h"

#include <string.h>

#include "db/db.h"
#include "http/request.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/mails.h"
#include "tenants/accounts/statements.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/epoch.h"

struct confirming {
	const char *token;
	bool pending;
};

/* The state after confirmation; nothing happens to who is past it. */
static int
set_confirmed(struct request *request, struct db *db, struct uuid member,
	bool *ret_pending)
{
	struct account account;
	struct account_confirmed confirmed = {
		.confirmed = request->now,
		.member = member,
	};
	int rows = db_row(db, &account_by_id_statement,
		&(struct account_key){member}, request->arena, &account);

	if (rows <= 0)
		return rows < 0 ? -1 : 1;
	if (strcmp(account.state, "unconfirmed") != 0)
		return 0;
	confirmed.state = account.applies ? "pending" : "active";
	*ret_pending = account.applies;
	return db_execute(db, &account_confirm_statement, &confirmed) < 0 ? -1
									  : 0;
}

static int
confirm_in_transaction(struct request *request, struct db *db, void *argument)
{
	struct confirming *confirming = argument;
	struct uuid member;
	int found = link_find(
		request, db, confirming->token, LINK_CONFIRM, &member);

	confirming->pending = false;
	if (found <= 0)
		return found < 0 ? -1 : 1;
	found = link_use(request, db, confirming->token);
	if (found <= 0)
		return found < 0 ? -1 : 1;
	return set_confirmed(request, db, member, &confirming->pending);
}

int
confirm(struct request *request, const char *token, bool *ret_pending)
{
	struct confirming confirming = {.token = token};
	int outcome = community_change(
		request, EPOCH_CONTENT, confirm_in_transaction, &confirming);

	if (outcome == 0)
		*ret_pending = confirming.pending;
	return outcome;
}

static int
mail_again(struct request *request, struct db *db, void *argument)
{
	struct account account;
	const char *link;
	int rows = db_row(db, &account_by_id_statement,
		&(struct account_key){request->actor->member}, request->arena,
		&account);

	(void)argument;
	if (rows <= 0)
		return -1;
	if (link_make(request, db, account.id, LINK_CONFIRM, &link) < 0)
		return -1;
	return account_mail(request, db, &account, &mail_confirm,
		N_("Confirm your e-mail address for {{community}}"), link);
}

int
confirm_again(struct request *request)
{
	if (request->actor->state != MEMBER_UNCONFIRMED)
		return 0;
	return community_change(request, EPOCH_MAIL, mail_again, NULL);
}

#include "tenants/accounts/confirm.h"

#include "db/db.h"
#include "http/request.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/links.h"
#include "tenants/accounts/statements.h"
#include "tenants/actor.h"
#include "tenants/change.h"
#include "tenants/epoch.h"

struct confirming {
	const char *token;
	bool pending;
};

static int
set_confirmed(struct request *request, struct db *db, struct uuid member,
	bool *ret_pending)
{
	struct account account;
	int rows = db_row(db, &account_by_id_statement,
		&(struct account_key){member}, request->arena, &account);

	if (rows <= 0)
		return rows < 0 ? -1 : 1;
	return address_confirm(request, db, &account, ret_pending);
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
	int outcome = community_change(request, EPOCH_CONTENT | EPOCH_MAIL,
		confirm_in_transaction, &confirming);

	if (outcome == 0)
		*ret_pending = confirming.pending;
	if (outcome < 0 && db_failure(request->db) == DB_FAILURE_DUPLICATE)
		return 2;
	return outcome;
}

static int
mail_again(struct request *request, struct db *db, void *argument)
{
	struct account account;
	int rows = db_row(db, &account_by_id_statement,
		&(struct account_key){request->actor->member}, request->arena,
		&account);

	(void)argument;
	if (rows <= 0)
		return -1;
	return address_mail(request, db, &account, LINK_CONFIRM);
}

int
confirm_again(struct request *request)
{
	if (request->actor->state != MEMBER_UNCONFIRMED)
		return 0;
	return community_change(request, EPOCH_MAIL, mail_again, NULL);
}

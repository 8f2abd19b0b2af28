#include "tenants/accounts/address.h"

#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/accounts/mails.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"
#include "tenants/members/announce.h"
#include "tenants/service.h"

/* What a free address gets, by the purpose of its link. */
static const struct {
	const struct page *page;
	const char *subject;
} mails[] = {
	[LINK_CONFIRM] = {&mail_confirm,
		N_("Confirm your e-mail address for {{community}}")},
	[LINK_RESET] = {&mail_reset,
		N_("Choose a new password for {{community}}")},
};

/* The link that was made stays unknown to everybody. */
static int
tell_owner(struct request *request, struct db *db, const struct account *owner)
{
	const struct link link = {
		.address = arena_printf(
			request->arena, "%s/forgot", service_origin(request)),
		.until = TIME_NONE,
	};

	return account_mail(request, db, owner, &mail_address_known,
		N_("You are a member of {{community}} already"), &link);
}

int
address_mail(struct request *request, struct db *db,
	const struct account *member, enum link_purpose purpose)
{
	struct account owner;
	struct link link;
	int rows, allowed;

	allowed = throttle_mail(request, db, member->email);
	if (allowed <= 0)
		return allowed;
	rows = db_row(db, &account_by_email_statement,
		&(struct account_email){member->email}, request->arena, &owner);
	if (rows < 0 || link_make(request, db, member->id, purpose, &link) < 0)
		return -1;
	if (rows > 0 && strcmp(owner.state, "declined") == 0)
		rows = 0;
	return rows > 0 ? tell_owner(request, db, &owner)
			: account_mail(request, db, member, mails[purpose].page,
				  mails[purpose].subject, &link);
}

int
address_release(struct db *db, const char *email)
{
	int64_t rows = db_execute(
		db, &account_release_statement, &(struct account_email){email});

	return rows < 0 ? -1 : rows > 0;
}

int
address_confirm(struct request *request, struct db *db,
	const struct account *member, bool *ret_pending)
{
	struct account_confirmed confirmed = {
		.confirmed = request->now,
		.member = member->id,
	};
	int declined;

	*ret_pending = false;
	if (strcmp(member->state, "unconfirmed") != 0)
		return 0;
	declined = address_release(db, member->email);
	if (declined < 0)
		return -1;
	*ret_pending = member->applies || declined > 0;
	confirmed.state = *ret_pending ? "pending" : "active";
	if (db_execute(db, &account_confirm_statement, &confirmed) < 0)
		return -1;
	return *ret_pending ? application_announce(request, db, member->id) : 0;
}

int
address_reply_taken(struct request *request)
{
	return reply_error(request, 409,
		N_("This e-mail address belongs to another account"),
		N_("It was confirmed there before. Log in to that account; "
		   "if you have forgotten its password, ask for a new one."));
}

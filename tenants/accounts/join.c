#include "tenants/accounts/join.h"

#include <string.h>

#include "base/uuid.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/create.h"
#include "tenants/accounts/join_form.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/statements.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/invitations/invitations.h"

/* A join in its transaction, which may run more than once. */
struct joining {
	const struct join_input *input;
	const char *token; /* or NULL */
	const char *phc;
	struct uuid id;
	const char *ret_field;	/* why not */
	const char *ret_reason; /* NULL when nothing is wrong */
};

static int
refuse(struct joining *joining, const char *field, const char *reason)
{
	joining->ret_field = field;
	joining->ret_reason = reason;
	return 1;
}

/* The community's quota of members; 1 when it is full. With a quota joins
 * follow each other. */
static int
check_quota(struct request *request, struct db *db, struct joining *joining)
{
	int64_t quota = request->community->config->member_quota;
	struct account_count count = {0};

	if (quota <= 0)
		return 0;
	if (change_queue(request, db) < 0 ||
		db_row(db, &account_count_statement, NULL, request->arena,
			&count) < 0)
		return -1;
	if (count.count < quota)
		return 0;
	return refuse(joining, "",
		N_("This community has as many members as it may have. Ask "
		   "its founder."));
}

/* What the member wrote to the admins; NULL when they are not asked. */
static const char *
application(const struct request *request, const struct joining *joining)
{
	const char *words = joining->input->message;

	if (joining->token != NULL ||
		strcmp(request->community->config->joining, "approval") != 0)
		return NULL;
	return words == NULL ? "" : words;
}

static int
insert_member(struct request *request, struct db *db, struct joining *joining)
{
	const struct join_input *input = joining->input;
	const struct account_new member = {
		.id = joining->id,
		.username = input->username,
		.email_unconfirmed = input->email,
		.name = input->name,
		.state = "unconfirmed",
		.language = language_code(request->language),
		.application = application(request, joining),
		.joined = request->now,
		.confirmed = TIME_NONE,
		.given = request->now,
		.given_by = joining->id,
	};

	return account_create(request, db, &member, joining->phc);
}

/* The mail, the same work whether or not the address is somebody's already. */
static int
mail_link(struct request *request, struct db *db, const struct joining *joining)
{
	const struct account member = {
		.id = joining->id,
		.username = joining->input->username,
		.name = joining->input->name,
		.email = joining->input->email,
		.language = language_code(request->language),
	};

	return address_mail(request, db, &member, LINK_CONFIRM);
}

static int
join_in_transaction(struct request *request, struct db *db, void *argument)
{
	struct joining *joining = argument;
	const struct join_input *input = joining->input;
	struct account found;
	int rows, outcome;

	joining->ret_reason = NULL;
	outcome = check_quota(request, db, joining);
	if (outcome != 0)
		return outcome;
	rows = db_row(db, &account_by_username_statement,
		&(struct account_username){input->username}, request->arena,
		&found);
	if (rows < 0)
		return -1;
	if (rows > 0)
		return refuse(joining, "username", USERNAME_TAKEN);
	if (insert_member(request, db, joining) < 0)
		return -1;
	if (joining->token != NULL) {
		outcome =
			invitation_accept(request, joining->token, joining->id);
		if (outcome > 0)
			return refuse(joining, "",
				N_("This invitation is no longer open. Ask for "
				   "a new one."));
		if (outcome < 0)
			return -1;
	}
	return mail_link(request, db, joining);
}

int
join(struct request *request, const struct join_input *input, const char *token)
{
	struct joining joining = {
		.input = input,
		.token = token,
		.id = uuid_new(),
	};
	int outcome;

	if (member_password_hash(request, input->password, &joining.phc) < 0)
		return -1;
	for (int try = 0; try < JOIN_TRIES; try++) {
		outcome = community_change(request, EPOCH_CONTENT | EPOCH_MAIL,
			join_in_transaction, &joining);
		if (outcome >= 0 ||
			db_failure(request->db) != DB_FAILURE_DUPLICATE)
			break;
	}
	if (outcome > 0)
		return form_fail(
			request, joining.ret_field, joining.ret_reason);
	return outcome;
}

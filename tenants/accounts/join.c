#include "tenants/accounts/join.h"

#include <string.h>

#include "base/uuid.h"
#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/address.h"
#include "tenants/accounts/member_password.h"
#include "tenants/accounts/password_rule.h"
#include "tenants/accounts/statements.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/invitations/invitations.h"
#include "tenants/legal/acceptance.h"

#define MESSAGE_MOST 1000

static const struct field join_input_fields[] = {
	FIELD_TEXT(struct join_input, name),
	FIELD_TEXT(struct join_input, email),
	FIELD_TEXT(struct join_input, username),
	FIELD_TEXT(struct join_input, password),
	FIELD_TEXT(struct join_input, message),
	FIELD_TEXT(struct join_input, terms),
	FIELD_BOOLEAN(struct join_input, accept),
};
static const struct record join_input_record =
	RECORD(struct join_input, join_input_fields);

static const struct form_field join_form_fields[] = {
	{.name = "name",
		.control = FORM_LINE,
		.label = N_("Your name"),
		.help = N_("The other members see it."),
		.required = true,
		.most = 80,
		.autocomplete = "name"},
	{.name = "email",
		.control = FORM_EMAIL,
		.label = N_("E-mail address"),
		.help = N_("For messages about your membership. The other "
			   "members do not see it."),
		.required = true,
		.most = 254,
		.autocomplete = "email"},
	{.name = "username",
		.control = FORM_USERNAME,
		.label = N_("User name"),
		.help = N_("Small letters, digits, dots, hyphens and "
			   "underscores. It is public and stays as it is."),
		.required = true,
		.least = 3,
		.most = 32,
		.autocomplete = "username"},
	{.name = "password",
		.control = FORM_PASSWORD,
		.label = N_("Password"),
		.help = N_("At least 10 characters. Several words in a row are "
			   "easy to remember."),
		.required = true,
		.least = PASSWORD_LEAST,
		.most = PASSWORD_MOST,
		.autocomplete = "new-password"},
	{.name = "message",
		.control = FORM_TEXT,
		.label = N_("A word to the administrators"),
		.help = N_("They approve each new member: tell them who you "
			   "are."),
		.most = MESSAGE_MOST},
	{.name = "terms", .control = FORM_HIDDEN, .label = "", .most = 64},
	{.name = "accept",
		.control = FORM_CHECKBOX,
		.label = N_("I have read the terms of use and accept them"),
		.required = true},
};
const struct form join_form = {
	.record = &join_input_record,
	.fields = join_form_fields,
	.count = COUNT_OF(join_form_fields),
	.submit = N_("Join"),
};

void
join_form_prepare(struct request *request, bool invited)
{
	const char *joining = request->community->config->joining;

	if (invited || strcmp(joining, "approval") != 0)
		form_omit(request, "message");
}

int
join_check(struct request *request, const struct join_input *input)
{
	const char *refusal = password_refusal(request->arena, input->password,
		&(struct password_context){request->community->config->name,
			input->name, input->email, input->username});

	if (refusal != NULL)
		return form_fail(request, "password", refusal);
	return acceptance_check(request, input->terms, "accept");
}

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
	if (db_row(db, &account_queue_statement, NULL, request->arena, &count) <
			0 ||
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
	struct account_new member = {
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

	if (db_execute(db, &account_insert_statement, &member) < 0 ||
		member_password_store(request, db, joining->id, joining->phc) <
			0)
		return -1;
	return acceptance_record(request, db, joining->id);
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
		return refuse(joining, "username",
			N_("This user name is taken: choose another."));
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
	int outcome = join_check(request, input);

	if (outcome != 0)
		return outcome;
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

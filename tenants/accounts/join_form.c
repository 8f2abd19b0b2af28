#include "tenants/accounts/join_form.h"

#include <string.h>

#include "db/db.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/accounts/password_rule.h"
#include "tenants/accounts/statements.h"
#include "tenants/community.h"
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

const struct form claim_form = {
	.record = &join_input_record,
	.fields = join_form_fields,
	.count = COUNT_OF(join_form_fields),
	.submit = N_("Become the founder"),
};

void
join_form_prepare(struct request *request, bool invited)
{
	const char *joining = request->community->config->joining;

	if (invited || strcmp(joining, "approval") != 0)
		form_omit(request, "message");
}

void
claim_form_prepare(struct request *request)
{
	form_omit(request, "email");
	form_omit(request, "message");
}

/* 0, 1 after form_fail(), or -1. */
static int
check_username(struct request *request, const char *username)
{
	struct account found;
	int rows = db_row(request->db, &account_by_username_statement,
		&(struct account_username){username}, request->arena, &found);

	return rows <= 0 ? rows
			 : form_fail(request, "username", USERNAME_TAKEN);
}

static int
check_password(struct request *request, const struct join_input *input)
{
	const char *refusal = password_refusal(request->arena, input->password,
		&(struct password_context){request->community->config->name,
			input->name, input->email, input->username});

	return refusal == NULL ? 0 : form_fail(request, "password", refusal);
}

/* Beyond what the form says: all of it at once, where the fields are right. */
static int
check_fields(struct request *request, const struct join_input *input)
{
	int taken = 0, outcome = 0;

	if (form_took(request, "username"))
		taken = check_username(request, input->username);
	if (form_took(request, "password"))
		outcome |= check_password(request, input);
	if (form_took(request, "accept"))
		outcome |= acceptance_check(request, input->terms, "accept");
	return taken < 0 ? -1 : taken | outcome;
}

int
join_form_read(struct request *request, const struct form *form,
	struct join_input *input)
{
	int outcome = form_read(request, form, input);
	int wrong;

	if (outcome < 0)
		return JOIN_REPLIED;
	wrong = check_fields(request, input);
	return wrong < 0 ? -1 : outcome | wrong;
}

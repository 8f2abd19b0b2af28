#include "tenants/accounts/token_form.h"

#include "http/form.h"
#include "tenants/accounts/password_rule.h"
#include "text/catalogue.h"

#define NAME_FIELD                                                             \
	{                                                                      \
		.name = "name", .control = FORM_LINE, .label = N_("Name"),     \
		.help = N_("For yourself: where you use this token."),         \
		.required = true, .most = 60                                   \
	}

#define DAYS_FIELD                                                             \
	{                                                                      \
		.name = "days", .control = FORM_INTEGER,                       \
		.label = N_("Valid for how many days"), .required = true,      \
		.least = 1, .most = TOKEN_DAYS_MOST                            \
	}

static const struct field token_fields[] = {
	FIELD_TEXT(struct token_input, name),
	FIELD_INTEGER(struct token_input, days),
};
static const struct record token_record =
	RECORD(struct token_input, token_fields);

static const struct form_field token_form_fields[] = {NAME_FIELD, DAYS_FIELD};
const struct form token_form = {
	.record = &token_record,
	.fields = token_form_fields,
	.count = COUNT_OF(token_form_fields),
	.submit = N_("Make a token"),
};

static const struct field token_login_fields[] = {
	FIELD_TEXT(struct token_login_input, login),
	FIELD_TEXT(struct token_login_input, password),
	FIELD_TEXT(struct token_login_input, name),
	FIELD_INTEGER(struct token_login_input, days),
};
static const struct record token_login_record =
	RECORD(struct token_login_input, token_login_fields);

static const struct form_field token_login_form_fields[] = {
	{.name = "login",
		.control = FORM_LINE,
		.label = N_("User name or e-mail address"),
		.required = true,
		.most = 254},
	{.name = "password",
		.control = FORM_PASSWORD,
		.label = N_("Password"),
		.required = true,
		.most = PASSWORD_MOST},
	NAME_FIELD,
	DAYS_FIELD,
};
const struct form token_login_form = {
	.record = &token_login_record,
	.fields = token_login_form_fields,
	.count = COUNT_OF(token_login_form_fields),
	.submit = N_("Log in"),
};

static const struct field token_answer_fields[] = {
	FIELD_UUID(struct token_answer, id),
	FIELD_TEXT(struct token_answer, token),
};
const struct record token_answer_record =
	RECORD(struct token_answer, token_answer_fields);

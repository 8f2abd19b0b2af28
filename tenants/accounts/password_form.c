#include "tenants/accounts/password_form.h"

#include "http/form.h"
#include "tenants/accounts/password_rule.h"
#include "text/catalogue.h"

static const struct field forgot_fields[] = {
	FIELD_TEXT(struct forgot_input, login),
};
static const struct record forgot_record =
	RECORD(struct forgot_input, forgot_fields);

static const struct form_field forgot_form_fields[] = {
	{.name = "login",
		.control = FORM_LINE,
		.label = N_("User name or e-mail address"),
		.required = true,
		.most = 254,
		.autocomplete = "username"},
};
const struct form forgot_form = {
	.record = &forgot_record,
	.fields = forgot_form_fields,
	.count = COUNT_OF(forgot_form_fields),
	.submit = N_("Mail me a link"),
};

static const struct field reset_fields[] = {
	FIELD_TEXT(struct reset_input, password),
};
static const struct record reset_record =
	RECORD(struct reset_input, reset_fields);

static const char password_help[] = N_("At least 10 characters. Several words "
				       "in a row are easy to remember.");

#define NEW_PASSWORD                                                           \
	{                                                                      \
		.name = "password", .control = FORM_PASSWORD,                  \
		.label = N_("New password"), .help = password_help,            \
		.required = true, .least = PASSWORD_LEAST,                     \
		.most = PASSWORD_MOST, .autocomplete = "new-password"          \
	}

static const struct form_field reset_form_fields[] = {NEW_PASSWORD};
const struct form reset_form = {
	.record = &reset_record,
	.fields = reset_form_fields,
	.count = COUNT_OF(reset_form_fields),
	.submit = N_("Set the new password"),
};

static const struct field password_fields[] = {
	FIELD_TEXT(struct password_input, current),
	FIELD_TEXT(struct password_input, password),
};
static const struct record password_record =
	RECORD(struct password_input, password_fields);

static const struct form_field password_form_fields[] = {
	{.name = "current",
		.control = FORM_PASSWORD,
		.label = N_("Present password"),
		.required = true,
		.most = PASSWORD_MOST,
		.autocomplete = "current-password"},
	NEW_PASSWORD,
};
const struct form password_form = {
	.record = &password_record,
	.fields = password_form_fields,
	.count = COUNT_OF(password_form_fields),
	.submit = N_("Change the password"),
};

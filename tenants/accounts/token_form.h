/* token_form.h: the forms that make access tokens. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_TOKEN_FORM_H
#define MISSIOND_TENANTS_ACCOUNTS_TOKEN_FORM_H

#include <stdint.h>

#include "base/record.h"

struct form;

struct token_input {
	const char *name;
	int64_t days;
};
extern const struct form token_form;

struct token_login_input {
	const char *login;
	const char *password;
	const char *name;
	int64_t days;
};
extern const struct form token_login_form;

#define TOKEN_DAYS_MOST 365

/* What the API answers. */
struct token_answer {
	struct uuid id;
	const char *token;
};
extern const struct record token_answer_record;

#endif

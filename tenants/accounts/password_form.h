/* password_form.h: the forms of forgotten and changed passwords, of the pages
 * and of the API. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_PASSWORD_FORM_H
#define MISSIOND_TENANTS_ACCOUNTS_PASSWORD_FORM_H

struct form;

struct forgot_input {
	const char *login;
};
extern const struct form forgot_form;

struct reset_input {
	const char *password;
};
extern const struct form reset_form;

struct password_input {
	const char *current;
	const char *password;
};
extern const struct form password_form;

#endif

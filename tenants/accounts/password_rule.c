#include "tenants/accounts/password_rule.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "text/catalogue.h"

static bool
same(const char *password, const char *detail)
{
	return detail != NULL && strcasecmp(password, detail) == 0;
}

/* The part of an address before the @. */
static bool
is_local_part(const char *password, const char *email)
{
	const char *at = email == NULL ? NULL : strchr(email, '@');

	return at != NULL && strlen(password) == (size_t)(at - email) &&
	       strncasecmp(password, email, (size_t)(at - email)) == 0;
}

static bool
is_one_character(const char *password)
{
	const char first[] = {password[0], '\0'};

	return password[0] != '\0' &&
	       strspn(password, first) == strlen(password);
}

const char *
password_refusal(const char *password, const char *name, const char *email,
	const char *username)
{
	if (same(password, name) || same(password, email) ||
		same(password, username) || is_local_part(password, email))
		return N_("Your password must not be your name, user name or "
			  "e-mail address.");
	if (is_one_character(password))
		return N_("Your password must not be one character repeated.");
	return NULL;
}

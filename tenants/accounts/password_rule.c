#include "tenants/accounts/password_rule.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "tenants/accounts/common_password.h"
#include "text/catalogue.h"
#include "text/normal.h"

/* So many digits or signs before or after a word do not hide it. */
#define DECORATION 5

/* So few characters again and again are no password. */
#define UNIT_MOST 3

/* A part of a text. */
struct piece {
	const char *start;
	size_t length;
};

static bool
is_decoration(char byte)
{
	return (byte & 0x80) == 0 && !isalpha((unsigned char)byte);
}

/* The word without what was put around it. */
static struct piece
core_of(const char *text)
{
	struct piece core = {text, strlen(text)};

	for (int i = 0; i < DECORATION && core.length > 0 &&
			is_decoration(core.start[0]);
		i++) {
		core.start++;
		core.length--;
	}
	for (int i = 0; i < DECORATION && core.length > 0 &&
			is_decoration(core.start[core.length - 1]);
		i++)
		core.length--;
	return core;
}

/* "pass…pass…": the half. */
static struct piece
half_of(struct piece text)
{
	size_t half = text.length / 2;

	if (half > 0 && text.length % 2 == 0 &&
		memcmp(text.start, text.start + half, half) == 0)
		text.length = half;
	return text;
}

static bool
is_common(struct piece text)
{
	return common_password(text.start, text.length);
}

static bool
is_known(struct arena *arena, struct piece text, const char *detail)
{
	const char *folded, *at;

	if (detail == NULL || detail[0] == '\0')
		return false;
	folded = normal_fold(arena, detail);
	at = strchr(folded, '@');
	return (strlen(folded) == text.length &&
		       memcmp(folded, text.start, text.length) == 0) ||
	       (at != NULL && (size_t)(at - folded) == text.length &&
		       memcmp(folded, text.start, text.length) == 0);
}

static bool
is_of_context(struct arena *arena, struct piece text,
	const struct password_context *context)
{
	return is_known(arena, text, context->community) ||
	       is_known(arena, text, context->name) ||
	       is_known(arena, text, context->email) ||
	       is_known(arena, text, context->username);
}

static bool
repeats(const char *text)
{
	size_t length = strlen(text);

	for (size_t unit = 1; unit <= UNIT_MOST && unit < length; unit++)
		if (memcmp(text, text + unit, length - unit) == 0)
			return true;
	return false;
}

/* "abcdefghij", "9876543210". */
static bool
is_row(const char *text)
{
	int step = text[0] == '\0' ? 0 : text[1] - text[0];

	if (step != 1 && step != -1)
		return false;
	for (size_t i = 1; text[i] != '\0'; i++)
		if (text[i] - text[i - 1] != step)
			return false;
	return true;
}

const char *
password_refusal(struct arena *arena, const char *password,
	const struct password_context *context)
{
	const char *folded = normal_fold(arena, password);
	const struct piece forms[] = {
		{folded, strlen(folded)},
		half_of((struct piece){folded, strlen(folded)}),
		core_of(folded),
		half_of(core_of(folded)),
	};

	if (repeats(folded) || is_row(folded))
		return N_("This is easily guessed: a row or repetition of few "
			  "characters. Choose several words that do not "
			  "belong together.");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (is_of_context(arena, forms[i], context))
			return N_("This is easily guessed: a name or address "
				  "that others know. Choose several words that "
				  "do not belong together.");
		if (is_common(forms[i]))
			return N_("This is easily guessed: a common password "
				  "or a single word. Choose several words that "
				  "do not belong together.");
	}
	return NULL;
}

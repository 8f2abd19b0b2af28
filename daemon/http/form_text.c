#include "http/form_check.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/mailbox.h"
#include "base/utf8.h"
#include "http/request.h"

/* A copy without white space at both ends. */
char *
form_trim(struct arena *arena, const char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length > 0 && isspace((unsigned char)text[length - 1]))
		length--;
	return arena_copy(arena, text, length);
}

/* Browsers send CR LF; only LF is kept. */
static void
drop_returns(char *text)
{
	char *kept = text;

	for (; *text != '\0'; text++)
		if (*text != '\r' || text[1] != '\n')
			*kept++ = *text == '\r' ? '\n' : *text;
	*kept = '\0';
}

static int
check_length(const struct form_check *check, const char *text)
{
	const struct form_field *field = check->field;
	int64_t length = (int64_t)utf8_length(text);

	if (length < field->least)
		return form_check_fail_limit(check,
			N_("Use at least {{limit}} characters."), field->least);
	if (field->most > 0 && length > field->most)
		return form_check_fail_limit(check,
			N_("This is too long: use at most {{limit}} "
			   "characters."),
			field->most);
	return 0;
}

/* Stores a checked text; an empty one is none. */
static int
store_text(const struct form_check *check, const char *text)
{
	if (text[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	if (check_length(check, text) != 0)
		return 1;
	*(const char **)check->target = text;
	return 0;
}

int
form_check_line(const struct form_check *check)
{
	const char *text = form_trim(check->request->arena, check->typed);

	if (utf8_has_control(text) || strpbrk(text, "\t\r\n") != NULL ||
		utf8_has_invisible(text))
		return form_check_fail(check,
			N_("This holds characters that cannot be seen."));
	return store_text(check, text);
}

int
form_check_text(const struct form_check *check)
{
	char *text = form_trim(check->request->arena, check->typed);

	drop_returns(text);
	if (utf8_has_control(text))
		return form_check_fail(check,
			N_("This holds characters that cannot be seen."));
	return store_text(check, text);
}

int
form_check_password(const struct form_check *check)
{
	if (utf8_has_control(check->typed))
		return form_check_fail(check,
			N_("This holds characters that cannot be seen."));
	return store_text(
		check, arena_text(check->request->arena, check->typed));
}

/* A domain without a dot is a slip of who joins, not somebody's domain. */
static bool
is_email(const char *text)
{
	return mailbox_valid(text) && strchr(strchr(text, '@'), '.') != NULL;
}

int
form_check_email(const struct form_check *check)
{
	const char *text = form_trim(check->request->arena, check->typed);

	if (text[0] != '\0' && !is_email(text))
		return form_check_fail(
			check, N_("This is not an e-mail address, like "
				  "name@example.org."));
	return store_text(check, text);
}

int
form_check_username(const struct form_check *check)
{
	char *text = form_trim(check->request->arena, check->typed);

	for (size_t i = 0; text[i] != '\0'; i++) {
		text[i] = (char)tolower((unsigned char)text[i]);
		bool letter = (text[i] >= 'a' && text[i] <= 'z') ||
			      (text[i] >= '0' && text[i] <= '9');
		if (!letter && (i == 0 || strchr("._-", text[i]) == NULL))
			return form_check_fail(check,
				N_("Use the letters a to z, digits, dots, "
				   "hyphens and underscores, and begin with a "
				   "letter or digit."));
	}
	return store_text(check, text);
}

int
form_check_hidden(const struct form_check *check)
{
	return store_text(check, check->typed);
}

#include <string.h>
#include <strings.h>

#include "base/record.h"
#include "conf/node.h"

static const char digits[] = "0123456789";

bool
conf_is_null(const struct conf_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (node->kind != CONF_SCALAR || node->quoted)
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

/* YAML 1.2 knows the first two; conf_read() and YAML 1.1 the others too. */
static bool
is_boolean(const char *text)
{
	static const char *const words[] = {
		"true", "false", "yes", "no", "on", "off"};
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t rest = strlen(text);

	/* "yes", "Yes" and "YES", but not "yEs". */
	if (rest == 0 || (strspn(text + 1, lower) != rest - 1 &&
				 strspn(text, upper) != rest))
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

/* "12", "-1.5e3", ".5", "0o17", "0x1f", ".inf", ".nan" (YAML 1.2, 10.3.2). */
static bool
is_number(const char *text)
{
	const char *start;

	if (strncmp(text, "0o", 2) == 0)
		return text[2] != '\0' &&
		       text[2 + strspn(text + 2, "01234567")] == '\0';
	if (strncmp(text, "0x", 2) == 0)
		return text[2] != '\0' &&
		       text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] ==
			       '\0';
	if (strcasecmp(text, ".nan") == 0)
		return true;
	text += *text == '-' || *text == '+';
	if (strcasecmp(text, ".inf") == 0)
		return true;
	start = text;
	text += strspn(text, digits);
	if (*text == '.') {
		size_t decimals = strspn(text + 1, digits);

		if (text == start && decimals == 0)
			return false;
		text += 1 + decimals;
	}
	if (text == start)
		return false;
	if (*text == 'e' || *text == 'E') {
		text += 1 + (text[1] == '-' || text[1] == '+');
		if (*text == '\0')
			return false;
		text += strspn(text, digits);
	}
	return *text == '\0';
}

const char *
conf_plain_meaning(const struct conf_node *node)
{
	if (node->kind != CONF_SCALAR || node->quoted)
		return NULL;
	if (is_boolean(node->text))
		return "true or false";
	return is_number(node->text) ? "a number" : NULL;
}

#include "conf/check.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mailbox.h"
#include "base/parse.h"
#include "base/utf8.h"

const char *
conf_check_path(const char *text)
{
	return text[0] == '/' && strlen(text) < 1000 ? NULL
						     : "an absolute path";
}

static const char *
check_numeric(const char *text, int64_t *ret_bits)
{
	unsigned char address[16];

	*ret_bits = 128;
	if (inet_pton(AF_INET6, text, address) == 1)
		return NULL;
	*ret_bits = 32;
	if (inet_pton(AF_INET, text, address) == 1)
		return NULL;
	return "a numeric address such as 192.0.2.1 or 2001:db8::1";
}

const char *
conf_check_address(const char *text)
{
	int64_t bits;

	return check_numeric(text, &bits);
}

const char *
conf_check_endpoint(const char *text)
{
	static const char expected[] =
		"an address and a port such as 127.0.0.1:8080 or [::1]:8080";
	char address[64];
	const char *colon = strrchr(text, ':');
	size_t length = colon == NULL ? 0 : (size_t)(colon - text);
	int64_t port, bits;

	if (length == 0 || length >= sizeof(address) ||
		parse_integer(colon + 1, 1, 65535, &port) < 0)
		return expected;
	if (text[0] == '[' && text[length - 1] == ']')
		snprintf(address, sizeof(address), "%.*s", (int)length - 2,
			text + 1);
	else
		snprintf(address, sizeof(address), "%.*s", (int)length, text);
	if (check_numeric(address, &bits) != NULL)
		return expected;
	return (bits == 128) == (text[0] == '[') ? NULL : expected;
}

const char *
conf_check_network(const char *text)
{
	static const char expected[] =
		"an address or a network such as 10.0.0.0/8";
	char address[64];
	const char *slash = strchr(text, '/');
	size_t length = slash == NULL ? strlen(text) : (size_t)(slash - text);
	int64_t most, bits;

	if (length >= sizeof(address))
		return expected;
	snprintf(address, sizeof(address), "%.*s", (int)length, text);
	if (check_numeric(address, &most) != NULL)
		return expected;
	if (slash != NULL && parse_integer(slash + 1, 0, most, &bits) < 0)
		return expected;
	return NULL;
}

const char *
conf_check_domain(const char *text)
{
	static const char expected[] =
		"a domain name in lower case such as example.org";
	size_t label = 0;
	bool number = true; /* the last label: an address, not a name */

	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	if (strlen(text) > 253)
		return expected;
	for (; *text != '\0'; text++) {
		if (*text == '.') {
			if (label == 0 || text[-1] == '-')
				return expected;
			label = 0;
			number = true;
			continue;
		}
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *text) ==
				NULL ||
			(label == 0 && *text == '-') || ++label > 63)
			return expected;
		number = number && *text >= '0' && *text <= '9';
	}
	return label == 0 || number || text[-1] == '-' ? expected : NULL;
}

const char *
conf_check_word(const char *text)
{
	static const char expected[] =
		"a word of lower-case letters, digits and '-'";
	size_t length = strlen(text);

	if (length == 0 || length > 63 ||
		strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != length)
		return expected;
	return NULL;
}

const char *
conf_check_email(const char *text)
{
	return mailbox_valid(text) ? NULL
				   : "a mail address such as name@example.org";
}

const char *
conf_check_contact(const char *text)
{
	if ((strncmp(text, "https://", 8) == 0 && text[8] != '\0') ||
		(strncmp(text, "mailto:", 7) == 0 &&
			conf_check_email(text + 7) == NULL))
		return NULL;
	return "an address that begins with https:// or mailto:";
}

const char *
conf_check_host(const char *text)
{
	return text[0] == '*' ? "a domain name without *"
			      : conf_check_domain(text);
}

const char *
conf_check_line(const char *text)
{
	if (text[0] == '\0' || strpbrk(text, "\r\n\t") != NULL)
		return "one line of text";
	if (utf8_has_invisible(text))
		return "one line of text without characters that cannot be "
		       "seen";
	return NULL;
}

const char *
conf_check_colour(const char *text)
{
	if (text[0] == '#' && strlen(text) == 7 &&
		strspn(text + 1, "0123456789abcdef") == 6)
		return NULL;
	return "a colour such as \"#b5462f\", in quotes and lower case";
}

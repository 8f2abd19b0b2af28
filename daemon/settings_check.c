#include "settings_check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "conf/node.h"
#include "settings.h"

const char *
settings_check_path(const char *text)
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
settings_check_address(const char *text)
{
	int64_t bits;

	return check_numeric(text, &bits);
}

const char *
settings_check_endpoint(const char *text)
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
settings_check_network(const char *text)
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
settings_check_domain(const char *text)
{
	static const char expected[] =
		"a domain name in lower case such as example.org";
	size_t label = 0;

	if (strncmp(text, "*.", 2) == 0)
		text += 2;
	if (strlen(text) > 253)
		return expected;
	for (; *text != '\0'; text++) {
		if (*text == '.') {
			if (label == 0 || text[-1] == '-')
				return expected;
			label = 0;
			continue;
		}
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-", *text) ==
				NULL ||
			(label == 0 && *text == '-') || ++label > 63)
			return expected;
	}
	return label == 0 || text[-1] == '-' ? expected : NULL;
}

const char *
settings_check_word(const char *text)
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
settings_check_email(const char *text)
{
	const char *at = strrchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strlen(text) > 254 ||
		strpbrk(text, " \t<>\",;") != NULL)
		return "a mail address such as name@example.org";
	return NULL;
}

const char *
settings_check_contact(const char *text)
{
	if ((strncmp(text, "https://", 8) == 0 && text[8] != '\0') ||
		(strncmp(text, "mailto:", 7) == 0 &&
			settings_check_email(text + 7) == NULL))
		return NULL;
	return "an address that begins with https:// or mailto:";
}

int
settings_check_whole(const struct settings *settings,
	const struct conf_node *root, struct conf_errors *errors)
{
	const struct settings_database *database = &settings->database;
	const struct settings_mail *mail = &settings->mail;
	int outcome = 0;

	if (settings->listen.http.count + settings->listen.https.count == 0)
		outcome = conf_error(errors, &root->place,
			"listen has neither http nor https, expected an "
			"address");
	if (settings->listen.https.count > 0 &&
		settings->certificates.count == 0)
		outcome = conf_error(errors, &root->place,
			"listen.https is set but there are no certificates");
	if (!database->private_server && database->socket == NULL &&
		database->address == NULL)
		outcome = conf_error(errors, &root->place,
			"database.private_server is false, expected "
			"database.socket or database.address");
	if (database->per_community > database->connections)
		outcome = conf_error(errors, &root->place,
			"database.per_community is larger than "
			"database.connections");
	if (mail->directory == NULL && mail->host == NULL)
		outcome = conf_error(errors, &root->place,
			"mail has neither directory nor host, expected one");
	if (mail->user != NULL && strcmp(mail->security, "starttls") != 0 &&
		strcmp(mail->security, "tls") != 0)
		outcome = conf_error(errors, &root->place,
			"mail.user with mail.security %s could send the "
			"password in the clear, expected starttls or tls",
			mail->security);
	if ((mail->user == NULL) != (mail->password_file == NULL))
		outcome = conf_error(errors, &root->place,
			"mail.user and mail.password_file belong together");
	return outcome;
}

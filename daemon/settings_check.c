#include "settings_check.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "conf/check.h"
#include "conf/node.h"
#include "settings.h"

/* Whoever reaches it may read: so it is said who can. */
#define NAMED "one address of this machine such as 127.0.0.1:8070, not all"

const char *
settings_check_named_endpoint(const char *text)
{
	struct in6_addr address;
	const char *expected = conf_check_endpoint(text);
	const char *const zeros = "0.0.0.0:";
	char host[64];

	if (expected != NULL)
		return expected;
	if (strncmp(text, zeros, strlen(zeros)) == 0)
		return NAMED;
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(text + 1, "]"),
		text + 1);
	return text[0] == '[' && inet_pton(AF_INET6, host, &address) == 1 &&
			       (IN6_IS_ADDR_UNSPECIFIED(&address) ||
				       IN6_IS_ADDR_V4MAPPED(&address))
		       ? NAMED
		       : NULL;
}

const char *
settings_check_sample(const char *text)
{
	int64_t interval;

	return strcmp(text, "off") == 0 ||
			       parse_integer(text, 1, SETTINGS_SAMPLE_MOST,
				       &interval) == 0
		       ? NULL
		       : "a number from 1 to 1000000, or off";
}

const char *
settings_check_idle(const char *text)
{
	int64_t count;

	return parse_integer(text, 0, SETTINGS_IDLE_MOST, &count) == 0
		       ? NULL
		       : "a number from 0 to 10000";
}

static size_t
count_fallbacks(const struct settings *settings)
{
	const struct settings_certificate *items = settings->certificates.items;
	size_t count = 0;

	for (size_t i = 0; i < settings->certificates.count; i++)
		count += items[i].fallback;
	return count;
}

int
settings_check_whole(const struct settings *settings,
	const struct conf_node *root, struct conf_errors *errors)
{
	const struct settings_database *database = &settings->database;
	const struct settings_mail *mail = &settings->mail;
	int outcome = 0;

	if (settings->listen.http.count + settings->listen.https.count == 0)
		outcome = conf_error(errors, conf_place_of(root, "listen"),
			"listen has neither http nor https, expected an "
			"address");
	if (settings->listen.https.count > 0 &&
		settings->certificates.count == 0)
		outcome =
			conf_error(errors, conf_place_of(root, "listen.https"),
				"listen.https is set but there are no "
				"certificates, expected one for its domains");
	if (count_fallbacks(settings) > 1)
		outcome =
			conf_error(errors, conf_place_of(root, "certificates"),
				"more than one certificate is the fallback, "
				"expected one at the most");
	if (!database->private_server && database->socket == NULL &&
		database->address == NULL)
		outcome = conf_error(errors,
			conf_place_of(root, "database.private_server"),
			"database.private_server is false, expected "
			"database.socket or database.address");
	if (mail->directory == NULL && mail->host == NULL)
		outcome = conf_error(errors, conf_place_of(root, "mail"),
			"mail has neither directory nor host, expected one");
	if (mail->user != NULL && strcmp(mail->security, "starttls") != 0 &&
		strcmp(mail->security, "tls") != 0)
		outcome = conf_error(errors,
			conf_place_of(root, "mail.security"),
			"mail.user with mail.security %s could send the "
			"password in the clear, expected starttls or tls",
			mail->security);
	if ((mail->user == NULL) != (mail->password_file == NULL))
		outcome = conf_error(errors,
			conf_place_of(root, mail->user != NULL
						    ? "mail.user"
						    : "mail.password_file"),
			"mail.user and mail.password_file belong together, expected both or none");
	return outcome;
}

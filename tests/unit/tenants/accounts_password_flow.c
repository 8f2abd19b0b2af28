/*
 * Accounts: passwords as they are stored, forgotten and changed.
 */
#include "accounts_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "site_fixture.h"

void
stores_no_secret(void **state)
{
	(void)state;
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT LEFT(phc, 10) FROM @.member_password LIMIT 1"),
		"$argon2id$");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.session WHERE LENGTH(digest) "
			"<> 32"),
		"0");
}

/* A program's log-in; the token has room for 64 bytes. */
static void
make_token(const char *username, char token[64])
{
	struct browser *browser = browser_open(SITE_OPEN);
	char json[200];

	snprintf(json, sizeof(json),
		"{\"login\": \"%s\", \"password\": \"" PASSWORD
		"\", \"name\": \"script\", \"days\": 5}",
		username);
	assert_status(
		browser_api(browser, "POST", "/api/v1/tokens", NULL, json), 201,
		browser);
	cut(browser_body(browser), "\"token\":\"", token, 64);
	browser_close(browser);
}

/* What the API answers to the token. */
static int
try_token(const char *token)
{
	struct browser *browser = browser_open(SITE_OPEN);
	int status = browser_api(
		browser, "GET", "/api/v1/account/tokens", token, NULL);

	browser_close(browser);
	return status;
}

void
sends_links_for_forgotten_passwords(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	struct browser *session = browser_open(SITE_OPEN);
	char link[128], token[64];

	(void)state;
	site_join(SITE_OPEN, "hal", PASSWORD);
	make_token("hal", token);
	assert_int_equal(try_token(token), 200);
	assert_status(browser_log_in(session, "hal", PASSWORD), 303, session);
	browser_get(browser, "/forgot");
	assert_status(browser_post(browser, "/forgot", "login",
			      "nobody@mail.example", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/forgot/sent");
	assert_status(browser_post(browser, "/forgot", "login", "hal", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/forgot/sent");
	snprintf(link, sizeof(link), "%s",
		site_link(SITE_OPEN, "hal@mail.example"));
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, "password", "short", NULL),
		422, browser);
	assert_status(browser_post(browser, link, "password",
			      "hal@mail.example", NULL),
		422, browser);
	assert_status(browser_post(browser, link, "password",
			      "a wholly new one", NULL),
		303, browser);
	/* Once, and every session and token has ended. */
	assert_int_equal(try_token(token), 401);
	assert_status(browser_get(browser, link), 410, browser);
	assert_status(browser_get(session, "/account/sessions"), 303, session);
	assert_status(browser_log_in(browser, "hal", PASSWORD), 422, browser);
	assert_status(browser_log_in(browser, "hal", "a wholly new one"), 303,
		browser);
	browser_close(browser);
	browser_close(session);
}

void
changes_the_password_and_ends_other_sessions(void **state)
{
	struct browser *here = browser_open(SITE_OPEN);
	struct browser *there = browser_open(SITE_OPEN);
	char token[64];

	(void)state;
	site_join(SITE_OPEN, "jan", PASSWORD);
	make_token("jan", token);
	assert_status(browser_log_in(here, "jan", PASSWORD), 303, here);
	assert_status(browser_log_in(there, "jan", PASSWORD), 303, there);
	browser_get(here, "/account/password");
	assert_status(
		browser_post(here, "/account/password", "current",
			"not this one", "password", "another one now", NULL),
		422, here);
	assert_shows(here, "This is not your present password.");
	assert_status(browser_post(here, "/account/password", "current",
			      PASSWORD, "password", "another one now", NULL),
		303, here);
	assert_status(browser_get(here, "/account/sessions"), 200, here);
	assert_status(browser_get(there, "/account/sessions"), 303, there);
	assert_int_equal(try_token(token), 401);
	assert_non_null(strstr(site_mail(SITE_OPEN, "jan@mail.example"),
		"was changed just now"));
	browser_close(here);
	browser_close(there);
}

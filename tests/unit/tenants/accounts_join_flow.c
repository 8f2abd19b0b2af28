/*
 * Accounts: joining, the confirmation of the address, and approval.
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
joins_confirms_and_logs_in(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char link[128];

	(void)state;
	assert_status(send_join(browser, "/join", "ada", "ada@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined");
	assert_status(browser_get(browser, "/joined"), 200, browser);
	snprintf(link, sizeof(link), "%s",
		site_link(SITE_OPEN, "ada@mail.example"));

	/* Before the confirmation one can log in, and do nothing else. */
	assert_status(browser_log_in(browser, "ada", PASSWORD), 303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	assert_string_equal(browser_location(browser), "/confirm");
	assert_status(browser_get(browser, "/confirm"), 200, browser);
	assert_shows(browser, "Send me a new link");

	/* Opening the link uses nothing up; its button does. */
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "Your e-mail address is confirmed. Welcome!");
	assert_status(browser_get(browser, link), 410, browser);

	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT CONCAT(state, login_count) FROM "
				     "@.member WHERE username = 'ada'"),
		"active1");
	/* P7: the text and its version are bound to the acceptance. */
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.terms_acceptance AS t JOIN "
			"@.member AS m ON m.id = t.member WHERE m.username = "
			"'ada' AND LENGTH(t.sha256) = 32 AND version <> '' "
			"AND m.terms_version = t.version "
			"AND m.terms_sha256 = t.sha256"),
		"1");
	browser_close(browser);
}

void
says_what_is_wrong_with_a_join(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "bea", PASSWORD);
	assert_status(send_join(browser, "/join", "bea", "new@mail.example"),
		422, browser);
	assert_shows(browser, "This user name is taken: choose another.");
	assert_shows(browser, "value=\"new@mail.example\"");
	assert_false(browser_shows(browser, PASSWORD));
	/* All at once. */
	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Bea", "email",
			      "nonsense", "username", "bea", "password",
			      "Password1234", "accept", "1", NULL),
		422, browser);
	assert_shows(browser, "error-email");
	assert_shows(browser, "This user name is taken: choose another.");
	assert_shows(browser, "This is easily guessed");

	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Cy", "email",
			      "cy@mail.example", "username", "cy-the-first",
			      "password", "cy-the-first", "accept", "1", NULL),
		422, browser);
	assert_shows(browser, "a name or address that others know");
	assert_status(browser_post(browser, "/join", "name", "Cy", "email",
			      "cy@mail.example", "username", "cyrus",
			      "password", "short", NULL),
		422, browser);
	assert_shows(browser, "Use at least 10 characters.");
	assert_shows(browser, "Tick this box to go on.");
	browser_close(browser);
}

void
a_taken_address_answers_like_a_new_one(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "dan", PASSWORD);
	assert_status(send_join(browser, "/join", "danny", "dan@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined");
	assert_non_null(strstr(site_mail(SITE_OPEN, "dan@mail.example"),
		"You are a member already; your user name is dan."));
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT state FROM @.member WHERE "
				     "username = 'danny'"),
		"unconfirmed");
	browser_close(browser);
}

void
expired_links_do_not_work(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	const char *link;

	(void)state;
	assert_status(send_join(browser, "/join", "ida", "ida@mail.example"),
		303, browser);
	site_sql(SITE_OPEN,
		"UPDATE link_token SET expires_at = UTC_TIMESTAMP(6) "
		"WHERE used_at IS NULL");
	link = site_link(SITE_OPEN, "ida@mail.example");
	assert_status(browser_get(browser, link), 410, browser);
	assert_shows(browser, "This link no longer works");
	assert_status(browser_log_in(browser, "ida", PASSWORD), 303, browser);
	browser_get(browser, "/confirm");
	assert_status(browser_post(browser, "/confirm", NULL), 303, browser);
	link = site_link(SITE_OPEN, "ida@mail.example");
	assert_status(browser_get(browser, link), 200, browser);
	browser_close(browser);
}

void
programs_join_too(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char terms[80], json[512], path[160];

	(void)state;
	assert_status(browser_api(browser, "GET", "/api/v1/terms", NULL, NULL),
		200, browser);
	cut(browser_body(browser), "\"sha256\":\"", terms, sizeof(terms));
	snprintf(json, sizeof(json),
		"{\"name\": \"Oz\", \"email\": \"oz@mail.example\", "
		"\"username\": \"oz1\", \"password\": \"" PASSWORD
		"\", \"accept\": true, \"terms\": \"%s\"}",
		terms);
	assert_status(
		browser_api(browser, "POST", "/api/v1/members", NULL, json),
		202, browser);
	snprintf(path, sizeof(path), "/api/v1/confirmations%s",
		strrchr(site_link(SITE_OPEN, "oz@mail.example"), '/'));
	assert_status(
		browser_api(browser, "POST", path, NULL, NULL), 200, browser);
	assert_shows(browser, "\"state\":\"active\"");
	assert_status(
		browser_api(browser, "POST", path, NULL, NULL), 410, browser);
	browser_close(browser);
}

void
some_communities_approve_each_member(void **state)
{
	struct browser *browser = browser_open(SITE_APPROVAL);
	const char *link;

	(void)state;
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "Say who you are; the administrators answer");
	assert_status(browser_get(browser, "/join"), 200, browser);
	assert_shows(browser, "A word to the administrators");
	assert_status(send_join(browser, "/join", "rex", "rex@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined?approval=1");
	link = site_link(SITE_APPROVAL, "rex@mail.example");
	browser_get(browser, link);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	assert_status(browser_log_in(browser, "rex", PASSWORD), 303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 403, browser);
	assert_shows(browser, "Your membership waits for approval");
	assert_string_equal(
		site_text(SITE_APPROVAL, "SELECT state FROM @.member WHERE "
					 "username = 'rex'"),
		"pending");
	browser_close(browser);
}

/*
 * Accounts: logging in, forged forms, and sessions until they end.
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
answers_all_wrong_log_ins_alike(void **state)
{
	static const char wrong[] =
		"User name, e-mail address or password is wrong.";
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "eve", PASSWORD);
	assert_status(
		browser_log_in(browser, "nobody", PASSWORD), 422, browser);
	assert_shows(browser, wrong);
	assert_status(browser_log_in(browser, "nobody@mail.example", PASSWORD),
		422, browser);
	assert_shows(browser, wrong);
	assert_status(
		browser_log_in(browser, "eve", "something else"), 422, browser);
	assert_shows(browser, wrong);
	assert_status(browser_log_in(browser, "EVE@mail.example", PASSWORD),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	browser_close(browser);
}

void
leads_back_to_where_one_was(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "fay", PASSWORD);
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	assert_string_equal(
		browser_location(browser), "/login?next=%2Faccount%2Ftokens");
	browser_get(browser, "/login?next=%2Faccount%2Ftokens");
	assert_shows(browser, "value=\"/account/tokens\"");
	assert_status(
		browser_post(browser, "/login", "login", "fay", "password",
			PASSWORD, "next", "//evil.example/", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	/* Logged in, the log-in page sends home. */
	assert_status(browser_get(browser, "/login"), 303, browser);
	browser_close(browser);
}

void
refuses_forged_forms(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "gus", PASSWORD);
	/* Without any token, and with one of another visitor's. */
	assert_status(browser_post(other, "/login", "login", "gus", "password",
			      PASSWORD, NULL),
		403, other);
	assert_status(browser_log_in(browser, "gus", PASSWORD), 303, browser);
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	assert_shows(browser, "This form is no longer valid");
	/* From another site, as browsers tell. */
	browser_get(browser, "/account/sessions");
	browser_header(browser, "Origin: https://evil.example");
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	browser_header(browser, "Sec-Fetch-Site: same-site");
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	browser_header(browser, "Sec-Fetch-Site: same-origin");
	assert_status(browser_post(browser, "/logout", NULL), 303, browser);
	browser_header(browser, NULL);
	assert_status(browser_get(browser, "/account/sessions"), 303, browser);
	browser_close(browser);
	browser_close(other);
}

void
lists_and_ends_sessions(void **state)
{
	struct browser *here = browser_open(SITE_OPEN);
	struct browser *there = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);
	char path[128];
	const char *form;

	(void)state;
	site_join(SITE_OPEN, "kim", PASSWORD);
	site_join(SITE_OPEN, "lou", PASSWORD);
	browser_log_in(here, "kim", PASSWORD);
	browser_header(there,
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
		"Gecko/20100101 Firefox/140.0");
	browser_log_in(there, "kim", PASSWORD);
	browser_log_in(other, "lou", PASSWORD);
	assert_status(browser_get(here, "/account/sessions"), 200, here);
	assert_shows(here, "Firefox, Linux");
	assert_shows(here, "this session");
	form = strstr(browser_body(here), "action=\"/account/sessions/0");
	assert_non_null(form);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(form + 8, "\""),
		form + 8);
	/* Somebody else's session is not found. */
	browser_get(other, "/account/sessions");
	assert_status(browser_post(other, path, NULL), 404, other);
	assert_status(browser_get(there, "/account/sessions"), 200, there);
	assert_status(browser_post(here, path, NULL), 303, here);
	assert_status(browser_get(there, "/account/sessions"), 303, there);
	browser_close(here);
	browser_close(there);
	browser_close(other);
}

void
sessions_go_idle(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "mia", PASSWORD);
	browser_log_in(browser, "mia", PASSWORD);
	site_sql(SITE_OPEN,
		"UPDATE session SET seen_at = UTC_TIMESTAMP(6) - INTERVAL 13 "
		"DAY");
	assert_status(browser_get(browser, "/account/sessions"), 200, browser);
	site_sql(SITE_OPEN,
		"UPDATE session SET seen_at = UTC_TIMESTAMP(6) - INTERVAL 15 "
		"DAY");
	assert_status(browser_get(browser, "/account/sessions"), 303, browser);
	browser_close(browser);
}

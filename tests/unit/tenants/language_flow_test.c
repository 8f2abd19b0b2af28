/*
 * In which language pages are: the member's own choice, else this browser's
 * (what was chosen on it, then what it asks for), else the community's. A real
 * worker, a real database.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define PASSWORD "correct horse battery"
#define ENGLISH	 "<html lang=\"en\">"
#define FRENCH	 "<html lang=\"fr\">"

/* Somebody who joined, whose browser asks for English and was told so, too. */
static struct browser *
join_as(const char *username)
{
	struct browser *browser = browser_open(SITE_OPEN);

	browser_header(browser, "Accept-Language: en");
	browser_join(browser, username, PASSWORD);
	assert_status(browser_get(browser, "/language/en"), 303, browser);
	return browser;
}

static void
store(const char *username, const char *language)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		"UPDATE member SET language = %s WHERE username = '%s'",
		language, username);
	site_sql(SITE_OPEN, sql);
}

static void
assert_stored(const char *username, const char *language)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT language FROM @.member WHERE username = '%s'",
		username);
	assert_string_equal(site_text(SITE_OPEN, sql), language);
}

static void
assert_page(struct browser *browser, const char *path, const char *html)
{
	assert_true(browser_get(browser, path) < 500);
	assert_shows(browser, html);
}

static void
a_members_choice_comes_first(void **state)
{
	struct browser *browser = join_as("ada");

	(void)state;
	store("ada", "'fr'");
	assert_page(browser, "/", ENGLISH);
	assert_status(browser_log_in(browser, "ada", PASSWORD), 303, browser);
	assert_page(browser, "/", FRENCH);
	assert_page(browser, "/account", FRENCH);
	assert_page(browser, "/nowhere", FRENCH);
	/* A form that is refused. */
	browser_spoil(browser);
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	assert_shows(browser, FRENCH);
	/* Not once they are gone. */
	site_sql(SITE_OPEN, "DELETE FROM session");
	assert_page(browser, "/", ENGLISH);
	browser_close(browser);
}

static void
who_chose_none_has_the_browsers(void **state)
{
	struct browser *browser = join_as("bea");

	(void)state;
	store("bea", "NULL");
	assert_status(browser_log_in(browser, "bea", PASSWORD), 303, browser);
	assert_page(browser, "/", ENGLISH);
	assert_status(browser_get(browser, "/language/fr"), 303, browser);
	assert_page(browser, "/", FRENCH);
	browser_close(browser);
}

/* What was typed before the log-in comes back in the member's language. */
static void
a_form_kept_through_the_log_in_speaks_it(void **state)
{
	struct browser *browser = join_as("cleo");

	(void)state;
	store("cleo", "'fr'");
	assert_status(browser_log_in(browser, "cleo", PASSWORD), 303, browser);
	browser_get(browser, "/listings/new");
	site_sql(SITE_OPEN, "DELETE FROM session");
	browser_get(browser, "/login");
	browser_header(browser, "Sec-Fetch-Site: same-origin");
	assert_status(browser_post(browser, "/login", "kept", "/listings/new",
			      "kept.title", "Un vélo rouge", "login", "cleo",
			      "password", PASSWORD, NULL),
		200, browser);
	assert_shows(browser, "Un vélo rouge");
	assert_shows(browser, FRENCH);
	browser_close(browser);
}

/* At the foot of each page, with the form token. */
static void
the_foot_of_the_page_changes_the_choice(void **state)
{
	struct browser *browser = join_as("dora");

	(void)state;
	assert_page(browser, "/listings?kind=offer", ENGLISH);
	assert_shows(browser, "href=\"/language/fr?to=");
	assert_status(browser_log_in(browser, "dora", PASSWORD), 303, browser);
	assert_page(browser, "/listings?kind=offer", ENGLISH);
	assert_shows(browser, "action=\"/language/fr\"");
	assert_shows(browser, "name=\"to\" value=\"/listings?kind=offer\"");
	assert_status(browser_post(browser, "/language/fr", "to",
			      "/listings?kind=offer", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/listings?kind=offer");
	assert_stored("dora", "fr");
	assert_page(browser, "/", FRENCH);
	/* The log-in page of this browser, too, from now on. */
	site_sql(SITE_OPEN, "DELETE FROM session");
	assert_page(browser, "/login", FRENCH);
	browser_close(browser);
}

static void
nobody_else_changes_it(void **state)
{
	struct browser *browser = join_as("eve");

	(void)state;
	assert_status(browser_log_in(browser, "eve", PASSWORD), 303, browser);
	browser_spoil(browser);
	assert_status(
		browser_post(browser, "/language/fr", NULL), 403, browser);
	assert_stored("eve", "en");
	assert_page(browser, "/", ENGLISH);
	assert_status(
		browser_post(browser, "/language/xx", NULL), 404, browser);
	assert_status(browser_post(browser, "/language/fr", "to",
			      "https://evil.example/", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	browser_close(browser);
}

/* Those who may do little else must be able to read why. */
static void
who_is_suspended_or_waits_chooses_too(void **state)
{
	static const char *const states[] = {
		"suspended", "pending", "unconfirmed"};
	struct browser *browser = join_as("fred");
	char sql[200];

	(void)state;
	assert_status(browser_log_in(browser, "fred", PASSWORD), 303, browser);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		snprintf(sql, sizeof(sql),
			"UPDATE member SET state = '%s', language = 'en' "
			"WHERE username = 'fred'",
			states[i]);
		site_sql(SITE_OPEN, sql);
		assert_page(browser, "/account/sessions", ENGLISH);
		assert_status(browser_post(browser, "/language/fr", NULL), 303,
			browser);
		assert_page(browser, "/account/sessions", FRENCH);
	}
	site_sql(SITE_OPEN, "UPDATE member SET terms_version = NULL");
	assert_status(
		browser_post(browser, "/language/en", NULL), 303, browser);
	assert_page(browser, "/account/sessions", ENGLISH);
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_members_choice_comes_first),
		cmocka_unit_test(who_chose_none_has_the_browsers),
		cmocka_unit_test(a_form_kept_through_the_log_in_speaks_it),
		cmocka_unit_test(the_foot_of_the_page_changes_the_choice),
		cmocka_unit_test(nobody_else_changes_it),
		cmocka_unit_test(who_is_suspended_or_waits_chooses_too),
	};
	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

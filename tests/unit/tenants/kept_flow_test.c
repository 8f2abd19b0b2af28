/*
 * Nothing that was typed is lost: forms whose token is too old, and forms sent
 * after the session ended, come back filled, and change nothing before they are
 * sent once more. A real worker, a real database.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../db/server.h"

#define PASSWORD "correct horse battery"
#define BODY	 "First line\nand \"more\" <b>of it</b> & so on"
#define SHOWN                                                                  \
	"First line\nand &quot;more&quot; &lt;b&gt;of it&lt;/b&gt; &amp; so on"

#define LISTING                                                                \
	"kind", "offer", "title", "A red bicycle", "category", "other",        \
		"body", BODY, "price", "12.50"

/* The same, as the hidden fields of the form in between. */
#define KEPT                                                                   \
	"kept", "/listings/new", "kept.kind", "offer", "kept.title",           \
		"A red bicycle", "kept.category", "other", "kept.body", BODY,  \
		"kept.price", "12.50"

#define OWN_PAGE "Sec-Fetch-Site: same-origin"

/* A member of that name, logged in, whose browser says where forms come from.
 */
static struct browser *
member(const char *username)
{
	struct browser *browser = browser_open(SITE_OPEN);

	browser_join(browser, username, PASSWORD);
	assert_status(
		browser_log_in(browser, username, PASSWORD), 303, browser);
	browser_header(browser, OWN_PAGE);
	return browser;
}

static void
end_sessions(void)
{
	site_sql(SITE_OPEN, "DELETE FROM session");
}

static void
assert_listings(const char *username, const char *count)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.listing JOIN @.member ON member.id = "
		"listing.author WHERE member.username = '%s'",
		username);
	assert_string_equal(site_text(SITE_OPEN, sql), count);
}

/* The form of a new listing with all that was typed, and no error. */
static void
assert_filled(const struct browser *browser)
{
	assert_shows(browser, "action=\"/listings/new\"");
	assert_shows(browser, "value=\"A red bicycle\"");
	assert_shows(browser, SHOWN);
	assert_shows(browser, "value=\"other\" selected");
	assert_shows(browser, "value=\"offer\" checked");
	assert_shows(browser, "value=\"12.50\"");
	assert_false(browser_shows(browser, "Something is not right yet"));
	assert_false(browser_shows(browser, "name=\"kept"));
}

static void
an_old_form_is_shown_again_filled(void **state)
{
	struct browser *browser = member("ada");

	(void)state;
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	browser_spoil(browser);
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_filled(browser);
	assert_shows(browser, "This page had been open for too long.");
	assert_listings("ada", "0");
	/* One more click. */
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		303, browser);
	assert_listings("ada", "1");
	browser_close(browser);
}

static void
passwords_are_not_shown_again(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "bea", PASSWORD);
	browser_header(browser, OWN_PAGE);
	assert_status(browser_post(browser, "/login", "login", "bea",
			      "password", PASSWORD, "next", "/account", NULL),
		403, browser);
	assert_shows(browser, "value=\"bea\"");
	assert_shows(browser, "name=\"next\" value=\"/account\"");
	assert_false(browser_shows(browser, PASSWORD));
	assert_status(browser_post(browser, "/login", "login", "bea",
			      "password", PASSWORD, "next", "/account", NULL),
		303, browser);
	browser_close(browser);
}

/* No form of another site can be put before a member, filled by it. */
static void
only_our_own_pages_are_shown_again(void **state)
{
	static const char *const headers[] = {NULL,
		"Origin: https://evil.example", "Origin: null",
		"Sec-Fetch-Site: same-site", "Sec-Fetch-Site: cross-site",
		"Sec-Fetch-Site: none"};
	struct browser *browser = member("cleo");

	(void)state;
	browser_get(browser, "/listings/new");
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		browser_header(browser, headers[i]);
		browser_spoil(browser);
		assert_status(
			browser_post(browser, "/listings/new", LISTING, NULL),
			403, browser);
		assert_false(browser_shows(browser, "A red bicycle"));
	}
	end_sessions();
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		browser_header(browser, headers[i]);
		browser_spoil(browser);
		browser_post(browser, "/listings/new", LISTING, NULL);
		assert_false(browser_shows(browser, "A red bicycle"));
		browser_spoil(browser);
		browser_post(browser, "/login", KEPT, "login", "cleo",
			"password", "wrong", NULL);
		assert_false(browser_shows(browser, "A red bicycle"));
	}
	assert_listings("cleo", "0");
	browser_close(browser);
}

static void
buttons_are_not_pressed_for_anybody(void **state)
{
	struct browser *browser = member("dora");

	(void)state;
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	assert_shows(browser, "This form is no longer valid");
	assert_status(browser_get(browser, "/account"), 200, browser);
	end_sessions();
	assert_status(
		browser_post(browser, "/account/sessions/end-others", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/login");
	assert_status(browser_get(browser, "/login"), 200, browser);
	assert_shows(browser, "You had been logged out. Please log in");
	browser_close(browser);
}

static void
what_was_typed_outlives_the_session(void **state)
{
	struct browser *browser = member("eve");

	(void)state;
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	end_sessions();
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "<h1>Log in</h1>");
	assert_shows(browser, "You had been logged out. Log in again");
	assert_shows(browser, "name=\"kept\" value=\"/listings/new\"");
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	assert_false(browser_shows(browser, "name=\"kept.csrf\""));

	/* A wrong password loses nothing. */
	assert_status(browser_post(browser, "/login", KEPT, "login", "eve",
			      "password", "wrong", NULL),
		422, browser);
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");

	assert_status(browser_post(browser, "/login", KEPT, "login", "eve",
			      "password", PASSWORD, NULL),
		200, browser);
	assert_filled(browser);
	assert_shows(browser, "What you wrote is kept.");
	assert_listings("eve", "0");
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		303, browser);
	assert_listings("eve", "1");
	browser_close(browser);
}

/* The log-in page of one window is sent when another logged in before. */
static void
a_log_in_meanwhile_is_as_good(void **state)
{
	struct browser *browser = member("fred");

	(void)state;
	browser_get(browser, "/listings/new");
	assert_status(browser_post(browser, "/login", KEPT, "login", "x",
			      "password", "y", NULL),
		200, browser);
	assert_filled(browser);
	assert_listings("fred", "0");
	assert_status(browser_post(browser, "/login", "login", "x", "password",
			      "y", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	browser_close(browser);
}

/* What travels is only ever shown, and only where the person may go. */
static void
what_travels_is_not_carried_out(void **state)
{
	static const char *const paths[] = {"/logout", "/manage/settings",
		"/account/sessions/end-others", "/nowhere", "/login",
		"https://evil.example/", "//evil.example/", "/listings"};
	struct browser *browser = member("gina");

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int status = browser_post(browser, "/login", "kept", paths[i],
			"kept.name", "Mine now", "kept.colour", "#000000",
			"kept.kept", "/login", "login", "x", NULL);

		assert_true(status == 303 || status == 403);
		assert_string_equal(
			browser_location(browser), status == 303 ? "/" : "");
		assert_status(browser_get(browser, "/account"), 200, browser);
	}
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.settings WHERE "
				     "name = 'Mine now'"),
		"0");
	browser_close(browser);
}

static void
what_was_typed_outlives_new_terms(void **state)
{
	struct browser *browser = member("hal");

	(void)state;
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	site_sql(SITE_OPEN, "UPDATE member SET terms_version = NULL");
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "Please accept the terms first");
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	/* For its hidden field. */
	browser_get(browser, "/terms/accept");
	/* Sent without the tick, it comes back with all it carries. */
	assert_status(browser_post(browser, "/terms/accept", KEPT, NULL), 422,
		browser);
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	/* Logged out in between: the log-in carries both. */
	end_sessions();
	assert_status(browser_post(browser, "/terms/accept", KEPT, "accept",
			      "1", NULL),
		403, browser);
	assert_shows(browser, "name=\"kept\" value=\"/terms/accept\"");
	assert_shows(browser, "name=\"kept.kept\" value=\"/listings/new\"");
	assert_shows(browser, "name=\"kept.kept.body\" value=\"" SHOWN "\"");
	assert_status(browser_post(browser, "/login", KEPT, "login", "hal",
			      "password", PASSWORD, NULL),
		403, browser);
	assert_shows(browser, "Please accept the terms first");
	assert_status(browser_post(browser, "/terms/accept", KEPT, "accept",
			      "1", NULL),
		200, browser);
	assert_filled(browser);
	assert_listings("hal", "0");
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		303, browser);
	assert_listings("hal", "1");
	browser_close(browser);
}

/* The dead session's cookie is taken away and the new one's set: one line. */
static void
a_log_in_sets_one_cookie(void **state)
{
	struct browser *browser = member("ines");
	const char *cookie;

	(void)state;
	end_sessions();
	assert_status(browser_post(browser, "/login", "login", "ines",
			      "password", PASSWORD, NULL),
		303, browser);
	cookie = strstr(browser_head(browser), "Set-Cookie: session=");
	assert_non_null(cookie);
	assert_null(strstr(cookie + 1, "Set-Cookie: session="));
	browser_close(browser);
}

/* Below the free-space mark, say. */
static void
read_only(bool on)
{
	server_sql(
		on ? "SET GLOBAL read_only = 1" : "SET GLOBAL read_only = 0");
}

static void
what_cannot_be_written_now_stays_in_its_form(void **state)
{
	struct browser *browser = member("jon");

	(void)state;
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	read_only(true);
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		503, browser);
	assert_filled(browser);
	assert_shows(browser, "Nothing could be saved just now.");
	assert_non_null(strstr(browser_head(browser), "retry-after: 300"));
	read_only(false);
	assert_listings("jon", "0");
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		303, browser);
	assert_listings("jon", "1");
	browser_close(browser);
}

/* The log-in waits, too, with all that it carries, but for the password. */
static void
a_log_in_that_must_wait_loses_nothing(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "kim", PASSWORD);
	browser_header(browser, OWN_PAGE);
	browser_get(browser, "/login");
	read_only(true);
	assert_status(browser_post(browser, "/login", KEPT, "login", "kim",
			      "password", PASSWORD, NULL),
		503, browser);
	assert_shows(browser, "value=\"kim\"");
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	assert_false(browser_shows(browser, PASSWORD));
	read_only(false);
	browser_close(browser);
}

/* The page that needs no database: what was sent, to be sent once more. */
static void
assert_carried(const struct browser *browser)
{
	assert_shows(browser, "action=\"/listings/new\"");
	assert_shows(browser, "name=\"title\" value=\"A red bicycle\"");
	assert_shows(browser, "name=\"body\" value=\"" SHOWN "\"");
	assert_shows(browser, "Try again");
	assert_shows(browser, "name=\"csrf\"");
}

static void
what_is_sent_to_a_database_that_is_away_stays(void **state)
{
	struct browser *browser = member("lea");
	struct browser *visitor = browser_open(SITE_OPEN);
	struct browser *other = member("lev");
	int status = 503;

	(void)state;
	browser_header(visitor, OWN_PAGE);
	assert_status(browser_get(visitor, "/login"), 200, visitor);
	assert_status(browser_get(other, "/listings/new"), 200, other);
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	/* Before it is let in. */
	server_kill();
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		503, browser);
	assert_carried(browser);
	assert_shows(browser, "This is not possible just now");
	assert_status(browser_post(visitor, "/login", KEPT, "login", "lea",
			      "password", PASSWORD, NULL),
		503, visitor);
	assert_shows(visitor, "name=\"login\" value=\"lea\"");
	assert_shows(visitor, "name=\"kept.body\" value=\"" SHOWN "\"");
	assert_false(browser_shows(visitor, PASSWORD));
	/* No filled page for whom another site sent here. */
	browser_header(visitor, "Sec-Fetch-Site: cross-site");
	browser_post(visitor, "/listings/new", LISTING, NULL);
	assert_false(browser_shows(visitor, "A red bicycle"));
	server_restart();
	for (int i = 0; i < 600 && status == 503; i++) {
		status = browser_post(browser, "/listings/new", LISTING, NULL);
		usleep(100000);
	}
	assert_status(status, 303, browser);
	assert_listings("lea", "1");
	/* And after it was. */
	browser_between(other, server_kill);
	assert_status(browser_post(other, "/listings/new", LISTING, NULL), 503,
		other);
	assert_carried(other);
	server_restart();
	for (status = 503; status == 503; usleep(100000))
		status = browser_get(other, "/account");
	assert_status(browser_post(other, "/listings/new", LISTING, NULL), 303,
		other);
	assert_listings("lev", "1");
	browser_close(browser);
	browser_close(visitor);
	browser_close(other);
}

static void
who_sends_too_much_is_asked_to_wait_and_loses_nothing(void **state)
{
	struct browser *browser = member("mia");
	char *long_text = calloc(1, 70000);
	int status = 422, waited = 0;

	(void)state;
	memset(long_text, 'x', 69999);
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	for (int i = 0; i < 400 && status == 422; i++)
		status = browser_post(browser, "/listings/new", "kind", "offer",
			"title", "A red bicycle", "body", BODY, NULL);
	assert_status(status, 429, browser);
	assert_carried(browser);
	assert_shows(browser, "Too many tries");
	assert_non_null(strstr(browser_head(browser), "retry-after: "));
	/* More than is kept is not even read. */
	while (browser_post(browser, "/listings/new", "title", "A red bicycle",
		       "body", long_text, NULL) != 429)
		continue;
	assert_false(browser_shows(browser, "A red bicycle"));
	while ((status = browser_post(
			browser, "/listings/new", LISTING, NULL)) == 429 &&
		++waited < 100)
		usleep(200000);
	assert_status(status, 303, browser);
	assert_listings("mia", "1");
	free(long_text);
	browser_close(browser);
}

static void
change_terms(void)
{
	site_sql(SITE_OPEN, "UPDATE member SET terms_version = NULL");
}

/* Who was let in, and then something happened while they sent. */
static void
what_comes_in_between_loses_nothing(void **state)
{
	struct browser *browser = member("noa");

	(void)state;
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	browser_between(browser, change_terms);
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "Please accept the terms first");
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	assert_false(browser_shows(browser, "Something is not right yet"));
	browser_get(browser, "/terms/accept");
	assert_status(browser_post(browser, "/terms/accept", KEPT, "accept",
			      "1", NULL),
		200, browser);
	assert_filled(browser);

	browser_between(browser, end_sessions);
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "<h1>Log in</h1>");
	assert_shows(browser, "name=\"kept.body\" value=\"" SHOWN "\"");
	assert_listings("noa", "0");
	browser_close(browser);
}

/* On a computer that several use. */
static void
a_form_is_shown_to_its_author_only(void **state)
{
	struct browser *browser = member("oda");

	(void)state;
	site_join(SITE_OPEN, "pia", PASSWORD);
	assert_status(browser_get(browser, "/listings/new"), 200, browser);
	end_sessions();
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "name=\"kept.author\" value=\"");
	assert_status(browser_post(browser, "/login", KEPT, "login", "pia",
			      "password", PASSWORD, NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "What was kept is somebody else’s");
	/* What is still open in another window of the first. */
	browser_spoil(browser);
	assert_status(browser_post(browser, "/listings/new", LISTING, NULL),
		403, browser);
	assert_shows(browser, "This form is no longer valid");
	assert_false(browser_shows(browser, "A red bicycle"));
	/* Without a word of whose it is, it is nobody's. */
	browser_close(browser);
	browser = browser_open(SITE_OPEN);
	browser_header(browser, OWN_PAGE);
	browser_get(browser, "/login");
	assert_status(browser_post(browser, "/login", KEPT, "login", "pia",
			      "password", PASSWORD, NULL),
		303, browser);
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_form_is_shown_again_filled),
		cmocka_unit_test(passwords_are_not_shown_again),
		cmocka_unit_test(only_our_own_pages_are_shown_again),
		cmocka_unit_test(buttons_are_not_pressed_for_anybody),
		cmocka_unit_test(what_was_typed_outlives_the_session),
		cmocka_unit_test(a_log_in_meanwhile_is_as_good),
		cmocka_unit_test(what_travels_is_not_carried_out),
		cmocka_unit_test(what_was_typed_outlives_new_terms),
		cmocka_unit_test(a_log_in_sets_one_cookie),
		cmocka_unit_test(a_form_is_shown_to_its_author_only),
		cmocka_unit_test(what_cannot_be_written_now_stays_in_its_form),
		cmocka_unit_test(a_log_in_that_must_wait_loses_nothing),
		cmocka_unit_test(what_is_sent_to_a_database_that_is_away_stays),
		cmocka_unit_test(
			who_sends_too_much_is_asked_to_wait_and_loses_nothing),
		cmocka_unit_test(what_comes_in_between_loses_nothing),
	};
	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

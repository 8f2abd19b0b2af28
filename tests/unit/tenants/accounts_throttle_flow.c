/*
 * Accounts: who guesses passwords is slowed down.
 */
#include "accounts_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "site_fixture.h"

/* Wrong guesses until there were too many: 20, and those that come back, one a
 * minute. It is not the worker's own limit that ends them, at 30. */
static void
guess(struct browser *browser, const char *login)
{
	int64_t begun = clock_monotonic();
	int64_t most;

	for (int tries = 0; tries < 40; tries++) {
		if (browser_log_in(browser, login, "wrong guess") != 429)
			continue;
		most = 21 + (clock_monotonic() - begun) / CLOCK_MINUTE;
		assert_true(tries <= most);
		assert_shows(
			browser, "There were too many tries. Try again in ");
		return;
	}
	fail_msg("%s may be guessed for ever", login);
}

/* The last answer to the right password while somebody guesses: one may come in
 * between two guesses, not each time. */
static int
come_in_between(
	struct browser *browser, const char *login, const char *password)
{
	struct browser *guesser = browser_open(SITE_OPEN);
	int status = 0;

	for (int i = 0; i < 3 && status != 429; i++) {
		guess(guesser, login);
		status = browser_log_in(browser, login, password);
		browser_get(browser, "/account/sessions");
		if (status == 303)
			browser_post(browser, "/logout", NULL);
	}
	browser_close(guesser);
	return status;
}

void
guessing_is_slowed_down(void **state)
{
	struct browser *home = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "karl", PASSWORD);
	site_join(SITE_OPEN, "kate", PASSWORD);
	assert_status(browser_log_in(home, "karl", PASSWORD), 303, home);
	browser_get(home, "/account/sessions");
	assert_status(browser_post(home, "/logout", NULL), 303, home);
	guess(browser, "karl");
	assert_non_null(strstr(browser_head(browser), "retry-after: "));
	/* Others are not slowed down, but for this account. */
	assert_status(browser_log_in(other, "kate", PASSWORD), 303, other);
	browser_get(other, "/account/sessions");
	assert_status(browser_post(other, "/logout", NULL), 303, other);
	/* The right password is not looked at either, however it is written. */
	assert_status(come_in_between(other, "KARL", PASSWORD), 429, other);
	/* None comes back for a minute. */
	site_sql(SITE_OPEN, "UPDATE attempt SET free_at = UTC_TIMESTAMP(6) + "
			    "INTERVAL 20 MINUTE WHERE slot < 2 << 18");
	assert_status(browser_api(other, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"karl\", \"password\": \"" PASSWORD
			      "\", \"name\": \"x\", \"days\": 1}"),
		429, other);
	assert_shows(other, "urn:missiond:problem:too-many-tries");
	assert_shows(other, "Try again in ");
	/* Where the member was before has an allowance of its own. */
	assert_status(browser_log_in(home, "karl", PASSWORD), 303, home);
	/* The tables hold neither names nor addresses. */
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) > 0 AND MAX(slot) < "
				     "8 << 18 FROM @.attempt"),
		"1");
	browser_close(home);
	browser_close(other);
	browser_close(browser);
}

/* Whoever knew the old password, and was here with it, is a stranger. */
void
a_new_password_forgets_the_places(void **state)
{
	struct browser *home = browser_open(SITE_OPEN);
	struct browser *thief = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "kimberly", PASSWORD);
	assert_status(browser_log_in(thief, "kimberly", PASSWORD), 303, thief);
	assert_status(browser_log_in(home, "kimberly", PASSWORD), 303, home);
	browser_get(home, "/account/password");
	assert_status(
		browser_post(home, "/account/password", "current", PASSWORD,
			"password", "a quite new password", NULL),
		303, home);
	browser_get(home, "/account/password");
	assert_status(browser_post(home, "/logout", NULL), 303, home);
	assert_status(
		come_in_between(thief, "kimberly", "a quite new password"), 429,
		thief);
	assert_status(browser_log_in(home, "kimberly", "a quite new password"),
		303, home);
	browser_close(home);
	browser_close(thief);
}

void
the_present_password_is_not_guessed_either(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	int status = 0;

	(void)state;
	site_join(SITE_OPEN, "leonard", PASSWORD);
	assert_status(
		browser_log_in(browser, "leonard", PASSWORD), 303, browser);
	for (int i = 0; i < 40 && status != 429; i++) {
		browser_get(browser, "/account/password");
		status = browser_post(browser, "/account/password", "current",
			"wrong guess", "password", "a quite new password",
			NULL);
	}
	assert_status(status, 429, browser);
	/* The session goes on. */
	assert_status(browser_get(browser, "/account/sessions"), 200, browser);
	browser_close(browser);
}

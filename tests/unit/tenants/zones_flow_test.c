/* Times as people of a community see them, on its clocks, over a real worker:
 * pages and mails in summer and winter, the API and <time> in UTC. */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "text/dates.h"
#include "text/zone.h"

#define PASSWORD "correct horse battery"

/* A browser of somebody who has asked to join. */
static struct browser *
joining(const char *host, const char *username)
{
	struct browser *browser = browser_open(host);
	char email[64];

	snprintf(email, sizeof(email), "%s@mail.example", username);
	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", username, "email",
			      email, "username", username, "password", PASSWORD,
			      "accept", "1", NULL),
		303, browser);
	return browser;
}

/* … who is logged in, and an admin who sees the audit list. */
static struct browser *
admin(const char *host, const char *username)
{
	struct browser *browser = joining(host, username);
	char sql[256], email[64], link[128];

	snprintf(email, sizeof(email), "%s@mail.example", username);
	snprintf(link, sizeof(link), "%s", site_link(host, email));
	browser_get(browser, link);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	snprintf(sql, sizeof(sql),
		"INSERT INTO appointment (member, scopes, appointed_at) "
		"SELECT id, 'settings', UTC_TIMESTAMP(6) FROM member "
		"WHERE username = '%s'",
		username);
	site_sql(host, sql);
	browser_get(browser, "/login");
	assert_status(browser_post(browser, "/login", "login", username,
			      "password", PASSWORD, NULL),
		303, browser);
	return browser;
}

/* The account page of somebody who logged in at that time. */
static void
log_in_at(struct browser *browser, const char *host, const char *time)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "UPDATE member SET last_login_at = '%s'",
		time);
	site_sql(host, sql);
	assert_status(browser_get(browser, "/account"), 200, browser);
}

static void
pages_show_the_clocks_of_the_community(void **state)
{
	struct browser *browser = admin(SITE_OPEN, "ida");

	(void)state;
	log_in_at(browser, SITE_OPEN, "2026-07-01 12:05:00");
	assert_shows(browser, "<time datetime=\"2026-07-01T12:05:00Z\">"
			      "1 July 2026 at 14:05</time>");
	log_in_at(browser, SITE_OPEN, "2026-12-01 12:05:00");
	assert_shows(browser, "<time datetime=\"2026-12-01T12:05:00Z\">"
			      "1 December 2026 at 13:05</time>");
	site_sql(SITE_OPEN, "UPDATE member SET language = 'fr'");
	log_in_at(browser, SITE_OPEN, "2026-07-01 22:05:00");
	assert_shows(browser, "2 juillet 2026 à 0\u00a0h\u00a005</time>");
	site_sql(SITE_OPEN, "UPDATE member SET language = NULL");
	assert_status(browser_get(browser, "/manage/audit"), 200, browser);
	assert_shows(browser, "Times are those of Europe/Paris.");
	browser_close(browser);
}

/* A listing's last day is a day, not a midnight somewhere. */
static void
last_days_are_the_same_everywhere(void **state)
{
	struct browser *browser = admin(SITE_OPEN, "kai");
	char address[128], json[160];

	(void)state;
	browser_get(browser, "/listings/new?kind=offer");
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "Until then", "category", "repairs",
			      "body", "x", "price", "1", NULL),
		303, browser);
	snprintf(address, sizeof(address), "%s", browser_location(browser));
	site_sql(SITE_OPEN,
		"UPDATE listing SET until = '2099-06-15', posted_at = "
		"'2026-07-01 22:05:00' WHERE title = 'Until then'");
	assert_status(browser_get(browser, address), 200, browser);
	assert_shows(
		browser, "<time datetime=\"2099-06-15\">15 June 2099</time>");
	assert_shows(browser, "Posted on 2 July 2026");
	snprintf(json, sizeof(json), "/api/v1%s", address);
	assert_status(
		browser_api(browser, "GET", json, NULL, NULL), 200, browser);
	assert_shows(browser, "\"until\":\"2099-06-15T00:00:00.000000Z\"");
	assert_shows(browser, "\"posted\":\"2026-07-01T22:05:00.000000Z\"");
	browser_close(browser);
}

static void
mails_name_deadlines_with_the_zone(void **state)
{
	struct browser *browser = joining(SITE_OPEN, "max");
	struct zone *paris = zone_new("Europe/Paris");
	struct arena *arena = arena_new();
	struct timestamp until;
	const char *sentence;

	(void)state;
	assert_non_null(paris);
	assert_int_equal(
		clock_parse(site_text(SITE_OPEN,
				    "SELECT DATE_FORMAT(expires_at, "
				    "'%Y-%m-%dT%TZ') FROM @.link_token JOIN "
				    "@.member ON member.id = member "
				    "WHERE username = 'max'"),
			&until),
		0);
	sentence = arena_printf(arena, "The link works once, until %s. If",
		dates_minute_there(arena, LANGUAGE_ENGLISH, paris, until));
	assert_non_null(strstr(sentence, " (Europe/Paris)"));
	if (strstr(site_mail(SITE_OPEN, "max@mail.example"), sentence) == NULL)
		fail_msg("no \"%s\" in %s", sentence,
			site_mail(SITE_OPEN, "max@mail.example"));
	arena_free(arena);
	zone_free(paris);
	browser_close(browser);
}

static void
a_zone_that_is_gone_is_utc_and_said_to_be(void **state)
{
	struct browser *browser = admin(SITE_SMALL, "lea");

	(void)state;
	log_in_at(browser, SITE_SMALL, "2026-07-01 12:05:00");
	assert_shows(browser, "1 July 2026 at 12:05 UTC</time>");
	if (strstr(site_mail(SITE_SMALL, "lea@mail.example"), " UTC. If") ==
		NULL)
		fail_msg("%s", site_mail(SITE_SMALL, "lea@mail.example"));
	assert_status(browser_get(browser, "/manage/audit"), 200, browser);
	assert_false(browser_shows(browser, "Times are those"));
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_show_the_clocks_of_the_community),
		cmocka_unit_test(last_days_are_the_same_everywhere),
		cmocka_unit_test(mails_name_deadlines_with_the_zone),
		cmocka_unit_test(a_zone_that_is_gone_is_utc_and_said_to_be),
	};

	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

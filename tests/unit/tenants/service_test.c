/* What visitors get when a community or its database is not there for them. */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "../db/server.h"

static int
start(void **state)
{
	(void)state;
	site_start();
	/* Before anybody visits them: snapshots are kept. */
	server_sql("UPDATE missiond_registry.community JOIN "
		   "missiond_registry.domain ON domain.community = "
		   "community.id SET community.state = 'suspended' WHERE "
		   "domain.domain = '" SITE_APPROVAL "';"
		   "UPDATE missiond_registry.community JOIN "
		   "missiond_registry.domain ON domain.community = "
		   "community.id SET community.state = 'archived' WHERE "
		   "domain.domain = '" SITE_INVITED "';"
		   "UPDATE missiond_registry.community JOIN "
		   "missiond_registry.domain ON domain.community = "
		   "community.id SET community.schema_version = 99 WHERE "
		   "domain.domain = '" SITE_SPARE "'");
	return 0;
}

static void
unknown_hosts_reveal_nothing(void **state)
{
	struct browser *browser = browser_open("nobody.example");

	(void)state;
	assert_status(browser_get(browser, "/"), 421, browser);
	assert_false(browser_shows(browser, "Guild"));
	assert_false(browser_shows(browser, "stylesheet"));
	browser_header(browser, "Accept-Language: fr");
	assert_status(browser_get(browser, "/"), 421, browser);
	assert_true(browser_shows(browser, "Rien n’est servi"));
	assert_status(browser_api(browser, "GET", "/api/v1/terms", NULL, NULL),
		421, browser);
	assert_true(browser_shows(browser, "\"status\":421"));
	browser_close(browser);
}

static void
closed_communities_say_so(void **state)
{
	struct browser *suspended = browser_open(SITE_APPROVAL);
	struct browser *archived = browser_open(SITE_INVITED);
	struct browser *migrating = browser_open(SITE_SPARE);

	(void)state;
	assert_status(browser_get(suspended, "/login"), 503, suspended);
	assert_true(browser_shows(suspended, "This community is suspended"));
	assert_status(browser_get(archived, "/"), 410, archived);
	assert_status(browser_get(migrating, "/"), 503, migrating);
	assert_true(browser_shows(migrating, "is not open just now"));
	browser_close(suspended);
	browser_close(archived);
	browser_close(migrating);
}

static void
bad_forms_get_a_page(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	browser_get(browser, "/login");
	assert_status(browser_post(browser, "/login", "login", "\xff",
			      "password", "something", NULL),
		422, browser);
	assert_true(browser_shows(browser, "This is not valid UTF-8 text."));
	assert_status(browser_get(browser, "/login"), 200, browser);
	assert_status(browser_get(browser, "/reset/tooshort"), 410, browser);
	assert_status(browser_get(browser,
			      "/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			      "AAA"),
		410, browser);
	browser_close(browser);
}

static void
a_database_away_costs_503_and_comes_back(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	int status = 0;

	(void)state;
	browser_get(browser, "/login");
	server_kill();
	assert_status(browser_post(browser, "/login", "login", "ada",
			      "password", "correct horse", NULL),
		503, browser);
	assert_true(browser_shows(browser, "This is not possible just now"));
	/* What needs no database goes on. */
	assert_status(browser_get(browser, "/theme.css"), 200, browser);
	server_restart();
	browser_get(browser, "/login");
	for (int i = 0; i < 600 && status != 422; i++) {
		status = browser_post(browser, "/login", "login", "ada",
			"password", "correct horse", NULL);
		usleep(100000);
	}
	assert_status(status, 422, browser);
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_hosts_reveal_nothing),
		cmocka_unit_test(closed_communities_say_so),
		cmocka_unit_test(bad_forms_get_a_page),
		cmocka_unit_test(a_database_away_costs_503_and_comes_back),
	};
	return cmocka_run_group_tests(tests, start, site_tear_down);
}

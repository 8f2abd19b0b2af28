/*
 * Founder and admins at work: settings, and the list of what is to be done.
 */
#include "manage_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "manage_fixture.h"
#include "site_fixture.h"

void
settings_are_seen_at_once(void **state)
{
	struct browser *visitor = browser_open(SITE_OPEN);
	char token[64];

	(void)state;
	assert_status(browser_get(visitor, "/"), 200, visitor);
	browser_get(founder, "/manage/settings");
	assert_shows(founder, "value=\"The Guild\"");
	assert_status(browser_post(founder, "/manage/settings", "name",
			      "The Weavers", "tagline", "We weave",
			      "description", "We **weave** for each other.",
			      "colour", "#884422", NULL),
		303, founder);
	assert_status(browser_get(visitor, "/"), 200, visitor);
	assert_shows(visitor, "The Weavers");
	assert_shows(visitor, "<strong>weave</strong>");
	assert_audited(SITE_OPEN, "fay", "settings.changed", "", "1");
	browser_get(founder, "/manage/settings");
	assert_status(browser_post(founder, "/manage/settings", "name", "",
			      "colour", "red", NULL),
		422, founder);
	assert_status(browser_post(founder, "/manage/settings", "name", "X",
			      "colour", "#112233", "description", "*Look*",
			      "preview", "description", NULL),
		200, founder);
	assert_shows(founder, "<em>Look</em>");

	/* What the API leaves out stays. */
	token_of(token, founder);
	assert_status(browser_api(founder, "PATCH", "/api/v1/community", token,
			      "{\"tagline\": \"\"}"),
		204, founder);
	assert_status(
		browser_api(founder, "PATCH", "/api/v1/community", token, "{}"),
		422, founder);
	assert_status(browser_api(founder, "PATCH", "/api/v1/community", token,
			      "{\"nam\": \"X\"}"),
		422, founder);
	assert_shows(founder, "\"field\":\"nam\"");
	assert_string_equal(site_text(SITE_OPEN,
				    "SELECT CONCAT(name, '|', tagline IS NULL, "
				    "'|', description, '|', colour) FROM "
				    "@.settings"),
		"The Weavers|1|We **weave** for each other.|#884422");
	browser_close(visitor);
}

void
settings_stay_within_the_bounds(void **state)
{
	struct browser *boss;
	char token[64];

	(void)state;
	join_at(SITE_SPARE, "/join", "ben");
	site_sql(SITE_SPARE,
		"UPDATE member SET founder = TRUE WHERE username = 'ben'");
	boss = log_in_at(SITE_SPARE, "ben");
	/* What the community was founded with needs no doing. */
	site_sql(SITE_SPARE, "UPDATE settings SET description = ''");
	assert_status(browser_get(boss, "/manage"), 200, boss);
	assert_false(browser_shows(boss, "<li class=\"done\">"));
	site_sql(SITE_SPARE, "UPDATE settings SET description = 'Brought'");
	assert_status(browser_get(boss, "/manage"), 200, boss);
	assert_shows(boss, "<li class=\"done\">");
	assert_status(browser_get(boss, "/manage/settings"), 200, boss);
	assert_shows(boss, "name=\"description\"");
	assert_false(browser_shows(boss, "name=\"colour\""));
	assert_false(browser_shows(boss, "name=\"name\""));
	assert_status(browser_post(boss, "/manage/settings", "name", "Mine",
			      "tagline", "", "description", "Ours", "colour",
			      "#000000", NULL),
		303, boss);
	token_of(token, boss);
	assert_status(browser_api(boss, "PATCH", "/api/v1/community", token,
			      "{\"name\": \"Mine\"}"),
		422, boss);
	assert_string_equal(
		site_text(SITE_SPARE, "SELECT CONCAT(name, '|', description, "
				      "'|', colour) FROM @.settings"),
		"The Guild|Ours|#2f6f5e");
	browser_close(boss);
}

/* After the tests run before this one everything on the list was done once. */
void
the_checklist_is_ticked_off(void **state)
{
	(void)state;
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT CONCAT_WS(' ', described_at IS NOT NULL, "
			"coloured_at IS NOT NULL, appointed_at IS NOT NULL, "
			"invited_at IS NOT NULL) FROM @.settings"),
		"1 1 1 1");
	assert_string_equal(
		site_text(SITE_SPARE,
			"SELECT CONCAT_WS(' ', described_at IS NOT NULL, "
			"coloured_at IS NOT NULL, appointed_at IS NOT NULL, "
			"invited_at IS NOT NULL) FROM @.settings"),
		"1 0 0 0");
	assert_status(browser_get(founder, "/manage"), 200, founder);
	assert_shows(founder, "Everything on the list is done.");
}

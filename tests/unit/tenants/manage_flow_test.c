/*
 * Founder and admins at work: pages and API over a real worker and a real
 * database. Each test uses members of its own. Here is who may see which page;
 * the other tests stand in manage_*_flow.c by subject, and are one program: it
 * starts the database once.
 */
#include "manage_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "manage_fixture.h"
#include "site_fixture.h"

void
assert_audited(const char *host, const char *actor, const char *action,
	const char *subject, const char *count)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.audit AS a JOIN @.audit_detail AS d ON "
		"d.audit = a.id JOIN @.member AS m ON m.pseudonym = a.actor "
		"LEFT JOIN @.member AS s ON s.pseudonym = a.subject WHERE "
		"m.username = '%s' AND a.action = '%s' AND ('%s' = '' OR "
		"s.username = '%s') AND d.address <> ''",
		actor, action, subject, subject);
	assert_string_equal(site_text(host, sql), count);
}

const char *
scopes_of(const char *username)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT a.scopes FROM @.appointment AS a JOIN @.member AS m "
		"ON m.id = a.member WHERE m.username = '%s'",
		username);
	return site_text(SITE_OPEN, sql);
}

int
press(struct browser *browser, const char *page, const char *path)
{
	browser_get(browser, page);
	return browser_post(browser, path, NULL);
}

static void
pages_open_to_those_with_the_scope(void **state)
{
	static const struct {
		const char *path;
		int member, content, members, settings;
	} pages[] = {
		{"/manage", 403, 200, 200, 200},
		{"/manage/settings", 403, 403, 403, 200},
		{"/manage/members", 403, 403, 200, 403},
		{"/manage/applications", 403, 403, 200, 403},
		{"/manage/invitations", 403, 403, 200, 403},
		{"/manage/administrators", 403, 200, 200, 200},
		{"/manage/audit", 403, 200, 200, 200},
		{"/manage/audit/members", 403, 200, 403, 403},
	};
	struct browser *member = member_with("pat", "");
	struct browser *content = member_with("pia", "content");
	struct browser *members = member_with("pim", "members");
	struct browser *settings = member_with("poe", "settings");

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		const char *path = pages[i].path;

		assert_status(browser_get(founder, path), 200, founder);
		assert_status(
			browser_get(member, path), pages[i].member, member);
		assert_status(
			browser_get(content, path), pages[i].content, content);
		assert_status(
			browser_get(members, path), pages[i].members, members);
		assert_status(browser_get(settings, path), pages[i].settings,
			settings);
	}
	assert_status(
		browser_get(founder, "/manage/audit?before=0"), 404, founder);
	assert_status(
		browser_get(founder, "/manage/audit?before=9x"), 404, founder);
	assert_status(browser_get(founder, "/manage/audit/members?before=9x"),
		404, founder);
	assert_status(
		browser_get(founder, "/manage/members?page=999"), 404, founder);
	assert_status(browser_get(founder, "/manage/members?state=odd"), 404,
		founder);
	assert_status(browser_get(founder, "/manage/members/"
					   "00000000000000000000000000"),
		404, founder);
	browser_close(member);
	browser_close(content);
	browser_close(members);
	browser_close(settings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_open_to_those_with_the_scope),
		cmocka_unit_test(the_founder_appoints_and_withdraws),
		cmocka_unit_test(nobody_gives_or_takes_what_they_do_not_hold),
		cmocka_unit_test(invitations_are_used_up_expire_and_end),
		cmocka_unit_test(invitations_give_what_their_maker_still_holds),
		cmocka_unit_test(suspending_ends_sessions_and_tokens),
		cmocka_unit_test(members_are_found_by_how_they_begin),
		cmocka_unit_test(who_decides_is_told_of_an_application),
		cmocka_unit_test(applications_are_answered),
		cmocka_unit_test(settings_are_seen_at_once),
		cmocka_unit_test(settings_stay_within_the_bounds),
		cmocka_unit_test(the_checklist_is_ticked_off),
		cmocka_unit_test(the_audit_list_speaks_the_readers_language),
		cmocka_unit_test(the_audit_list_only_grows),
		cmocka_unit_test(pseudonyms_are_found_again),
		cmocka_unit_test(who_is_erased_is_nobody_in_the_audit_list),
	};
	return cmocka_run_group_tests(tests, manage_start, manage_stop);
}

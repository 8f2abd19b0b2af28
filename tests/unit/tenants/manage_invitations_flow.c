/*
 * Founder and admins at work: invitations.
 */
#include "manage_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "manage_fixture.h"
#include "site_fixture.h"

/* Makes an invitation on the page; its path in `path`. */
static void
invite(struct browser *browser, char path[96], const char *uses,
	const char *scope)
{
	char link[160];

	browser_get(browser, "/manage/invitations");
	assert_status(browser_post(browser, "/manage/invitations", "note",
			      "Neighbours", "uses", uses, "days", "7",
			      scope == NULL ? "ignored" : "scopes",
			      scope == NULL ? "" : scope, NULL),
		201, browser);
	/* The next one is chosen anew: nobody becomes an administrator because
	 * the last one did. */
	assert_false(browser_shows(browser, " checked"));
	assert_false(browser_shows(browser, "value=\"Neighbours\""));
	cut(browser_body(browser), "<code class=\"copy\">", link, sizeof(link));
	link[strcspn(link, "<")] = '\0';
	snprintf(path, 96, "%s", strstr(link, "/join/"));
}

void
invitations_are_used_up_expire_and_end(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char path[96], id[48], button[96];

	(void)state;
	invite(founder, path, "1", NULL);
	join_at(SITE_OPEN, path, "ina");
	assert_status(browser_get(browser, path), 410, browser);

	invite(founder, path, "2", NULL);
	assert_status(browser_get(browser, path), 200, browser);
	site_sql(SITE_OPEN, "UPDATE invitation SET expires_at = "
			    "UTC_TIMESTAMP(6)");
	assert_status(browser_get(browser, path), 410, browser);

	invite(founder, path, "2", NULL);
	assert_status(browser_get(browser, path), 200, browser);
	browser_get(founder, "/manage/invitations");
	/* Shown once. */
	assert_false(browser_shows(founder, path));
	cut(browser_body(founder), "action=\"/manage/invitations/", id,
		sizeof(id));
	snprintf(button, sizeof(button), "/manage/invitations/%s", id);
	assert_status(browser_post(founder, button, NULL), 303, founder);
	assert_status(browser_get(browser, path), 410, browser);
	assert_status(
		press(founder, "/manage/invitations", button), 404, founder);
	assert_audited(SITE_OPEN, "fay", "invitation.made", "", "3");
	assert_audited(SITE_OPEN, "fay", "invitation.withdrawn", "", "1");
	assert_status(browser_post(founder, "/manage/invitations", "uses",
			      "1001", "days", "0", NULL),
		422, founder);
	browser_close(browser);
}

void
invitations_give_what_their_maker_still_holds(void **state)
{
	struct browser *maker = member_with("max", "members,content");
	char path[96], kept[96], token[64], button[96], id[48];

	(void)state;
	token_of(token, maker);
	assert_status(browser_api(maker, "POST", "/api/v1/invitations", token,
			      "{\"uses\": 1, \"days\": 1, \"scopes\": "
			      "[\"legal\"]}"),
		422, maker);
	/* Nor does one end an invitation that gives more than one holds. */
	invite(founder, path, "1", "legal");
	browser_get(founder, "/manage/invitations");
	cut(browser_body(founder), "action=\"/manage/invitations/", id,
		sizeof(id));
	snprintf(button, sizeof(button), "/manage/invitations/%s", id);
	assert_status(press(maker, "/manage/invitations", button), 403, maker);

	invite(maker, path, "1", "content");
	invite(maker, kept, "1", "content");
	join_at(SITE_OPEN, kept, "kit");
	assert_string_equal(scopes_of("kit"), "content");
	path_of(button, "/manage/members", "max", "/suspend");
	assert_status(browser_post(founder, button, "reason", "Enough", NULL),
		303, founder);
	/* Nor do they come back through a link that they kept. */
	maker = (browser_close(maker), browser_open(SITE_OPEN));
	assert_status(browser_get(maker, path), 410, maker);
	path_of(button, "/manage/members", "max", "/readmit");
	assert_status(browser_post(founder, button, NULL), 303, founder);
	path_of(button, "/manage/administrators", "max", "/withdraw");
	assert_status(browser_post(founder, button, NULL), 303, founder);
	join_at(SITE_OPEN, path, "kai");
	assert_string_equal(scopes_of("kai"), "");
	browser_close(maker);
}

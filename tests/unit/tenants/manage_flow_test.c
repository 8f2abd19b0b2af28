/*
 * Founder and admins at work: pages and API over a real worker and a real
 * database. Each test uses members of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manage_fixture.h"
#include "site_fixture.h"

/* How many rows of the audit list say this, by this actor. */
static void
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

static const char *
scopes_of(const char *username)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT a.scopes FROM @.appointment AS a JOIN @.member AS m "
		"ON m.id = a.member WHERE m.username = '%s'",
		username);
	return site_text(SITE_OPEN, sql);
}

/* Sends the form of a page's button. */
static int
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

static void
the_founder_appoints_and_withdraws(void **state)
{
	struct browser *browser = member_with("amy", "");
	char path[96];

	(void)state;
	browser_get(founder, "/manage/administrators");
	assert_status(
		browser_post(founder, "/manage/administrators", "username",
			"amy", "scopes", "members", "scopes", "settings", NULL),
		303, founder);
	assert_string_equal(scopes_of("amy"), "members,settings");
	assert_status(
		browser_get(founder, "/manage/administrators"), 200, founder);
	assert_shows(founder, "@amy");
	assert_status(browser_get(browser, "/manage/settings"), 200, browser);
	assert_status(browser_post(founder, "/manage/administrators",
			      "username", "amy", NULL),
		422, founder);
	assert_status(browser_post(founder, "/manage/administrators",
			      "username", "nobody", "scopes", "legal", NULL),
		422, founder);
	assert_shows(founder, "There is no active member of that user name.");
	assert_status(browser_post(founder, "/manage/administrators",
			      "username", "fay", "scopes", "legal", NULL),
		422, founder);
	assert_shows(founder, "The founder holds every scope already.");

	path_of(path, "/manage/administrators", "amy", "/withdraw");
	assert_status(
		press(founder, "/manage/administrators", path), 303, founder);
	assert_string_equal(scopes_of("amy"), "");
	assert_status(browser_get(browser, "/manage"), 403, browser);
	assert_status(
		press(founder, "/manage/administrators", path), 409, founder);
	assert_audited(SITE_OPEN, "fay", "appointment.granted", "amy", "1");
	assert_audited(SITE_OPEN, "fay", "appointment.withdrawn", "amy", "1");
	browser_close(browser);
}

static void
nobody_gives_or_takes_what_they_do_not_hold(void **state)
{
	struct browser *weak = member_with("wes", "members");
	struct browser *strong = member_with("sid", "content");
	struct browser *member = member_with("moe", "");
	char token[64], path[96];

	(void)state;
	token_of(token, weak);
	assert_status(browser_api(weak, "POST", "/api/v1/administrators", token,
			      "{\"username\": \"moe\", \"scopes\": "
			      "[\"members\", \"legal\"]}"),
		422, weak);
	assert_shows(weak, "\"field\":\"scopes\"");
	assert_string_equal(scopes_of("moe"), "");
	/* Nor are the scopes of a stronger admin replaced. */
	assert_status(browser_api(weak, "POST", "/api/v1/administrators", token,
			      "{\"username\": \"sid\", \"scopes\": "
			      "[\"members\"]}"),
		409, weak);
	assert_shows(weak, "You can pass on only the scopes that you hold.");
	assert_shows(weak, "\"status\":409");
	path_of(path, "/api/v1/administrators", "sid", "");
	assert_status(
		browser_api(weak, "DELETE", path, token, NULL), 409, weak);
	assert_shows(weak, "\"title\":\"The appointment stands\"");
	assert_string_equal(scopes_of("sid"), "content");
	path_of(path, "/api/v1/administrators", "fay", "");
	assert_status(
		browser_api(weak, "DELETE", path, token, NULL), 409, weak);
	assert_shows(weak, "The founder’s role cannot be taken away.");
	path_of(path, "/api/v1/members", "sid", "/suspend");
	assert_status(browser_api(weak, "POST", path, token,
			      "{\"reason\": \"I am stronger\"}"),
		409, weak);
	path_of(path, "/api/v1/members", "fay", "/suspend");
	assert_status(browser_api(weak, "POST", path, token,
			      "{\"reason\": \"I am stronger\"}"),
		409, weak);
	path_of(path, "/api/v1/members", "wes", "/suspend");
	assert_status(browser_api(weak, "POST", path, token,
			      "{\"reason\": \"I am tired\"}"),
		409, weak);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.member WHERE "
				     "state = 'suspended'"),
		"0");
	assert_audited(SITE_OPEN, "wes", "appointment.granted", "", "0");
	/* What one holds can be passed on, and one's own given back. */
	assert_status(browser_api(weak, "POST", "/api/v1/administrators", token,
			      "{\"username\": \"moe\", \"scopes\": "
			      "[\"members\"]}"),
		204, weak);
	assert_status(browser_get(member, "/manage/members"), 200, member);
	path_of(path, "/manage/administrators", "sid", "/withdraw");
	assert_status(
		press(strong, "/manage/administrators", path), 303, strong);
	assert_string_equal(scopes_of("sid"), "");
	browser_close(weak);
	browser_close(strong);
	browser_close(member);
}

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

static void
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

static void
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

/* A suspended member can log in, reads what it means, and finds no button that
 * would be refused; programs are told as well. */
static void
who_is_suspended_is_told(const char *username)
{
	struct browser *member = log_in_at(SITE_OPEN, username);
	char json[160], path[64];

	assert_status(browser_get(member, "/"), 200, member);
	assert_shows(member, "Your membership is suspended: you cannot post");
	assert_shows(member, "ask the administrators: fay@client.example");
	assert_false(browser_shows(member, "/listings/new"));
	assert_false(browser_shows(member, "href=\"/account\""));
	assert_status(browser_get(member, "/listings?kind=offer"), 200, member);
	assert_shows(member, "Your membership is suspended: you cannot post");
	assert_false(browser_shows(member, "/listings/new"));
	snprintf(path, sizeof(path), "/members/%s", username);
	assert_status(browser_get(member, path), 200, member);
	assert_shows(member, "You have not said anything about you yet.");
	assert_false(browser_shows(member, "/listings/new"));
	assert_false(browser_shows(member, "href=\"/account\""));
	assert_status(browser_get(member, "/account/sessions"), 200, member);
	assert_shows(member, "Your membership is suspended: you cannot post");
	assert_false(browser_shows(member, "href=\"/account/tokens\""));
	assert_status(browser_get(member, "/listings/new"), 403, member);
	snprintf(json, sizeof(json),
		"{\"login\": \"%s\", \"password\": \"" PASSWORD
		"\", \"name\": \"x\", \"days\": 1}",
		username);
	assert_status(browser_api(member, "POST", "/api/v1/tokens", NULL, json),
		403, member);
	assert_shows(member, "urn:missiond:problem:membership-suspended");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.api_token JOIN "
				     "@.member ON member.id = api_token.member "
				     "WHERE state = 'suspended'"),
		"0");
	assert_status(browser_get(founder, "/"), 200, founder);
	assert_false(browser_shows(founder, "Your membership is suspended"));
	assert_shows(founder, "/listings/new");
	assert_status(browser_get(founder, "/members/fay"), 200, founder);
	assert_shows(founder, "Edit your profile");
	assert_shows(founder, "<a href=\"/listings/new\">Post</a>");
	browser_close(member);
}

static void
suspending_ends_sessions_and_tokens(void **state)
{
	struct browser *member = member_with("sue", "");
	struct browser *again = browser_open(SITE_OPEN);
	char token[64], page[96], path[96];

	(void)state;
	token_of(token, member);
	assert_status(browser_api(again, "GET", "/api/v1/account", token, NULL),
		200, again);
	path_of(page, "/manage/members", "sue", "");
	path_of(path, "/manage/members", "sue", "/suspend");
	browser_get(founder, page);
	assert_status(
		browser_post(founder, path, "reason", "", NULL), 422, founder);
	assert_status(browser_post(founder, path, "reason",
			      "Sold what was not hers", NULL),
		303, founder);
	assert_status(browser_get(founder, page), 200, founder);
	assert_shows(founder, "The member is suspended and told by mail.");
	assert_shows(founder, "Readmit this member");
	assert_non_null(strstr(site_mail(SITE_OPEN, "sue@mail.example"),
		"Sold what was not hers"));
	assert_non_null(strstr(site_mail(SITE_OPEN, "sue@mail.example"),
		"write to the administrators: fay@client.example."));
	assert_status(browser_get(member, "/account"), 303, member);
	assert_status(browser_api(again, "GET", "/api/v1/account", token, NULL),
		401, again);
	assert_status(press(founder, page, path), 422, founder);
	who_is_suspended_is_told("sue");

	path_of(path, "/manage/members", "sue", "/readmit");
	assert_status(press(founder, page, path), 303, founder);
	assert_status(press(founder, page, path), 409, founder);
	assert_non_null(strstr(
		site_mail(SITE_OPEN, "sue@mail.example"), "is active again"));
	browser_close(member);
	member = log_in_at(SITE_OPEN, "sue");
	assert_status(browser_get(member, "/account"), 200, member);
	assert_audited(SITE_OPEN, "fay", "member.suspended", "sue", "1");
	assert_audited(SITE_OPEN, "fay", "member.readmitted", "sue", "1");
	browser_close(member);
	browser_close(again);
}

static void
members_are_found_by_how_they_begin(void **state)
{
	struct browser *member = member_with("zoe", "");
	char token[64];

	(void)state;
	token_of(token, founder);
	assert_status(
		browser_api(founder, "GET",
			"/api/v1/members?search=zo&state=active", token, NULL),
		200, founder);
	assert_shows(founder, "\"username\":\"zoe\"");
	assert_false(browser_shows(founder, "\"username\":\"fay\""));
	site_sql(SITE_OPEN, "UPDATE member SET name = 'Amina Ben-Haddad' "
			    "WHERE username = 'zoe'");
	browser_api(founder, "GET", "/api/v1/members?search=ben", token, NULL);
	assert_shows(founder, "\"username\":\"zoe\"");
	browser_api(founder, "GET", "/api/v1/members?search=hadd", token, NULL);
	assert_shows(founder, "\"username\":\"zoe\"");
	browser_api(
		founder, "GET", "/api/v1/members?search=addad", token, NULL);
	assert_shows(founder, "\"members\":[]");
	browser_api(founder, "GET", "/api/v1/members?search=oe", token, NULL);
	assert_shows(founder, "\"members\":[]");
	browser_api(founder, "GET", "/api/v1/members?search=%25", token, NULL);
	assert_shows(founder, "\"members\":[]");
	browser_api(founder, "GET", "/api/v1/members?search=zo&state=suspended",
		token, NULL);
	assert_shows(founder, "\"members\":[]");
	browser_api(
		founder, "GET", "/api/v1/members?search=ZOE@mail", token, NULL);
	assert_shows(founder, "\"username\":\"zoe\"");
	browser_close(member);
}

/* How many mails told the member that somebody applies. */
static void
assert_told(const char *username, const char *count)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.outbox WHERE recipient = "
		"'%s@mail.example' AND subject LIKE 'Somebody applies%%'",
		username);
	assert_string_equal(site_text(SITE_APPROVAL, sql), count);
}

/* Those who decide get a mail for the first one that waits, and no second
 * within the hour. */
static void
who_decides_is_told_of_an_application(void **state)
{
	struct browser *browser;
	const char *link;

	(void)state;
	join_at(SITE_APPROVAL, "/join", "adam");
	join_at(SITE_APPROVAL, "/join", "cora");
	join_at(SITE_APPROVAL, "/join", "mona");
	join_at(SITE_APPROVAL, "/join", "otto");
	site_sql(SITE_APPROVAL,
		"UPDATE member SET state = 'active', founder = username = "
		"'otto' WHERE username IN ('adam', 'cora', 'mona', 'otto'); "
		"INSERT INTO appointment (member, scopes, appointed_at) SELECT "
		"id, IF(username = 'adam', 'members', 'content'), "
		"UTC_TIMESTAMP(6) FROM member WHERE username IN ('adam', "
		"'cora')");
	assert_told("otto", "0");
	join_at(SITE_APPROVAL, "/join", "una");
	assert_told("otto", "1");
	assert_told("adam", "1");
	assert_told("cora", "0");
	assert_told("mona", "0");
	assert_told("una", "0");
	join_at(SITE_APPROVAL, "/join", "udo");
	assert_told("otto", "1");
	assert_told("adam", "1");

	/* An hour later, by the link for a forgotten password. */
	site_sql(SITE_APPROVAL,
		"UPDATE member SET confirmed_at = confirmed_at - INTERVAL 61 "
		"MINUTE WHERE state = 'pending'");
	browser = browser_open(SITE_APPROVAL);
	assert_status(send_join(browser, "/join", "ulf"), 303, browser);
	browser_get(browser, "/forgot");
	browser_post(browser, "/forgot", "login", "ulf", NULL);
	link = site_link(SITE_APPROVAL, "ulf@mail.example");
	assert_non_null(strstr(link, "/reset/"));
	browser_get(browser, link);
	assert_status(browser_post(browser, link, "password",
			      "another good phrase", NULL),
		303, browser);
	assert_told("otto", "2");
	assert_told("adam", "2");
	assert_told("mona", "0");
	site_sql(SITE_APPROVAL,
		"UPDATE member SET founder = FALSE WHERE founder; DELETE FROM "
		"appointment; UPDATE member SET state = 'active' WHERE state = "
		"'pending'");
	browser_close(browser);
}

/* Declined as "nat": the same address, another user name. */
static void
who_was_declined_applies_again(struct browser *boss)
{
	struct browser *browser = browser_open(SITE_APPROVAL);
	char link[128], path[96], token[64];

	browser_get(browser, "/join");
	assert_status(
		browser_post(browser, "/join", "name", "Nat", "email",
			"nat@mail.example", "username", "nathan", "password",
			PASSWORD, "message", "Once more", "accept", "1", NULL),
		303, browser);
	assert_null(strstr(
		site_mail(SITE_APPROVAL, "nat@mail.example"), "/forgot"));
	snprintf(link, sizeof(link), "%s",
		site_link(SITE_APPROVAL, "nat@mail.example"));
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);

	browser_get(boss, "/manage/applications");
	assert_shows(boss, "Once more");
	assert_shows(boss, "An earlier application with this address was "
			   "declined on ");
	assert_shows(boss, " by bob.");
	cut(browser_body(boss), "action=\"/manage/applications", path + 20,
		sizeof(path) - 20);
	memcpy(path, "/manage/applications", 20);
	token_of(token, boss);
	assert_status(
		browser_api(boss, "GET", "/api/v1/applications", token, NULL),
		200, boss);
	assert_shows(boss, "\"declined_by\":\"bob\"");
	assert_status(press(boss, "/manage/applications", path), 303, boss);
	assert_string_equal(
		site_text(SITE_APPROVAL,
			"SELECT GROUP_CONCAT(CONCAT(username, ' ', state, ' ', "
			"email IS NULL) ORDER BY username) FROM @.member WHERE "
			"'nat@mail.example' IN (email, email_unconfirmed)"),
		"nat declined 1,nathan active 0");
	/* The address is a member's again: whoever types it gets no link. */
	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Nat", "email",
			      "nat@mail.example", "username", "nathalie",
			      "password", PASSWORD, "accept", "1", NULL),
		303, browser);
	assert_non_null(strstr(
		site_mail(SITE_APPROVAL, "nat@mail.example"), "/forgot"));
	browser_close(browser);
}

static void
applications_are_answered(void **state)
{
	struct browser *boss, *member;
	char path[96];

	(void)state;
	join_at(SITE_APPROVAL, "/join", "bob");
	site_sql(SITE_APPROVAL, "UPDATE member SET founder = TRUE, state = "
				"'active' WHERE username = 'bob'");
	join_at(SITE_APPROVAL, "/join", "ann");
	member = log_in_at(SITE_APPROVAL, "ann");
	assert_status(browser_get(member, "/listings/new"), 403, member);
	boss = log_in_at(SITE_APPROVAL, "bob");
	assert_status(browser_get(boss, "/manage"), 200, boss);
	assert_shows(boss, "1 person waits to be let in");
	browser_get(boss, "/manage/applications");
	cut(browser_body(boss), "action=\"/manage/applications", path + 20,
		sizeof(path) - 20);
	memcpy(path, "/manage/applications", 20);
	assert_status(browser_post(boss, path, NULL), 303, boss);
	assert_status(browser_get(member, "/listings/new"), 200, member);
	assert_non_null(strstr(site_mail(SITE_APPROVAL, "ann@mail.example"),
		"You are now a member of The Guild"));
	assert_status(press(boss, "/manage/applications", path), 409, boss);

	join_at(SITE_APPROVAL, "/join", "nat");
	browser_get(boss, "/manage/applications");
	cut(browser_body(boss), "action=\"/manage/applications", path + 20,
		sizeof(path) - 20);
	strcpy(strrchr(path, '/'), "/decline");
	assert_status(browser_post(boss, path, NULL), 303, boss);
	assert_string_equal(
		site_text(SITE_APPROVAL, "SELECT state FROM @.member WHERE "
					 "username = 'nat'"),
		"declined");
	assert_audited(
		SITE_APPROVAL, "bob", "application.approved", "ann", "1");
	assert_audited(
		SITE_APPROVAL, "bob", "application.declined", "nat", "1");
	who_was_declined_applies_again(boss);
	browser_close(boss);
	browser_close(member);
}

static void
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

static void
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

/* After the tests above everything on the list was done once. */
static void
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

static void
the_audit_list_speaks_the_readers_language(void **state)
{
	struct browser *boss = log_in_at(SITE_SPARE, "ben");

	(void)state;
	assert_status(browser_get(boss, "/manage/invitations"), 200, boss);
	assert_status(browser_post(boss, "/manage/invitations", "note", "x",
			      "uses", "3", "days", "7", "scopes", "members",
			      "scopes", "settings", NULL),
		201, boss);
	assert_status(browser_get(boss, "/manage/audit"), 200, boss);
	assert_shows(boss, "changed the settings");
	assert_shows(boss, "people: 3, days: 7 – members, settings");
	assert_status(
		browser_post(boss, "/language/fr", "to", "/manage/audit", NULL),
		303, boss);
	assert_status(browser_get(boss, "/manage/audit"), 200, boss);
	assert_shows(boss, "a changé les réglages");
	assert_shows(boss, "personnes : 3, jours : 7 – membres, réglages");
	browser_close(boss);
}

static void
the_audit_list_only_grows(void **state)
{
	char token[64], rows[64];

	(void)state;
	browser_get(founder, "/manage/audit");
	assert_shows(founder, "suspended a member");
	assert_shows(founder, "Sold what was not hers");
	token_of(token, founder);
	assert_status(browser_api(founder, "GET", "/api/v1/audit", token, NULL),
		200, founder);
	assert_shows(founder, "\"action\":\"settings.changed\"");
	assert_status(browser_api(founder, "GET", "/api/v1/audit?before=2",
			      token, NULL),
		200, founder);
	assert_shows(founder, "\"sequence\":1,");
	assert_shows(founder, "\"before\":null");

	snprintf(rows, sizeof(rows), "%s",
		site_text(SITE_OPEN, "SELECT CONCAT(COUNT(*), MAX(action)) "
				     "FROM @.audit"));
	/* Root itself is refused: by the table, not by a missing right. */
	site_sql(SITE_OPEN,
		"CREATE TABLE refused (what VARCHAR(10));"
		"BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLSTATE '45000' "
		"INSERT INTO refused VALUES ('update'); "
		"UPDATE audit SET action = 'zzz'; END;"
		"BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR SQLSTATE '45000' "
		"INSERT INTO refused VALUES ('delete'); "
		"DELETE FROM audit; END");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT GROUP_CONCAT(what ORDER BY what) "
				     "FROM @.refused"),
		"delete,update");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT CONCAT(COUNT(*), MAX(action)) "
				     "FROM @.audit"),
		rows);
}

/* Rows whose hash is not that of their details; those whose words JSON would
 * write otherwise are left out. */
static const char wrong_hashes[] =
	"SELECT COUNT(*) FROM @.audit AS a JOIN @.audit_detail AS d ON d.audit "
	"= a.id WHERE COALESCE(d.details, '') NOT REGEXP '[\"\\n\\\\\\\\]' AND "
	"a.details_sha256 <> UNHEX(SHA2(CONCAT(d.salt, BINARY CONCAT("
	"'{\"address\":\"', d.address, '\",\"details\":', "
	"COALESCE(CONCAT('\"', d.details, '\"'), 'null'), '}')), 256))";

/* What is written in an audit row is found again by the member's key: a UUID of
 * MariaDB's that is none of RFC 9562 is not, one time in fifteen. */
static void
pseudonyms_are_found_again(void **state)
{
	(void)state;
	site_sql(SITE_OPEN,
		"CREATE TABLE many LIKE member; "
		"INSERT INTO many (id, username, email, name, state, joined_at,"
		" given_at) SELECT UUID(), seq, seq, seq, 'active', NOW(), "
		"NOW() FROM seq_1_to_500; "
		"CREATE TABLE written (actor UUID); "
		"INSERT INTO written SELECT CAST(pseudonym AS CHAR) FROM many");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.written STRAIGHT_JOIN @.many "
			"FORCE INDEX (member_pseudonym) ON pseudonym = actor"),
		"500");
	site_sql(SITE_OPEN, "DROP TABLE many, written");
}

static void
who_is_erased_is_nobody_in_the_audit_list(void **state)
{
	char path[96], id[64], sql[512], rows[32];

	(void)state;
	path_of(path, "/manage/members", "sue", "");
	snprintf(id, sizeof(id), "%s", strrchr(path, '/') + 1);
	assert_audited(SITE_OPEN, "fay", "member.suspended", "sue", "1");
	assert_string_equal(site_text(SITE_OPEN, wrong_hashes), "0");
	/* Equal details have hashes of their own. */
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) - COUNT(DISTINCT salt) "
				     "FROM @.audit_detail"),
		"0");
	site_sql(SITE_OPEN,
		"UPDATE audit_detail SET address = '::1' WHERE address <> ''");
	assert_string_not_equal(site_text(SITE_OPEN, wrong_hashes), "0");
	/* Neither as a column nor in the canonical bytes. */
	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.audit AS a JOIN @.member AS m ON m.id "
		"IN (a.actor, a.subject) OR INSTR(a.canonical, '%s') > 0 OR "
		"INSTR(a.canonical, '127.0.0.1') > 0",
		id);
	assert_string_equal(site_text(SITE_OPEN, sql), "0");

	snprintf(rows, sizeof(rows), "%s",
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.audit"));
	site_sql(SITE_OPEN,
		"DELETE audit_detail FROM audit_detail JOIN audit ON audit.id "
		"= audit JOIN member ON pseudonym = subject WHERE username = "
		"'sue'; DELETE member_root FROM member JOIN member_root "
		"USING (id) WHERE username = 'sue'");
	assert_status(browser_get(founder, "/manage/audit"), 200, founder);
	assert_null(strstr(browser_body(founder), "@sue"));
	assert_null(strstr(browser_body(founder), "Sold what was not hers"));
	assert_shows(founder, "suspended a member");
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.audit"), rows);
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

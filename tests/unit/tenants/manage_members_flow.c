/*
 * Founder and admins at work: who is appointed, suspended and found.
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

void
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

void
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

void
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

void
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

/*
 * Founder and admins at work: applications, where members are approved.
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
void
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

void
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

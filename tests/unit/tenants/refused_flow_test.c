/*
 * Whom an admin refused comes in by no other door: not by a link that was
 * mailed before, nor by another account that was made with the same address.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define PASSWORD "correct horse battery"

/* An account of this address, which is not confirmed yet; the link that was
 * mailed for that. */
static void
join_with(const char *host, const char *path, const char *username,
	const char *email, char link[128])
{
	struct browser *browser = browser_open(host);

	browser_get(browser, path);
	assert_status(browser_post(browser, path, "name", "Twin", "email",
			      email, "username", username, "password", PASSWORD,
			      "accept", "1", NULL),
		303, browser);
	snprintf(link, 128, "%s", site_link(host, email));
	assert_non_null(strstr(link, "/confirm/"));
	browser_close(browser);
}

static void
follow(const char *host, const char *link)
{
	struct browser *browser = browser_open(host);

	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	browser_close(browser);
}

static void
forget_password(const char *host, const char *username, const char *email,
	char link[128])
{
	struct browser *browser = browser_open(host);

	browser_get(browser, "/forgot");
	browser_post(browser, "/forgot", "login", username, NULL);
	snprintf(link, 128, "%s", site_link(host, email));
	assert_non_null(strstr(link, "/reset/"));
	browser_close(browser);
}

/* What was mailed before an admin said no. */
static void
assert_dead(const char *host, const char *link)
{
	struct browser *browser = browser_open(host);

	assert_status(browser_get(browser, link), 410, browser);
	browser_close(browser);
}

static void
assert_state(const char *host, const char *username, const char *expected)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		"SELECT state FROM @.member WHERE username = '%s'", username);
	assert_string_equal(site_text(host, sql), expected);
}

static struct browser *
log_in(const char *host, const char *username)
{
	struct browser *browser = browser_open(host);

	assert_status(
		browser_log_in(browser, username, PASSWORD), 303, browser);
	return browser;
}

/* An admin who answers applications and suspends; once for each host. */
static struct browser *
admin_of(const char *host)
{
	char link[128];

	join_with(host, "/join", "petra", "petra@mail.example", link);
	follow(host, link);
	site_sql(host, "UPDATE member SET state = 'active' WHERE username = "
		       "'petra'; INSERT INTO appointment (member, scopes, "
		       "appointed_at) SELECT id, 'members', UTC_TIMESTAMP(6) "
		       "FROM member WHERE username = 'petra'");
	return log_in(host, "petra");
}

/* The text of the admin's page between `before` and one of `ends`. */
static void
cut(const struct browser *admin, const char *before, const char *ends,
	char *value, size_t size)
{
	const char *found = strstr(browser_body(admin), before);

	if (found == NULL)
		fail_msg("no %s in %s", before, browser_body(admin));
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, ends), found);
}

/* The only one that waits. */
static void
decline(struct browser *admin)
{
	char id[32], path[96];

	browser_get(admin, "/manage/applications");
	cut(admin, "action=\"/manage/applications/", "/", id, sizeof(id));
	snprintf(path, sizeof(path), "/manage/applications/%s/decline", id);
	assert_status(browser_post(admin, path, NULL), 303, admin);
}

static void
suspend(struct browser *admin, const char *username)
{
	char id[32], path[96];

	snprintf(path, sizeof(path), "/manage/members?search=%s", username);
	browser_get(admin, path);
	cut(admin, "<a href=\"/manage/members/", "\"", id, sizeof(id));
	snprintf(path, sizeof(path), "/manage/members/%s", id);
	browser_get(admin, path);
	snprintf(path, sizeof(path), "/manage/members/%s/suspend", id);
	assert_status(browser_post(admin, path, "reason", "Enough", NULL), 303,
		admin);
}

static void
invite(struct browser *admin, char path[96])
{
	char link[160];

	browser_get(admin, "/manage/invitations");
	assert_status(browser_post(admin, "/manage/invitations", "note",
			      "Neighbours", "uses", "1", "days", "7", NULL),
		201, admin);
	cut(admin, "<code class=\"copy\">", "<", link, sizeof(link));
	snprintf(path, 96, "%s", strstr(link, "/join/"));
}

static struct browser *admin;

static void
declining_ends_the_links_of_the_address(void **state)
{
	char confirm[128], own[128], reset[128];

	(void)state;
	admin = admin_of(SITE_APPROVAL);
	join_with(SITE_APPROVAL, "/join", "nate", "nat@mail.example", confirm);
	join_with(SITE_APPROVAL, "/join", "nat", "nat@mail.example", own);
	follow(SITE_APPROVAL, own);
	forget_password(SITE_APPROVAL, "nat", "nat@mail.example", reset);
	decline(admin);
	assert_state(SITE_APPROVAL, "nat", "declined");
	assert_dead(SITE_APPROVAL, confirm);
	assert_dead(SITE_APPROVAL, reset);
}

/* Neither account applied for anything: nobody was asked about them. */
static void
make_twins(void)
{
	char path[96], link[128];

	invite(admin, path);
	join_with(SITE_APPROVAL, path, "pate", "pat@mail.example", link);
	join_with(SITE_APPROVAL, "/join", "pats", "pat@mail.example", link);
	/* As when anyone could join. */
	site_sql(SITE_APPROVAL, "UPDATE member SET application = NULL WHERE "
				"username = 'pats'");
}

/* By a new link, which whoever is logged in can have. */
static void
confirm_again(const char *username, const char *email)
{
	struct browser *member = log_in(SITE_APPROVAL, username);
	char link[128];

	browser_get(member, "/confirm");
	assert_status(browser_post(member, "/confirm", NULL), 303, member);
	snprintf(link, sizeof(link), "%s", site_link(SITE_APPROVAL, email));
	assert_status(browser_get(member, link), 200, member);
	assert_status(browser_post(member, link, NULL), 303, member);
	browser_get(member, "/");
	assert_shows(member, "The administrators will now decide");
	assert_status(browser_get(member, "/listings/new"), 403, member);
	browser_close(member);
}

/* Their own address, but an admin has said no to it. */
static void
another_account_of_who_was_declined_waits(void **state)
{
	struct browser *browser = browser_open(SITE_APPROVAL);
	char link[128];

	(void)state;
	make_twins();
	join_with(SITE_APPROVAL, "/join", "pat", "pat@mail.example", link);
	follow(SITE_APPROVAL, link);
	decline(admin);
	assert_state(SITE_APPROVAL, "pat", "declined");

	confirm_again("pate", "pat@mail.example");
	assert_state(SITE_APPROVAL, "pate", "pending");
	browser_get(admin, "/manage/applications");
	assert_shows(admin, "pate");
	assert_shows(admin, "An earlier application with this address was "
			    "declined on ");
	decline(admin);
	assert_state(SITE_APPROVAL, "pate", "declined");

	/* The link for a forgotten password confirms, too. */
	forget_password(SITE_APPROVAL, "pats", "pat@mail.example", link);
	browser_get(browser, link);
	assert_status(browser_post(browser, link, "password",
			      "another good phrase", NULL),
		303, browser);
	assert_state(SITE_APPROVAL, "pats", "pending");
	decline(admin);
	browser_close(browser);
}

/* The state of somebody who joins by an invitation and confirms the address. */
static void
assert_invited_is(const char *username, const char *email, const char *expected)
{
	char path[96], link[128];

	invite(admin, path);
	join_with(SITE_APPROVAL, path, username, email, link);
	follow(SITE_APPROVAL, link);
	assert_state(SITE_APPROVAL, username, expected);
}

/* However old it is, by the address however it is written; not by another one,
 * and not when it was erased. */
static void
who_was_declined_is_recognised_while_the_application_is_there(void **state)
{
	char link[128];

	(void)state;
	join_with(SITE_APPROVAL, "/join", "uma", "uma@mail.example", link);
	follow(SITE_APPROVAL, link);
	decline(admin);
	site_sql(SITE_APPROVAL,
		"UPDATE member SET joined_at = joined_at - INTERVAL 9 YEAR, "
		"confirmed_at = confirmed_at - INTERVAL 9 YEAR "
		"WHERE username = 'uma'");
	assert_invited_is("umat", "uma+2@mail.example", "active");
	assert_invited_is("uman", "Uma@Mail.example", "pending");
	decline(admin);
	site_sql(SITE_APPROVAL,
		"DELETE member_root FROM member JOIN member_root "
		"USING (id) WHERE username IN ('uma', 'uman')");
	assert_invited_is("umas", "uma@mail.example", "active");
}

/* Of an address that nobody was refused with, it is in by its invitation. */
static void
who_was_invited_does_not_wait(void **state)
{
	char path[96], link[128];

	(void)state;
	invite(admin, path);
	join_with(SITE_APPROVAL, path, "ina", "ina@mail.example", link);
	follow(SITE_APPROVAL, link);
	assert_state(SITE_APPROVAL, "ina", "active");
	browser_close(admin);
}

static void
suspending_ends_the_links_of_the_address(void **state)
{
	struct browser *twin;
	char confirm[128], own[128], reset[128];

	(void)state;
	admin = admin_of(SITE_OPEN);
	join_with(SITE_OPEN, "/join", "sally", "sal@mail.example", confirm);
	join_with(SITE_OPEN, "/join", "sal", "sal@mail.example", own);
	follow(SITE_OPEN, own);
	forget_password(SITE_OPEN, "sal", "sal@mail.example", reset);
	suspend(admin, "sal");
	assert_state(SITE_OPEN, "sal", "suspended");
	assert_dead(SITE_OPEN, confirm);
	assert_dead(SITE_OPEN, reset);
	/* Nor does a new one come: the address is the suspended member's. */
	twin = log_in(SITE_OPEN, "sally");
	browser_get(twin, "/confirm");
	assert_status(browser_post(twin, "/confirm", NULL), 303, twin);
	assert_string_equal(
		site_link(SITE_OPEN, "sal@mail.example"), "/forgot");
	assert_state(SITE_OPEN, "sally", "unconfirmed");
	browser_close(twin);
	browser_close(admin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(declining_ends_the_links_of_the_address),
		cmocka_unit_test(another_account_of_who_was_declined_waits),
		cmocka_unit_test(
			who_was_declined_is_recognised_while_the_application_is_there),
		cmocka_unit_test(who_was_invited_does_not_wait),
		cmocka_unit_test(suspending_ends_the_links_of_the_address),
	};

	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

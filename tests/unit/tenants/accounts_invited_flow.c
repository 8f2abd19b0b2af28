/*
 * Accounts: invitations, and the founder's claim.
 */
#include "accounts_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "site_fixture.h"

/* SHA-256 of the token that is 43 times 'A': 32 zero bytes in base64url are
 * not what is hashed; the text is. */
static void
add_token(const char *host, const char *table, const char *columns,
	const char *values, char letter)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		"INSERT INTO %s (id, digest, %s) VALUES (UUID(), "
		"UNHEX(SHA2(REPEAT('%c', 43), 256)), %s)",
		table, columns, letter, values);
	site_sql(host, sql);
}

static void
path_with_token(char *path, size_t size, const char *prefix, char letter)
{
	char token[44];

	memset(token, letter, 43);
	token[43] = '\0';
	snprintf(path, size, "%s%s", prefix, token);
}

void
others_are_joined_by_invitation(void **state)
{
	struct browser *browser = browser_open(SITE_INVITED);
	struct browser *second = browser_open(SITE_INVITED);
	char path[96];
	const char *link;

	(void)state;
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "With a link from those who run the community.");
	assert_false(browser_shows(browser, "href=\"/join\""));
	assert_false(browser_shows(browser, "href=\"/listings/new"));
	assert_status(browser_get(browser, "/join"), 403, browser);
	assert_shows(browser, "This community is joined by invitation");
	path_with_token(path, sizeof(path), "/join/", 'I');
	assert_status(browser_get(browser, path), 410, browser);
	add_token(SITE_INVITED, "invitation", "uses, created_at, expires_at",
		"1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY", 'I');
	assert_status(browser_get(browser, path), 200, browser);
	assert_status(browser_get(second, path), 200, second);
	assert_status(send_join(browser, path, "sal", "sal@mail.example"), 303,
		browser);
	assert_status(browser_post(second, path, "name", "Tom", "email",
			      "tom@mail.example", "username", "tom", "password",
			      PASSWORD, "accept", "1", NULL),
		410, second);
	link = site_link(SITE_INVITED, "sal@mail.example");
	browser_get(browser, link);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	assert_status(browser_log_in(browser, "sal", PASSWORD), 303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	browser_close(browser);
	browser_close(second);
}

void
an_invited_admin_gets_scopes_that_the_inviter_holds(void **state)
{
	struct browser *browser = browser_open(SITE_INVITED);
	char path[96];

	(void)state;
	site_sql(SITE_INVITED,
		"INSERT INTO member_root VALUES (@root := UUID()); "
		"INSERT INTO member (id, username, email, name, state, "
		"joined_at, given_at) VALUES (@root, 'boss', 'b@x.org', "
		"'Boss', 'active', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));"
		"INSERT INTO appointment (member, scopes, appointed_at) SELECT "
		"id, 'members,content', UTC_TIMESTAMP(6) FROM member WHERE "
		"username = 'boss'");
	add_token(SITE_INVITED, "invitation",
		"scopes, created_by, uses, created_at, expires_at",
		"'content', (SELECT id FROM member WHERE username = 'boss'), "
		"1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY",
		'S');
	add_token(SITE_INVITED, "invitation",
		"scopes, created_by, uses, created_at, expires_at",
		"'legal', (SELECT id FROM member WHERE username = 'boss'), "
		"1, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 DAY",
		'T');
	path_with_token(path, sizeof(path), "/join/", 'S');
	assert_status(send_join(browser, path, "uma", "uma@mail.example"), 303,
		browser);
	path_with_token(path, sizeof(path), "/join/", 'T');
	assert_status(send_join(browser, path, "val", "val@mail.example"), 303,
		browser);
	assert_string_equal(
		site_text(SITE_INVITED,
			"SELECT GROUP_CONCAT(CONCAT(m.username, ':', a.scopes) "
			"ORDER BY m.username) FROM @.appointment AS a JOIN "
			"@.member AS m ON m.id = a.member WHERE m.username IN "
			"('uma', 'val')"),
		"uma:content");
	assert_string_equal(site_text(SITE_INVITED,
				    "SELECT COUNT(*) FROM @.audit WHERE action "
				    "= 'appointment.granted'"),
		"1");
	browser_close(browser);
}

void
the_founder_claims_once(void **state)
{
	struct browser *browser = browser_open(SITE_APPROVAL);
	struct browser *late = browser_open(SITE_APPROVAL);
	char path[96], other[96];

	(void)state;
	path_with_token(path, sizeof(path), "/claim/", 'C');
	path_with_token(other, sizeof(other), "/claim/", 'D');
	assert_status(browser_get(browser, path), 410, browser);
	for (char letter = 'C'; letter <= 'D'; letter++)
		add_token(SITE_APPROVAL, "link_token",
			"purpose, email, created_at, expires_at",
			"'claim', 'fay@client.example', UTC_TIMESTAMP(6), "
			"UTC_TIMESTAMP(6) + INTERVAL 7 DAY",
			letter);
	assert_status(browser_get(browser, path), 200, browser);
	assert_shows(browser, "Client Ltd");
	assert_shows(browser, "fay@client.example");
	browser_get(late, other);
	assert_status(browser_post(browser, path, "name", "Fay Founder",
			      "username", "fay", "password",
			      "fay@client.example", "accept", "1", NULL),
		422, browser);
	assert_status(
		browser_post(browser, path, "name", "Fay Founder", "username",
			"fay", "password", PASSWORD, "accept", "1", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/manage");
	/* Logged in at once; the address needs no confirmation. */
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	assert_string_equal(
		site_text(SITE_APPROVAL,
			"SELECT CONCAT(m.username, m.state, m.founder, ' ', "
			"a.action) FROM @.member AS m JOIN @.audit AS a ON "
			"a.actor = m.pseudonym AND a.subject = m.pseudonym"),
		"fayactive1 community.claimed");
	assert_non_null(strstr(site_mail(SITE_APPROVAL, "fay@client.example"),
		"you are now the founder of The Guild"));
	/* There is one founder: a second link is worth nothing. */
	assert_status(browser_get(late, path), 410, late);
	assert_status(
		browser_post(late, other, "name", "Eve", "username", "evil",
			"password", PASSWORD, "accept", "1", NULL),
		410, late);
	browser_close(browser);
	browser_close(late);
}

void
a_member_claims_with_the_own_account(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char path[96], own[128];

	(void)state;
	site_join(SITE_OPEN, "will", PASSWORD);
	path_with_token(path, sizeof(path), "/claim/", 'W');
	add_token(SITE_OPEN, "link_token", "purpose, created_at, expires_at",
		"'claim', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 7 DAY",
		'W');
	browser_log_in(browser, "will", PASSWORD);
	assert_status(browser_get(browser, path), 200, browser);
	assert_shows(browser, "You are logged in.");
	snprintf(own, sizeof(own), "%s/own", path);
	assert_status(browser_post(browser, own, NULL), 303, browser);
	assert_status(browser_post(browser, own, NULL), 410, browser);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT username FROM @.member WHERE "
				     "founder"),
		"will");
	browser_close(browser);
}

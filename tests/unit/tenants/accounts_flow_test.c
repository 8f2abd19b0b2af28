/*
 * Accounts as people meet them: pages and API over a real worker and a real
 * database, from joining to leaving.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define PASSWORD "correct horse battery"

/* Fills in the form at `path` and sends it. */
static int
send_join(struct browser *browser, const char *path, const char *username,
	const char *email)
{
	browser_get(browser, path);
	return browser_post(browser, path, "name", "Ada Lovelace", "email",
		email, "username", username, "password", PASSWORD, "accept",
		"1", NULL);
}

static void
joins_confirms_and_logs_in(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char link[128];

	(void)state;
	assert_status(send_join(browser, "/join", "ada", "ada@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined");
	assert_status(browser_get(browser, "/joined"), 200, browser);
	snprintf(link, sizeof(link), "%s",
		site_link(SITE_OPEN, "ada@mail.example"));

	/* Before the confirmation one can log in, and do nothing else. */
	assert_status(browser_log_in(browser, "ada", PASSWORD), 303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	assert_string_equal(browser_location(browser), "/confirm");
	assert_status(browser_get(browser, "/confirm"), 200, browser);
	assert_shows(browser, "Send me a new link");

	/* Opening the link uses nothing up; its button does. */
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "Your e-mail address is confirmed. Welcome!");
	assert_status(browser_get(browser, link), 410, browser);

	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT CONCAT(state, login_count) FROM "
				     "@.member WHERE username = 'ada'"),
		"active1");
	/* P7: the text and its version are bound to the acceptance. */
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.terms_acceptance AS t JOIN "
			"@.member AS m ON m.id = t.member WHERE m.username = "
			"'ada' AND LENGTH(t.sha256) = 32 AND version <> '' "
			"AND m.terms_version = t.version "
			"AND m.terms_sha256 = t.sha256"),
		"1");
	browser_close(browser);
}

static void
stores_no_secret(void **state)
{
	(void)state;
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT LEFT(phc, 10) FROM @.member_password LIMIT 1"),
		"$argon2id$");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.session WHERE LENGTH(digest) "
			"<> 32"),
		"0");
}

static void
says_what_is_wrong_with_a_join(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "bea", PASSWORD);
	assert_status(send_join(browser, "/join", "bea", "new@mail.example"),
		422, browser);
	assert_shows(browser, "This user name is taken: choose another.");
	assert_shows(browser, "value=\"new@mail.example\"");
	assert_false(browser_shows(browser, PASSWORD));
	/* All at once. */
	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Bea", "email",
			      "nonsense", "username", "bea", "password",
			      "Password1234", "accept", "1", NULL),
		422, browser);
	assert_shows(browser, "error-email");
	assert_shows(browser, "This user name is taken: choose another.");
	assert_shows(browser, "This is easily guessed");

	browser_get(browser, "/join");
	assert_status(browser_post(browser, "/join", "name", "Cy", "email",
			      "cy@mail.example", "username", "cy-the-first",
			      "password", "cy-the-first", "accept", "1", NULL),
		422, browser);
	assert_shows(browser, "a name or address that others know");
	assert_status(browser_post(browser, "/join", "name", "Cy", "email",
			      "cy@mail.example", "username", "cyrus",
			      "password", "short", NULL),
		422, browser);
	assert_shows(browser, "Use at least 10 characters.");
	assert_shows(browser, "Tick this box to go on.");
	browser_close(browser);
}

static void
a_taken_address_answers_like_a_new_one(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "dan", PASSWORD);
	assert_status(send_join(browser, "/join", "danny", "dan@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined");
	assert_non_null(strstr(site_mail(SITE_OPEN, "dan@mail.example"),
		"You are a member already; your user name is dan."));
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT state FROM @.member WHERE "
				     "username = 'danny'"),
		"unconfirmed");
	browser_close(browser);
}

static void
answers_all_wrong_log_ins_alike(void **state)
{
	static const char wrong[] =
		"User name, e-mail address or password is wrong.";
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "eve", PASSWORD);
	assert_status(
		browser_log_in(browser, "nobody", PASSWORD), 422, browser);
	assert_shows(browser, wrong);
	assert_status(browser_log_in(browser, "nobody@mail.example", PASSWORD),
		422, browser);
	assert_shows(browser, wrong);
	assert_status(
		browser_log_in(browser, "eve", "something else"), 422, browser);
	assert_shows(browser, wrong);
	assert_status(browser_log_in(browser, "EVE@mail.example", PASSWORD),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	browser_close(browser);
}

static void
leads_back_to_where_one_was(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "fay", PASSWORD);
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	assert_string_equal(
		browser_location(browser), "/login?next=%2Faccount%2Ftokens");
	browser_get(browser, "/login?next=%2Faccount%2Ftokens");
	assert_shows(browser, "value=\"/account/tokens\"");
	assert_status(
		browser_post(browser, "/login", "login", "fay", "password",
			PASSWORD, "next", "//evil.example/", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/");
	/* Logged in, the log-in page sends home. */
	assert_status(browser_get(browser, "/login"), 303, browser);
	browser_close(browser);
}

static void
refuses_forged_forms(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "gus", PASSWORD);
	/* Without any token, and with one of another visitor's. */
	assert_status(browser_post(other, "/login", "login", "gus", "password",
			      PASSWORD, NULL),
		403, other);
	assert_status(browser_log_in(browser, "gus", PASSWORD), 303, browser);
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	assert_shows(browser, "This form is no longer valid");
	/* From another site, as browsers tell. */
	browser_get(browser, "/account/sessions");
	browser_header(browser, "Origin: https://evil.example");
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	browser_header(browser, "Sec-Fetch-Site: same-site");
	assert_status(browser_post(browser, "/logout", NULL), 403, browser);
	browser_header(browser, "Sec-Fetch-Site: same-origin");
	assert_status(browser_post(browser, "/logout", NULL), 303, browser);
	browser_header(browser, NULL);
	assert_status(browser_get(browser, "/account/sessions"), 303, browser);
	browser_close(browser);
	browser_close(other);
}

static void cut(const char *text, const char *before, char *value, size_t size);

/* A program's log-in; the token has room for 64 bytes. */
static void
make_token(const char *username, char token[64])
{
	struct browser *browser = browser_open(SITE_OPEN);
	char json[200];

	snprintf(json, sizeof(json),
		"{\"login\": \"%s\", \"password\": \"" PASSWORD
		"\", \"name\": \"script\", \"days\": 5}",
		username);
	assert_status(
		browser_api(browser, "POST", "/api/v1/tokens", NULL, json), 201,
		browser);
	cut(browser_body(browser), "\"token\":\"", token, 64);
	browser_close(browser);
}

/* What the API answers to the token. */
static int
try_token(const char *token)
{
	struct browser *browser = browser_open(SITE_OPEN);
	int status = browser_api(
		browser, "GET", "/api/v1/account/tokens", token, NULL);

	browser_close(browser);
	return status;
}

static void
sends_links_for_forgotten_passwords(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	struct browser *session = browser_open(SITE_OPEN);
	char link[128], token[64];

	(void)state;
	site_join(SITE_OPEN, "hal", PASSWORD);
	make_token("hal", token);
	assert_int_equal(try_token(token), 200);
	assert_status(browser_log_in(session, "hal", PASSWORD), 303, session);
	browser_get(browser, "/forgot");
	assert_status(browser_post(browser, "/forgot", "login",
			      "nobody@mail.example", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/forgot/sent");
	assert_status(browser_post(browser, "/forgot", "login", "hal", NULL),
		303, browser);
	assert_string_equal(browser_location(browser), "/forgot/sent");
	snprintf(link, sizeof(link), "%s",
		site_link(SITE_OPEN, "hal@mail.example"));
	assert_status(browser_get(browser, link), 200, browser);
	assert_status(browser_post(browser, link, "password", "short", NULL),
		422, browser);
	assert_status(browser_post(browser, link, "password",
			      "hal@mail.example", NULL),
		422, browser);
	assert_status(browser_post(browser, link, "password",
			      "a wholly new one", NULL),
		303, browser);
	/* Once, and every session and token has ended. */
	assert_int_equal(try_token(token), 401);
	assert_status(browser_get(browser, link), 410, browser);
	assert_status(browser_get(session, "/account/sessions"), 303, session);
	assert_status(browser_log_in(browser, "hal", PASSWORD), 422, browser);
	assert_status(browser_log_in(browser, "hal", "a wholly new one"), 303,
		browser);
	browser_close(browser);
	browser_close(session);
}

static void
expired_links_do_not_work(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	const char *link;

	(void)state;
	assert_status(send_join(browser, "/join", "ida", "ida@mail.example"),
		303, browser);
	site_sql(SITE_OPEN,
		"UPDATE link_token SET expires_at = UTC_TIMESTAMP(6) "
		"WHERE used_at IS NULL");
	link = site_link(SITE_OPEN, "ida@mail.example");
	assert_status(browser_get(browser, link), 410, browser);
	assert_shows(browser, "This link no longer works");
	assert_status(browser_log_in(browser, "ida", PASSWORD), 303, browser);
	browser_get(browser, "/confirm");
	assert_status(browser_post(browser, "/confirm", NULL), 303, browser);
	link = site_link(SITE_OPEN, "ida@mail.example");
	assert_status(browser_get(browser, link), 200, browser);
	browser_close(browser);
}

static void
changes_the_password_and_ends_other_sessions(void **state)
{
	struct browser *here = browser_open(SITE_OPEN);
	struct browser *there = browser_open(SITE_OPEN);
	char token[64];

	(void)state;
	site_join(SITE_OPEN, "jan", PASSWORD);
	make_token("jan", token);
	assert_status(browser_log_in(here, "jan", PASSWORD), 303, here);
	assert_status(browser_log_in(there, "jan", PASSWORD), 303, there);
	browser_get(here, "/account/password");
	assert_status(
		browser_post(here, "/account/password", "current",
			"not this one", "password", "another one now", NULL),
		422, here);
	assert_shows(here, "This is not your present password.");
	assert_status(browser_post(here, "/account/password", "current",
			      PASSWORD, "password", "another one now", NULL),
		303, here);
	assert_status(browser_get(here, "/account/sessions"), 200, here);
	assert_status(browser_get(there, "/account/sessions"), 303, there);
	assert_int_equal(try_token(token), 401);
	assert_non_null(strstr(site_mail(SITE_OPEN, "jan@mail.example"),
		"was changed just now"));
	browser_close(here);
	browser_close(there);
}

static void
lists_and_ends_sessions(void **state)
{
	struct browser *here = browser_open(SITE_OPEN);
	struct browser *there = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);
	char path[128];
	const char *form;

	(void)state;
	site_join(SITE_OPEN, "kim", PASSWORD);
	site_join(SITE_OPEN, "lou", PASSWORD);
	browser_log_in(here, "kim", PASSWORD);
	browser_header(there,
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
		"Gecko/20100101 Firefox/140.0");
	browser_log_in(there, "kim", PASSWORD);
	browser_log_in(other, "lou", PASSWORD);
	assert_status(browser_get(here, "/account/sessions"), 200, here);
	assert_shows(here, "Firefox, Linux");
	assert_shows(here, "this session");
	form = strstr(browser_body(here), "action=\"/account/sessions/0");
	assert_non_null(form);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(form + 8, "\""),
		form + 8);
	/* Somebody else's session is not found. */
	browser_get(other, "/account/sessions");
	assert_status(browser_post(other, path, NULL), 404, other);
	assert_status(browser_get(there, "/account/sessions"), 200, there);
	assert_status(browser_post(here, path, NULL), 303, here);
	assert_status(browser_get(there, "/account/sessions"), 303, there);
	browser_close(here);
	browser_close(there);
	browser_close(other);
}

static void
sessions_go_idle(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "mia", PASSWORD);
	browser_log_in(browser, "mia", PASSWORD);
	site_sql(SITE_OPEN,
		"UPDATE session SET seen_at = UTC_TIMESTAMP(6) - INTERVAL 13 "
		"DAY");
	assert_status(browser_get(browser, "/account/sessions"), 200, browser);
	site_sql(SITE_OPEN,
		"UPDATE session SET seen_at = UTC_TIMESTAMP(6) - INTERVAL 15 "
		"DAY");
	assert_status(browser_get(browser, "/account/sessions"), 303, browser);
	browser_close(browser);
}

/* The text between `before` and the next quote, in a buffer of the caller's. */
static void
cut(const char *text, const char *before, char *value, size_t size)
{
	const char *found = strstr(text, before);

	if (found == NULL)
		fail_msg("no %s in %s", before, text);
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
}

static void
programs_log_in_with_tokens(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char token[64], id[32], path[96];

	(void)state;
	site_join(SITE_OPEN, "ned", PASSWORD);
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      NULL, NULL),
		401, browser);
	assert_shows(browser, "\"title\":\"A valid token is needed\"");
	assert_status(browser_api(browser, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"ned\", \"password\": \"wrong "
			      "password\", \"name\": \"x\", \"days\": 5}"),
		401, browser);
	assert_shows(browser, "urn:missiond:problem:wrong-password");
	assert_non_null(
		strstr(browser_head(browser), "www-authenticate: Bearer\r\n"));
	assert_status(browser_api(browser, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"ned\", \"password\": \"" PASSWORD
			      "\", \"name\": \"script\", \"days\": 5}"),
		201, browser);
	cut(browser_body(browser), "\"token\":\"", token, sizeof(token));
	cut(browser_body(browser), "\"id\":\"", id, sizeof(id));
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		200, browser);
	assert_shows(browser, "\"name\":\"script\"");
	assert_status(browser_api(browser, "GET", "/api/v1/account/sessions",
			      token, NULL),
		200, browser);
	assert_status(
		browser_api(browser, "PUT", "/api/v1/account/password", token,
			"{\"current\": \"" PASSWORD
			"\", \"password\": \"yet another one\"}"),
		204, browser);
	snprintf(path, sizeof(path), "/api/v1/account/tokens/%s", id);
	assert_status(browser_api(browser, "DELETE", path, token, NULL), 204,
		browser);
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		401, browser);
	browser_close(browser);
}

static void
programs_join_too(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char terms[80], json[512], path[160];

	(void)state;
	assert_status(browser_api(browser, "GET", "/api/v1/terms", NULL, NULL),
		200, browser);
	cut(browser_body(browser), "\"sha256\":\"", terms, sizeof(terms));
	snprintf(json, sizeof(json),
		"{\"name\": \"Oz\", \"email\": \"oz@mail.example\", "
		"\"username\": \"oz1\", \"password\": \"" PASSWORD
		"\", \"accept\": true, \"terms\": \"%s\"}",
		terms);
	assert_status(
		browser_api(browser, "POST", "/api/v1/members", NULL, json),
		202, browser);
	snprintf(path, sizeof(path), "/api/v1/confirmations%s",
		strrchr(site_link(SITE_OPEN, "oz@mail.example"), '/'));
	assert_status(
		browser_api(browser, "POST", path, NULL, NULL), 200, browser);
	assert_shows(browser, "\"state\":\"active\"");
	assert_status(
		browser_api(browser, "POST", path, NULL, NULL), 410, browser);
	browser_close(browser);
}

static void
pages_make_and_end_tokens(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char token[64];

	(void)state;
	site_join(SITE_OPEN, "pat", PASSWORD);
	browser_log_in(browser, "pat", PASSWORD);
	browser_get(browser, "/account/tokens");
	assert_status(browser_post(browser, "/account/tokens", "name",
			      "my script", "days", "30", NULL),
		201, browser);
	const char *code = strstr(browser_body(browser), "<code");
	assert_non_null(code);
	snprintf(token, sizeof(token), "%.43s", strchr(code, '>') + 1);
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	assert_false(browser_shows(browser, token));
	assert_shows(browser, "my script");
	assert_status(browser_api(browser, "GET", "/api/v1/account/tokens",
			      token, NULL),
		200, browser);
	browser_close(browser);
}

static void
changed_terms_are_asked_again(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "quin", PASSWORD);
	browser_log_in(browser, "quin", PASSWORD);
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	site_sql(SITE_OPEN, "UPDATE member SET terms_version = 'older'");
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	assert_string_equal(browser_location(browser), "/terms/accept");
	assert_status(browser_get(browser, "/terms/accept"), 200, browser);
	assert_status(
		browser_post(browser, "/terms/accept", NULL), 422, browser);
	assert_status(
		browser_post(browser, "/terms/accept", "accept", "1", NULL),
		303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 200, browser);
	/* Another text under the same version. */
	site_sql(SITE_OPEN,
		"UPDATE member SET terms_sha256 = REPEAT(CHAR(0), 32)");
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	site_sql(SITE_OPEN, "UPDATE member SET terms_version = NULL");
	assert_status(browser_get(browser, "/account/tokens"), 303, browser);
	browser_close(browser);
}

static void
some_communities_approve_each_member(void **state)
{
	struct browser *browser = browser_open(SITE_APPROVAL);
	const char *link;

	(void)state;
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "Say who you are; the administrators answer");
	assert_status(browser_get(browser, "/join"), 200, browser);
	assert_shows(browser, "A word to the administrators");
	assert_status(send_join(browser, "/join", "rex", "rex@mail.example"),
		303, browser);
	assert_string_equal(browser_location(browser), "/joined?approval=1");
	link = site_link(SITE_APPROVAL, "rex@mail.example");
	browser_get(browser, link);
	assert_status(browser_post(browser, link, NULL), 303, browser);
	assert_status(browser_log_in(browser, "rex", PASSWORD), 303, browser);
	assert_status(browser_get(browser, "/account/tokens"), 403, browser);
	assert_shows(browser, "Your membership waits for approval");
	assert_string_equal(
		site_text(SITE_APPROVAL, "SELECT state FROM @.member WHERE "
					 "username = 'rex'"),
		"pending");
	browser_close(browser);
}

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

static void
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

static void
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

static void
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

static void
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

static void
knows_its_hosts_and_languages(void **state)
{
	struct browser *nobody = browser_open("nobody.example");
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	assert_status(browser_get(nobody, "/"), 421, nobody);
	assert_false(browser_shows(nobody, "Guild"));
	browser_header(browser, "Accept-Language: fr");
	assert_status(browser_get(browser, "/login"), 200, browser);
	assert_shows(browser, "<html lang=\"fr\">");
	assert_shows(browser, "Mot de passe");
	assert_status(browser_get(browser, "/privacy"), 200, browser);
	assert_status(browser_get(browser, "/terms"), 200, browser);
	assert_status(browser_get(browser, "/no/such/page"), 404, browser);
	assert_shows(browser, "à fay@client.example, indiquez la requête");
	browser_close(browser);
	browser_close(nobody);
}

/* Wrong guesses until there were too many: 20, and those that come back, one a
 * minute. It is not the worker's own limit that ends them, at 30. */
static void
guess(struct browser *browser, const char *login)
{
	int64_t begun = clock_monotonic();
	int64_t most;

	for (int tries = 0; tries < 40; tries++) {
		if (browser_log_in(browser, login, "wrong guess") != 429)
			continue;
		most = 21 + (clock_monotonic() - begun) / CLOCK_MINUTE;
		assert_true(tries <= most);
		assert_shows(
			browser, "There were too many tries. Try again in ");
		return;
	}
	fail_msg("%s may be guessed for ever", login);
}

/* The last answer to the right password while somebody guesses: one may come in
 * between two guesses, not each time. */
static int
come_in_between(
	struct browser *browser, const char *login, const char *password)
{
	struct browser *guesser = browser_open(SITE_OPEN);
	int status = 0;

	for (int i = 0; i < 3 && status != 429; i++) {
		guess(guesser, login);
		status = browser_log_in(browser, login, password);
		browser_get(browser, "/account/sessions");
		if (status == 303)
			browser_post(browser, "/logout", NULL);
	}
	browser_close(guesser);
	return status;
}

static void
guessing_is_slowed_down(void **state)
{
	struct browser *home = browser_open(SITE_OPEN);
	struct browser *other = browser_open(SITE_OPEN);
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "karl", PASSWORD);
	site_join(SITE_OPEN, "kate", PASSWORD);
	assert_status(browser_log_in(home, "karl", PASSWORD), 303, home);
	browser_get(home, "/account/sessions");
	assert_status(browser_post(home, "/logout", NULL), 303, home);
	guess(browser, "karl");
	assert_non_null(strstr(browser_head(browser), "retry-after: "));
	/* Others are not slowed down, but for this account. */
	assert_status(browser_log_in(other, "kate", PASSWORD), 303, other);
	browser_get(other, "/account/sessions");
	assert_status(browser_post(other, "/logout", NULL), 303, other);
	/* The right password is not looked at either, however it is written. */
	assert_status(come_in_between(other, "KARL", PASSWORD), 429, other);
	/* None comes back for a minute. */
	site_sql(SITE_OPEN, "UPDATE attempt SET free_at = UTC_TIMESTAMP(6) + "
			    "INTERVAL 20 MINUTE WHERE slot < 2 << 18");
	assert_status(browser_api(other, "POST", "/api/v1/tokens", NULL,
			      "{\"login\": \"karl\", \"password\": \"" PASSWORD
			      "\", \"name\": \"x\", \"days\": 1}"),
		429, other);
	assert_shows(other, "urn:missiond:problem:too-many-tries");
	assert_shows(other, "Try again in ");
	/* Where the member was before has an allowance of its own. */
	assert_status(browser_log_in(home, "karl", PASSWORD), 303, home);
	/* The tables hold neither names nor addresses. */
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) > 0 AND MAX(slot) < "
				     "8 << 18 FROM @.attempt"),
		"1");
	browser_close(home);
	browser_close(other);
	browser_close(browser);
}

/* Whoever knew the old password, and was here with it, is a stranger. */
static void
a_new_password_forgets_the_places(void **state)
{
	struct browser *home = browser_open(SITE_OPEN);
	struct browser *thief = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "kimberly", PASSWORD);
	assert_status(browser_log_in(thief, "kimberly", PASSWORD), 303, thief);
	assert_status(browser_log_in(home, "kimberly", PASSWORD), 303, home);
	browser_get(home, "/account/password");
	assert_status(
		browser_post(home, "/account/password", "current", PASSWORD,
			"password", "a quite new password", NULL),
		303, home);
	browser_get(home, "/account/password");
	assert_status(browser_post(home, "/logout", NULL), 303, home);
	assert_status(
		come_in_between(thief, "kimberly", "a quite new password"), 429,
		thief);
	assert_status(browser_log_in(home, "kimberly", "a quite new password"),
		303, home);
	browser_close(home);
	browser_close(thief);
}

static void
the_present_password_is_not_guessed_either(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	int status = 0;

	(void)state;
	site_join(SITE_OPEN, "leonard", PASSWORD);
	assert_status(
		browser_log_in(browser, "leonard", PASSWORD), 303, browser);
	for (int i = 0; i < 40 && status != 429; i++) {
		browser_get(browser, "/account/password");
		status = browser_post(browser, "/account/password", "current",
			"wrong guess", "password", "a quite new password",
			NULL);
	}
	assert_status(status, 429, browser);
	/* The session goes on. */
	assert_status(browser_get(browser, "/account/sessions"), 200, browser);
	browser_close(browser);
}

/* A mail program cut the address: the page says so, and what helps. */
static void
links_cut_short_are_explained(void **state)
{
	static const struct {
		const char *path, *says;
	} links[] = {
		{"/confirm/abc", "It is incomplete, was used already or has "
				 "expired. Log in to get a new one."},
		{"/reset/abc", "It is incomplete, was used already or has "
			       "expired. Ask for a new one."},
		{"/claim/abc", "It is incomplete, was used already or has "
			       "expired. Ask the host for a new one."},
		{"/join/abc", "Its address is incomplete, or it was used, "
			      "withdrawn or has expired."},
	};
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		assert_status(
			browser_get(browser, links[i].path), 410, browser);
		assert_shows(browser, links[i].says);
	}
	browser_get(browser, "/login");
	assert_status(
		browser_post(browser, "/confirm/abc", NULL), 410, browser);
	assert_status(browser_post(browser, "/join/abc", NULL), 410, browser);
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_its_hosts_and_languages),
		cmocka_unit_test(joins_confirms_and_logs_in),
		cmocka_unit_test(stores_no_secret),
		cmocka_unit_test(says_what_is_wrong_with_a_join),
		cmocka_unit_test(a_taken_address_answers_like_a_new_one),
		cmocka_unit_test(answers_all_wrong_log_ins_alike),
		cmocka_unit_test(leads_back_to_where_one_was),
		cmocka_unit_test(refuses_forged_forms),
		cmocka_unit_test(sends_links_for_forgotten_passwords),
		cmocka_unit_test(expired_links_do_not_work),
		cmocka_unit_test(changes_the_password_and_ends_other_sessions),
		cmocka_unit_test(lists_and_ends_sessions),
		cmocka_unit_test(sessions_go_idle),
		cmocka_unit_test(programs_log_in_with_tokens),
		cmocka_unit_test(programs_join_too),
		cmocka_unit_test(pages_make_and_end_tokens),
		cmocka_unit_test(changed_terms_are_asked_again),
		cmocka_unit_test(some_communities_approve_each_member),
		cmocka_unit_test(others_are_joined_by_invitation),
		cmocka_unit_test(
			an_invited_admin_gets_scopes_that_the_inviter_holds),
		cmocka_unit_test(the_founder_claims_once),
		cmocka_unit_test(a_member_claims_with_the_own_account),
		cmocka_unit_test(guessing_is_slowed_down),
		cmocka_unit_test(a_new_password_forgets_the_places),
		cmocka_unit_test(links_cut_short_are_explained),
		cmocka_unit_test(the_present_password_is_not_guessed_either),
	};
	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

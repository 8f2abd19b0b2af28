/*
 * Who does not own an address learns nothing about it: two people do the same,
 * one with an address that is free and one with a member's, and every answer is
 * compared: status, headers and body.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../db/server.h"
#include "base/buffer.h"
#include "base/record.h"

#define PASSWORD "correct horse battery"
#define CHANGED	 "staple battery horse"
#define THEIRS	 "what only owners know"

/* The two, who differ in these words alone. */
static const char *const words[][2] = {
	{"frank", "tanya"}, /* first user name */
	{"frida", "tomas"}, /* another, with the same address */
	{"floyd", "terry"}, /* of the API */
	{"fresh@x.example", "taken@x.example"},
	{"FRESH@x.example", "TAKEN@x.example"},
	{"green@x.example", "given@x.example"},
};
enum word { FIRST, SECOND, PROGRAM, ADDRESS, SHOUTED, OTHER };

struct two {
	struct browser *browsers[2];
	const char *host;
	char terms[80];
	char tokens[2][64];
};

static void
open_two(struct two *two, const char *host)
{
	two->host = host;
	for (size_t i = 0; i < 2; i++)
		two->browsers[i] = browser_open(host);
}

static void
close_two(struct two *two)
{
	for (size_t i = 0; i < 2; i++)
		browser_close(two->browsers[i]);
}

static bool
is_token_character(char letter)
{
	return isalnum((unsigned char)letter) || letter == '-' || letter == '_';
}

/* How much of the text is of this moment or this browser: a Date header, a
 * browser's address, a time of day. */
static size_t
of_the_moment(const char *text)
{
	if (strncasecmp(text, "date:", 5) == 0)
		return strcspn(text, "\n");
	if (strncmp(text, "10.0.", 5) == 0)
		return strspn(text, "0123456789.");
	if (text[0] != '\0' && text[1] != '\0' && text[2] == ':' &&
		isdigit((unsigned char)text[0]) &&
		isdigit((unsigned char)text[1]))
		return 5;
	return 0;
}

/* Without what is random (tokens, ids) and the two's own words. */
static void
add_plain(struct buffer *plain, const char *text, size_t one)
{
	while (*text != '\0') {
		size_t length = of_the_moment(text);

		for (size_t i = 0; i < COUNT_OF(words) && length == 0; i++)
			if (strncmp(text, words[i][one],
				    strlen(words[i][one])) == 0)
				length = strlen(words[i][one]);
		if (length == 0) {
			while (is_token_character(text[length]))
				length++;
			if (length < 26)
				length = 0;
		}
		if (length > 0)
			buffer_add_text(plain, "…");
		else
			buffer_add(plain, text, length = 1);
		text += length;
	}
}

static void
assert_alike(const struct two *two, const char *what)
{
	struct buffer plain[2] = {BUFFER_EMPTY, BUFFER_EMPTY};

	for (size_t i = 0; i < 2; i++) {
		add_plain(&plain[i], browser_head(two->browsers[i]), i);
		add_plain(&plain[i], browser_body(two->browsers[i]), i);
	}
	if (strcmp(buffer_text(&plain[0]), buffer_text(&plain[1])) != 0)
		fail_msg("%s differs:\n--- free\n%s\n--- taken\n%s", what,
			buffer_text(&plain[0]), buffer_text(&plain[1]));
	for (size_t i = 0; i < 2; i++)
		buffer_release(&plain[i]);
}

static void
both(struct two *two, int status, const char *what)
{
	for (size_t i = 0; i < 2; i++)
		if (browser_status(two->browsers[i]) != status)
			fail_msg("%s: %d: %s", what,
				browser_status(two->browsers[i]),
				browser_body(two->browsers[i]));
	assert_alike(two, what);
}

static void
both_get(struct two *two, const char *path, int status)
{
	for (size_t i = 0; i < 2; i++)
		browser_get(two->browsers[i], path);
	both(two, status, path);
}

static void
both_join(struct two *two, const char *path, enum word username,
	enum word address, int status)
{
	for (size_t i = 0; i < 2; i++) {
		browser_get(two->browsers[i], path);
		browser_post(two->browsers[i], path, "name", "Some Body",
			"email", words[address][i], "username",
			words[username][i], "password", PASSWORD, "accept", "1",
			NULL);
	}
	both(two, status, path);
}

static void
both_log_in(struct two *two, enum word login, const char *password, int status)
{
	for (size_t i = 0; i < 2; i++) {
		browser_get(two->browsers[i], "/login");
		browser_post(two->browsers[i], "/login", "login",
			words[login][i], "password", password, NULL);
	}
	both(two, status, "log-in");
}

static void
both_post(struct two *two, const char *path, int status)
{
	for (size_t i = 0; i < 2; i++)
		browser_post(two->browsers[i], path, NULL);
	both(two, status, path);
}

static void
both_forget(struct two *two, enum word login)
{
	for (size_t i = 0; i < 2; i++) {
		browser_get(two->browsers[i], "/forgot");
		browser_post(two->browsers[i], "/forgot", "login",
			words[login][i], NULL);
	}
	both(two, 303, "forgot");
}

static void
confirm(const char *host, const char *address)
{
	struct browser *browser = browser_open(host);
	char link[128];

	snprintf(link, sizeof(link), "%s", site_link(host, address));
	browser_get(browser, link);
	assert_int_equal(browser_post(browser, link, NULL), 303);
	browser_close(browser);
}

static void
join_as(const char *host, const char *username, const char *address)
{
	struct browser *browser = browser_open(host);

	browser_get(browser, "/join");
	browser_post(browser, "/join", "name", "Some Body", "email", address,
		"username", username, "password", THEIRS, "accept", "1", NULL);
	if (browser_status(browser) != 303)
		fail_msg("%s", browser_body(browser));
	browser_close(browser);
}

/* How many rows each has, table by table. */
static void
assert_same_rows(const char *host)
{
	char counts[2][256];

	for (int i = 0; i < 2; i++) {
		char sql[1024];

		snprintf(sql, sizeof(sql),
			"SELECT CONCAT_WS(' ', COUNT(*), SUM(state = "
			"'unconfirmed'), (SELECT COUNT(*) FROM "
			"@.member_password WHERE member IN (SELECT id FROM "
			"@.member WHERE username LIKE '%c____')), (SELECT "
			"COUNT(*) FROM @.terms_acceptance WHERE member IN "
			"(SELECT id FROM @.member WHERE username LIKE "
			"'%c____')), (SELECT COUNT(*) FROM @.link_token WHERE "
			"member IN (SELECT id FROM @.member WHERE username "
			"LIKE '%c____'))) FROM @.member WHERE username LIKE "
			"'%c____'",
			"ft"[i], "ft"[i], "ft"[i], "ft"[i]);
		snprintf(counts[i], sizeof(counts[i]), "%s",
			site_text(host, sql));
	}
	assert_string_equal(counts[0], counts[1]);
	assert_true(counts[0][0] != '0');
}

/* Mails to the two addresses. */
static int64_t
mails(const char *host, enum word address, size_t one)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.outbox WHERE recipient = '%s'",
		words[address][one]);
	return strtoll(site_text(host, sql), NULL, 10);
}

static void
pages_answer_alike(void **state)
{
	struct two two, again;
	int64_t before[2];

	(void)state;
	join_as(SITE_OPEN, "owner", words[ADDRESS][1]);
	confirm(SITE_OPEN, words[ADDRESS][1]);
	before[0] = mails(SITE_OPEN, ADDRESS, 0);
	before[1] = mails(SITE_OPEN, ADDRESS, 1);
	open_two(&two, SITE_OPEN);
	open_two(&again, SITE_OPEN);
	both_join(&two, "/join", FIRST, ADDRESS, 303);
	both_get(&two, "/joined", 200);
	/* The user name is taken; the address asks for more. */
	both_join(&again, "/join", FIRST, ADDRESS, 422);
	both_join(&again, "/join", SECOND, SHOUTED, 303);
	/* An address logs in when it is confirmed. */
	both_log_in(&two, ADDRESS, PASSWORD, 422);
	both_log_in(&two, FIRST, CHANGED, 422);
	both_log_in(&two, FIRST, PASSWORD, 303);
	both_get(&two, "/", 200);
	both_get(&two, "/confirm", 200);
	both_post(&two, "/confirm", 303);
	both_get(&two, "/confirm", 200);
	both_get(&two, "/account", 303);
	both_get(&two, "/account/tokens", 303);
	both_get(&two, "/account/sessions", 200);
	both_get(&two, "/terms/accept", 303);
	for (size_t i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/members/%s", words[FIRST][i]);
		browser_get(two.browsers[i], path);
		browser_get(again.browsers[i], path);
	}
	assert_alike(&two, "the own profile");
	both(&again, 404, "the profile for others");
	for (size_t i = 0; i < 2; i++) {
		browser_get(two.browsers[i], "/account/password");
		browser_post(two.browsers[i], "/account/password", "current",
			PASSWORD, "password", CHANGED, NULL);
	}
	both(&two, 303, "a new password");
	both_get(&two, "/account/sessions", 200);
	both_post(&two, "/logout", 303);
	both_log_in(&two, FIRST, PASSWORD, 422);
	both_log_in(&two, FIRST, CHANGED, 303);
	both_forget(&again, FIRST);
	both_forget(&again, ADDRESS);
	assert_same_rows(SITE_OPEN);

	/* Both addresses got mail: a link for who is new, and for who is a
	 * member already, four times, word of it (then their own new
	 * password's link). */
	assert_int_equal(mails(SITE_OPEN, ADDRESS, 0) - before[0], 4);
	assert_int_equal(mails(SITE_OPEN, ADDRESS, 1) - before[1], 5);
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.outbox WHERE recipient = "
			"'taken@x.example' AND body LIKE '%You are a member "
			"already; your user name is owner.%'"),
		"4");
	close_two(&two);
	close_two(&again);
}

static void
both_api(struct two *two, const char *method, const char *path,
	const char *json, int status)
{
	for (size_t i = 0; i < 2; i++)
		browser_api(two->browsers[i], method, path,
			two->tokens[i][0] == '\0' ? NULL : two->tokens[i],
			json);
	both(two, status, path);
}

static void
both_api_join(struct two *two, const char *terms, int status)
{
	for (size_t i = 0; i < 2; i++) {
		char json[512];

		snprintf(json, sizeof(json),
			"{\"name\": \"Some Body\", \"email\": \"%s\", "
			"\"username\": \"%s\", \"password\": \"" PASSWORD
			"\", \"accept\": true, \"terms\": \"%s\"}",
			words[OTHER][i], words[PROGRAM][i], terms);
		browser_api(two->browsers[i], "POST", "/api/v1/members", NULL,
			json);
	}
	both(two, status, "join");
}

static void
cut(const char *text, const char *before, char *value, size_t size)
{
	const char *found = strstr(text, before);

	if (found == NULL) {
		fail_msg("no %s in %s", before, text);
		return;
	}
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
}

static void
the_api_answers_alike(void **state)
{
	struct two two = {0};
	char terms[80];

	(void)state;
	join_as(SITE_OPEN, "other", words[OTHER][1]);
	confirm(SITE_OPEN, words[OTHER][1]);
	open_two(&two, SITE_OPEN);
	browser_api(two.browsers[0], "GET", "/api/v1/terms", NULL, NULL);
	cut(browser_body(two.browsers[0]), "\"sha256\":\"", terms,
		sizeof(terms));
	both_api_join(&two, terms, 202);
	both_api_join(&two, terms, 422);
	for (size_t i = 0; i < 2; i++) {
		char json[256];

		snprintf(json, sizeof(json),
			"{\"login\": \"%s\", \"password\": \"" PASSWORD
			"\", \"name\": \"x\", \"days\": 1}",
			words[PROGRAM][i]);
		browser_api(
			two.browsers[i], "POST", "/api/v1/tokens", NULL, json);
	}
	both(&two, 201, "a token");
	for (size_t i = 0; i < 2; i++)
		cut(browser_body(two.browsers[i]), "\"token\":\"",
			two.tokens[i], sizeof(two.tokens[i]));
	both_api(&two, "GET", "/api/v1/account", NULL, 403);
	both_api(&two, "GET", "/api/v1/account/sessions", NULL, 200);
	both_api(&two, "POST", "/api/v1/account/confirmation", NULL, 204);
	both_api(&two, "PUT", "/api/v1/account/password",
		"{\"current\": \"" PASSWORD "\", \"password\": \"" CHANGED
		"\"}",
		204);
	both_api(&two, "POST", "/api/v1/listings", "{}", 403);
	for (size_t i = 0; i < 2; i++) {
		char json[128];

		snprintf(json, sizeof(json), "{\"login\": \"%s\"}",
			words[PROGRAM][i]);
		browser_api(two.browsers[i], "POST", "/api/v1/password-resets",
			NULL, json);
	}
	both(&two, 204, "password-resets");
	assert_same_rows(SITE_OPEN);
	close_two(&two);
}

/* An invitation of two uses: it is used up in both cases. */
static void
invitations_are_used_alike(void **state)
{
	static const char path[] =
		"/join/NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN";
	struct two two;

	(void)state;
	site_sql(SITE_INVITED,
		"INSERT INTO member_root VALUES (@root := UUID()); "
		"INSERT INTO member (id, username, email, name, state, "
		"joined_at, given_at) VALUES (@root, 'owner', "
		"'taken@x.example', 'Owner', 'active', UTC_TIMESTAMP(6), "
		"UTC_TIMESTAMP(6));"
		"INSERT INTO invitation (id, digest, uses, created_at, "
		"expires_at) VALUES (UUID(), UNHEX(SHA2(REPEAT('N', 43), "
		"256)), 2, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL 1 "
		"DAY)");
	open_two(&two, SITE_INVITED);
	both_join(&two, path, FIRST, ADDRESS, 303);
	both_get(&two, path, 410);
	both_log_in(&two, FIRST, PASSWORD, 303);
	both_get(&two, "/confirm", 200);
	assert_same_rows(SITE_INVITED);
	close_two(&two);
}

/* Two who typed one address; the mail's links are those of both. */
static void
the_first_confirmation_wins(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char first[128], second[128], reset[128];

	(void)state;
	join_as(SITE_OPEN, "romeo", "verona@x.example");
	snprintf(first, sizeof(first), "%s",
		site_link(SITE_OPEN, "verona@x.example"));
	join_as(SITE_OPEN, "julia", "VERONA@x.example");
	snprintf(second, sizeof(second), "%s",
		site_link(SITE_OPEN, "verona@x.example"));
	browser_get(browser, "/forgot");
	assert_int_equal(
		browser_post(browser, "/forgot", "login", "romeo", NULL), 303);
	snprintf(reset, sizeof(reset), "%s",
		site_link(SITE_OPEN, "verona@x.example"));
	assert_non_null(strstr(reset, "/reset/"));
	assert_string_not_equal(first, second);

	browser_get(browser, second);
	assert_int_equal(browser_post(browser, second, NULL), 303);
	browser_get(browser, first);
	assert_int_equal(browser_post(browser, first, NULL), 409);
	assert_true(browser_shows(browser, "belongs to another account"));
	browser_get(browser, reset);
	assert_int_equal(
		browser_post(browser, reset, "password", CHANGED, NULL), 409);
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT GROUP_CONCAT(CONCAT_WS(':', username, state, "
			"email, email_unconfirmed) ORDER BY username) FROM "
			"@.member WHERE username IN ('romeo', 'julia')"),
		"julia:active:VERONA@x.example,"
		"romeo:unconfirmed:verona@x.example");
	/* The address is julia's, with her password. */
	browser_get(browser, "/login");
	assert_int_equal(browser_post(browser, "/login", "login",
				 "verona@x.example", "password", THEIRS, NULL),
		303);
	browser_close(browser);
}

static void
a_link_for_a_forgotten_password_confirms(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char reset[128];

	(void)state;
	join_as(SITE_OPEN, "olga", "olga@x.example");
	browser_get(browser, "/forgot");
	browser_post(browser, "/forgot", "login", "olga", NULL);
	snprintf(reset, sizeof(reset), "%s",
		site_link(SITE_OPEN, "olga@x.example"));
	browser_get(browser, reset);
	assert_int_equal(
		browser_post(browser, reset, "password", CHANGED, NULL), 303);
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT CONCAT(state, email) FROM @.member WHERE "
			"username = 'olga'"),
		"activeolga@x.example");
	browser_close(browser);
}

/* Whoever types the founder's address keeps nobody from the claim. */
static void
a_typed_address_does_not_stop_the_claim(void **state)
{
	static const char path[] =
		"/claim/KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK";
	struct browser *browser = browser_open(SITE_SPARE);

	(void)state;
	join_as(SITE_SPARE, "squatter", "fay@client.example");
	site_sql(SITE_SPARE,
		"INSERT INTO link_token (id, digest, purpose, email, "
		"created_at, expires_at) VALUES (UUID(), "
		"UNHEX(SHA2(REPEAT('K', 43), 256)), 'claim', "
		"'fay@client.example', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + "
		"INTERVAL 7 DAY)");
	browser_get(browser, path);
	assert_int_equal(
		browser_post(browser, path, "name", "Fay Founder", "username",
			"fay", "password", PASSWORD, "accept", "1", NULL),
		303);
	assert_string_equal(
		site_text(SITE_SPARE, "SELECT CONCAT(username, email) FROM "
				      "@.member WHERE founder"),
		"fayfay@client.example");
	browser_close(browser);
}

static const char claim_path[] =
	"/claim/QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";

static void *
claim_in_thread(void *argument)
{
	browser_post(argument, claim_path, "name", "Fay Founder", "username",
		"wanted", "password", PASSWORD, "accept", "1", NULL);
	return NULL;
}

/* Somebody takes the user name between the claim's check and its insert. */
static void
a_name_taken_meanwhile_is_said_to_who_claims(void **state)
{
	struct browser *browser = browser_open(SITE_SPARE);

	(void)state;
	site_sql(SITE_SPARE,
		"INSERT INTO link_token (id, digest, purpose, email, "
		"created_at, expires_at) VALUES (UUID(), "
		"UNHEX(SHA2(REPEAT('Q', 43), 256)), 'claim', "
		"'fay@client.example', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + "
		"INTERVAL 7 DAY)");
	browser_get(browser, claim_path);
	site_during(SITE_SPARE,
		"INSERT INTO member_root VALUES (@root := UUID()); "
		"INSERT INTO member (id, username, email_unconfirmed, name, "
		"state, joined_at, given_at) VALUES (@root, 'wanted', "
		"'wanted@x.example', 'Quick', 'unconfirmed', "
		"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		claim_in_thread, browser);
	if (browser_status(browser) != 422)
		fail_msg("%d: %s", browser_status(browser),
			browser_body(browser));
	assert_true(browser_shows(
		browser, "This user name is taken: choose another."));
	browser_close(browser);
}

/* --- the quota */

static void *
join_in_thread(void *argument)
{
	struct browser *browser = argument;

	browser_post(browser, "/join", "name", "Some Body", "email",
		"late@x.example", "username", "late", "password", PASSWORD,
		"accept", "1", NULL);
	return NULL;
}

/* Four may be there, the founder among them. */
static void
the_quota_is_exact(void **state)
{
	struct browser *browser = browser_open(SITE_SMALL);

	(void)state;
	join_as(SITE_SMALL, "one", "one@x.example");
	join_as(SITE_SMALL, "two", "one@x.example");
	browser_get(browser, "/join");
	/* Somebody takes the last place in this very moment. */
	site_during(SITE_SMALL,
		"SELECT id INTO @x FROM settings WHERE id "
		"= 1 FOR UPDATE; INSERT INTO member_root VALUES "
		"(@root := UUID()); INSERT INTO member (id, username, "
		"email_unconfirmed, name, state, joined_at, given_at) VALUES "
		"(@root, 'three', 'three@x.example', 'Three', 'unconfirmed', "
		"UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		join_in_thread, browser);
	if (browser_status(browser) != 422)
		fail_msg("%s", browser_body(browser));
	assert_true(browser_shows(
		browser, "This community has as many members as it may have"));
	/* The place that is left is the founder's. */
	site_sql(SITE_SMALL, "UPDATE member SET founder = TRUE WHERE username "
			     "= 'three'");
	join_as(SITE_SMALL, "four", "four@x.example");
	browser_get(browser, "/join");
	join_in_thread(browser);
	assert_int_equal(browser_status(browser), 422);
	assert_string_equal(
		site_text(SITE_SMALL, "SELECT COUNT(*) FROM @.member"), "4");
	browser_close(browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_answer_alike),
		cmocka_unit_test(the_api_answers_alike),
		cmocka_unit_test(invitations_are_used_alike),
		cmocka_unit_test(the_first_confirmation_wins),
		cmocka_unit_test(a_link_for_a_forgotten_password_confirms),
		cmocka_unit_test(a_name_taken_meanwhile_is_said_to_who_claims),
		cmocka_unit_test(a_typed_address_does_not_stop_the_claim),
		cmocka_unit_test(the_quota_is_exact),
	};
	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

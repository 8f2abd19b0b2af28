/*
 * Listings, profiles, the front page and the look as people and programs meet
 * them: over a real worker and a real database.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "correct horse battery"

/* A browser of a new, confirmed member who is logged in. */
static struct browser *
member(const char *username)
{
	struct browser *browser = browser_open(SITE_OPEN);

	browser_join(browser, username, PASSWORD);
	assert_status(
		browser_log_in(browser, username, PASSWORD), 303, browser);
	return browser;
}

static void
cut(const char *text, const char *before, char *value, size_t size)
{
	const char *found = strstr(text, before);

	if (found == NULL)
		fail_msg("no %s in %s", before, text);
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
}

/* A bearer token of the member. */
static void
make_token(const char *username, char *token, size_t size)
{
	struct browser *browser = browser_open(SITE_OPEN);
	char json[256];

	snprintf(json, sizeof(json),
		"{\"login\": \"%s\", \"password\": \"" PASSWORD
		"\", \"name\": \"test\", \"days\": 5}",
		username);
	assert_status(
		browser_api(browser, "POST", "/api/v1/tokens", NULL, json), 201,
		browser);
	cut(browser_body(browser), "\"token\":\"", token, size);
	browser_close(browser);
}

#define POST_OFFER(browser, title)                                             \
	browser_post(browser, "/listings/new", "kind", "offer", "title",       \
		title, "category", "repairs", "body", "With **care**.",        \
		"price", "12.50", NULL)

static void
an_author_is_told_of_a_withdrawal(void **state)
{
	struct browser *author = member("una"), *admin = member("uwe");
	char address[128], path[256];

	(void)state;
	site_sql(SITE_OPEN,
		"INSERT INTO appointment (member, scopes, appointed_at) "
		"SELECT id, 'content', UTC_TIMESTAMP(6) FROM member WHERE "
		"username = 'uwe'; UPDATE member SET language = 'fr' WHERE "
		"username = 'una'");
	browser_get(author, "/listings/new?kind=offer");
	assert_status(POST_OFFER(author, "Poison & co"), 303, author);
	snprintf(address, sizeof(address), "%s", browser_location(author));
	snprintf(path, sizeof(path), "%s/withdraw", address);
	assert_status(browser_get(admin, address), 200, admin);
	assert_status(browser_post(admin, path, NULL), 303, admin);
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.audit AS a JOIN @.member AS m "
			"ON m.pseudonym = a.actor WHERE m.username = 'uwe' AND "
			"a.action = 'listing.withdrawn'"),
		"1");
	/* Acts of office and of members stand apart. */
	assert_status(browser_get(admin, "/manage/audit"), 200, admin);
	assert_shows(admin, "withdrew somebody’s offer or request");
	assert_false(browser_shows(admin, "posted an offer or request"));
	snprintf(path, sizeof(path),
		"posted an offer or request<br><a href=\"%s\">Poison &amp; "
		"co</a>",
		address);
	assert_status(browser_get(admin, "/manage/audit/members"), 200, admin);
	assert_shows(admin, path);
	assert_false(
		browser_shows(admin, "withdrew somebody’s offer or request"));
	/* In the author's language, not the admin's. */
	assert_non_null(
		strstr(site_mail(SITE_OPEN, "una@mail.example"), "a retiré"));
	assert_non_null(strstr(
		site_mail(SITE_OPEN, "una@mail.example"), "Poison & co\n"));
	assert_non_null(
		strstr(site_mail(SITE_OPEN, "una@mail.example"), address));
	assert_status(browser_get(author, address), 200, author);
	browser_close(author);
	browser_close(admin);
}

static void
a_listing_from_post_to_withdrawal(void **state)
{
	struct browser *author = member("ann"), *other = member("bob");
	struct browser *visitor = browser_open(SITE_OPEN);
	char address[128], path[160];

	(void)state;
	assert_status(
		browser_get(author, "/listings/new?kind=offer"), 200, author);
	assert_shows(author, "value=\"offer\" checked");
	assert_status(POST_OFFER(author, "<i>Bikes</i> & co"), 303, author);
	snprintf(address, sizeof(address), "%s", browser_location(author));
	assert_status(browser_get(author, address), 200, author);
	assert_shows(author, "&lt;i&gt;Bikes&lt;/i&gt; &amp; co");
	assert_shows(author, "With <strong>care</strong>.");
	assert_shows(author, "notice-good");
	assert_status(browser_get(author, address), 200, author);
	assert_false(browser_shows(author, "notice-good"));

	assert_status(
		browser_get(visitor, "/listings?kind=offer"), 200, visitor);
	assert_shows(visitor, address);
	assert_status(browser_get(visitor, "/"), 200, visitor);
	assert_shows(visitor, address);
	assert_status(browser_get(visitor, address), 200, visitor);
	assert_false(browser_shows(visitor, "/withdraw"));

	/* Others can neither edit nor withdraw. */
	snprintf(path, sizeof(path), "%s/edit", address);
	browser_get(other, "/account");
	assert_status(browser_get(other, path), 403, other);
	assert_status(POST_OFFER(other, "Mine now"), 303, other);
	assert_status(browser_post(other, path, "title", "Mine now", "category",
			      "repairs", "body", "x", "price", "1", NULL),
		403, other);
	assert_status(browser_get(author, path), 200, author);
	assert_shows(author, "value=\"12.50\"");
	assert_status(
		browser_post(author, path, "title", "Cars", "category",
			"repairs", "body", "x", "exchange", "a cake", NULL),
		303, author);
	assert_status(browser_get(visitor, address), 200, visitor);
	assert_shows(visitor, "Cars");
	assert_shows(visitor, "a cake");

	snprintf(path, sizeof(path), "%s/withdraw", address);
	assert_status(browser_post(other, path, NULL), 403, other);
	assert_status(browser_post(author, path, NULL), 303, author);
	assert_status(browser_get(visitor, address), 404, visitor);
	assert_status(browser_get(author, address), 200, author);
	assert_shows(author, "This was withdrawn");
	browser_get(visitor, "/listings");
	assert_false(browser_shows(visitor, address));
	browser_close(author);
	browser_close(other);
	browser_close(visitor);
}

static void
bad_forms_keep_what_was_typed(void **state)
{
	struct browser *browser = member("cyd");

	(void)state;
	browser_get(browser, "/listings/new");
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "ab", "category", "no-such", "body",
			      "Kept \"text\"", "price", "lots", NULL),
		422, browser);
	assert_shows(browser, "Kept &quot;text&quot;");
	assert_shows(browser, "error-title");
	assert_shows(browser, "error-category");
	assert_shows(browser, "error-price");
	/* Neither price nor exchange. */
	assert_status(
		browser_post(browser, "/listings/new", "kind", "offer", "title",
			"Good", "category", "repairs", "body", "x", NULL),
		422, browser);
	assert_shows(browser, "Give a price, or say");
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "Good", "category", "repairs", "body",
			      "x", "price", "1", "until", "2001-01-01", NULL),
		422, browser);
	assert_shows(browser, "This day is past");
	/* All at once. */
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "ab", "category", "repairs", "body", "x",
			      "until", "2001-01-01", NULL),
		422, browser);
	assert_shows(browser, "error-title");
	assert_shows(browser, "Give a price, or say");
	assert_shows(browser, "This day is past");
	/* What a field cannot take is not said to be past as well. */
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "Good", "category", "repairs", "body",
			      "x", "price", "lots", "until", "soon", NULL),
		422, browser);
	assert_false(browser_shows(browser, "Give a price, or say"));
	assert_false(browser_shows(browser, "This day is past"));
	/* A preview posts nothing. */
	assert_status(browser_post(browser, "/listings/new", "kind", "offer",
			      "title", "Good", "category", "repairs", "body",
			      "*so*", "price", "1", "preview", "body", NULL),
		200, browser);
	assert_shows(browser, "<em>so</em>");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.listing JOIN @.member "
			"ON member.id = listing.author "
			"WHERE username = 'cyd'"),
		"0");
	browser_close(browser);
}

static void
lists_answer_404_beyond_their_end(void **state)
{
	static const char *const wrong[] = {"/listings?page=0",
		"/listings?page=2000", "/listings?page=100000",
		"/listings?page=100001", "/listings?page=-1",
		"/listings?page=1x", "/listings?kind=gift",
		"/listings?category=unheard-of",
		"/listings/00000000000000000000000000", "/listings/new/",
		"/listings/1", "/members/no.one", "/api/v1/listings?page=9999",
		"/avatars/x", "/avatars/.svg", "/assets/x.css", "/language/de",
		"/language/xx"};
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_status(browser_get(browser, wrong[i]), 404, browser);
	assert_status(
		browser_get(browser, "/listings?page=1&kind="), 200, browser);
	browser_close(browser);
}

static void
visitors_are_sent_to_log_in(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	assert_status(
		browser_get(browser, "/listings/new?kind=offer"), 303, browser);
	assert_string_equal(browser_location(browser),
		"/login?next=%2Flistings%2Fnew%3Fkind%3Doffer");
	assert_status(browser_get(browser, "/account"), 303, browser);
	assert_status(
		browser_api(browser, "POST", "/api/v1/listings", NULL, "{}"),
		401, browser);
	assert_status(
		browser_api(browser, "PUT", "/api/v1/account", NULL, "{}"), 401,
		browser);
	browser_close(browser);
}

static void
the_language_is_kept_and_leads_back_here_only(void **state)
{
	static const struct {
		const char *path, *leads_to;
	} rows[] = {
		{"/language/fr?to=%2Flistings%3Fkind%3Doffer",
			"/listings?kind=offer"},
		{"/language/fr", "/"},
		{"/language/fr?to=https%3A%2F%2Fevil.example", "/"},
		{"/language/fr?to=%2F%2Fevil.example", "/"},
		{"/language/fr?to=%2F%5Cevil.example", "/"},
		{"/language/fr?to=%2Fa%0Ab", "/"},
		{"/language/fr?to=%2F%09%2Fevil.example", "/"},
		{"/language/fr?to=%2Fa%20b", "/"},
	};
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "<html lang=\"en\">");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_status(browser_get(browser, rows[i].path), 303, browser);
		assert_string_equal(
			browser_location(browser), rows[i].leads_to);
	}
	assert_status(browser_get(browser, "/"), 200, browser);
	assert_shows(browser, "<html lang=\"fr\">");
	assert_shows(browser, "Comment ça marche");
	browser_close(browser);
}

static void
the_look_is_served(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	assert_status(browser_get(browser, "/theme.css"), 200, browser);
	assert_shows(browser, "--accent:#2f6f5e;");
	assert_status(
		browser_get(browser, "/assets/community.css"), 200, browser);
	assert_shows(browser, "--accent-ink");
	assert_status(browser_get(browser, "/avatars/ann.svg"), 200, browser);
	assert_shows(browser, "<svg");
	assert_status(browser_get(browser, "/favicon.svg"), 200, browser);
	assert_status(browser_get(browser, "/banner.svg"), 200, browser);
	/* Styles belong to no community: any host has them. */
	struct browser *stranger = browser_open("stranger.example");
	assert_status(
		browser_get(stranger, "/assets/icons.svg"), 200, stranger);
	assert_status(browser_get(stranger, "/theme.css"), 421, stranger);
	browser_close(stranger);
	browser_close(browser);
}

static void
profiles_hide_what_is_not_for_everybody(void **state)
{
	struct browser *own = member("dee"), *other = member("eli");
	struct browser *visitor = browser_open(SITE_OPEN);

	(void)state;
	assert_status(browser_get(own, "/account"), 200, own);
	/* Of a number not given yet: who may see it so that it is of use. */
	assert_shows(own, "value=\"members\" selected");
	assert_false(browser_shows(own, "value=\"counterparts\" selected"));
	assert_status(
		browser_post(own, "/account", "name", "Dee Dee", "phone",
			"05-PHONE", "phone_visibility", "members", "address",
			"12 SECRET street", "address_visibility", "self",
			"description", "I am *public*.",
			"description_visibility", "public", NULL),
		303, own);
	assert_status(browser_get(own, "/members/dee"), 200, own);
	assert_shows(own, "12 SECRET street");
	assert_status(browser_get(other, "/members/dee"), 200, other);
	assert_shows(other, "05-PHONE");
	assert_false(browser_shows(other, "SECRET"));
	assert_status(browser_get(visitor, "/members/dee"), 200, visitor);
	assert_shows(visitor, "I am <em>public</em>.");
	assert_false(browser_shows(visitor, "PHONE"));
	assert_false(browser_shows(visitor, "SECRET"));
	assert_status(
		browser_api(visitor, "GET", "/api/v1/members/dee", NULL, NULL),
		200, visitor);
	assert_shows(visitor, "\"phone\":null");
	assert_false(browser_shows(visitor, "SECRET"));
	assert_false(browser_shows(visitor, "login_count"));
	assert_false(browser_shows(visitor, "mail.example"));
	/* Wrong choices change nothing. */
	browser_get(own, "/account");
	assert_status(
		browser_post(own, "/account", "name", "", "phone_visibility",
			"galaxy", "address_visibility", "self",
			"description_visibility", "self", NULL),
		422, own);
	assert_shows(own, "error-name");
	assert_shows(own, "error-phone_visibility");
	browser_get(visitor, "/members/dee");
	assert_shows(visitor, "Dee Dee");
	browser_close(own);
	browser_close(other);
	browser_close(visitor);
}

static void
programs_do_the_same(void **state)
{
	struct browser *api = browser_open(SITE_OPEN);
	char token[64], other[64], id[32], path[96];

	(void)state;
	browser_close(member("flo"));
	browser_close(member("gus"));
	make_token("flo", token, sizeof(token));
	make_token("gus", other, sizeof(other));
	assert_status(browser_api(api, "GET", "/api/v1/community", NULL, NULL),
		200, api);
	assert_shows(api, "{\"slug\":\"repairs\",\"label\":");
	assert_status(browser_api(api, "POST", "/api/v1/listings", token,
			      "{\"kind\": \"request\", \"title\": \"Bread\","
			      " \"category\": \"repairs\", \"body\": \"x\","
			      " \"price\": 450}"),
		201, api);
	cut(browser_body(api), "\"id\":\"", id, sizeof(id));
	snprintf(path, sizeof(path), "/api/v1/listings/%s", id);
	assert_status(browser_api(api, "GET", "/api/v1/listings?kind=request",
			      NULL, NULL),
		200, api);
	assert_shows(api, id);
	assert_shows(api, "\"more\":false");
	assert_status(browser_api(api, "PUT", path, other,
			      "{\"title\": \"Stolen\", \"category\": "
			      "\"repairs\", \"body\": \"x\", \"price\": 1}"),
		403, api);
	assert_status(browser_api(api, "PUT", path, token,
			      "{\"title\": \"Cake\", \"category\": "
			      "\"nonsense\", \"body\": \"x\", \"price\": 1}"),
		422, api);
	assert_shows(api, "{\"field\":\"category\",");
	assert_status(browser_api(api, "PUT", path, token,
			      "{\"title\": \"Cake\", \"category\": "
			      "\"repairs\", \"body\": \"x\", \"price\": null,"
			      " \"exchange\": \"jam\"}"),
		200, api);
	assert_shows(api, "\"exchange\":\"jam\"");
	assert_status(browser_api(api, "DELETE", path, other, NULL), 403, api);
	assert_status(browser_api(api, "DELETE", path, token, NULL), 204, api);
	assert_status(browser_api(api, "GET", path, NULL, NULL), 404, api);
	assert_shows(api, "\"status\":404");

	assert_status(browser_api(api, "PUT", "/api/v1/account", token,
			      "{\"name\": \"Flo\", \"language\": \"fr\","
			      " \"phone\": \"1\", \"phone_visibility\": "
			      "\"public\", \"address_visibility\": \"self\","
			      " \"description_visibility\": \"self\"}"),
		200, api);
	assert_shows(api, "\"language\":\"fr\"");
	assert_shows(api, "\"login_count\":");
	/* The language chosen is now the one of the problems, too. */
	assert_status(browser_api(api, "PUT", "/api/v1/account", token, "{}"),
		422, api);
	assert_shows(api, "Remplissez ce champ.");
	browser_close(api);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listing_from_post_to_withdrawal),
		cmocka_unit_test(an_author_is_told_of_a_withdrawal),
		cmocka_unit_test(bad_forms_keep_what_was_typed),
		cmocka_unit_test(lists_answer_404_beyond_their_end),
		cmocka_unit_test(visitors_are_sent_to_log_in),
		cmocka_unit_test(the_language_is_kept_and_leads_back_here_only),
		cmocka_unit_test(the_look_is_served),
		cmocka_unit_test(profiles_hide_what_is_not_for_everybody),
		cmocka_unit_test(programs_do_the_same),
	};

	return cmocka_run_group_tests(tests, site_set_up, site_tear_down);
}

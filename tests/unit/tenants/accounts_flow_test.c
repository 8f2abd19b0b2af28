/*
 * Accounts as people meet them: pages and API over a real worker and a real
 * database, from joining to leaving. Here are hosts, languages, terms and links
 * that are cut; the other tests stand in accounts_*_flow.c by subject, and are
 * one program: it starts the database once.
 */
#include "accounts_flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "site_fixture.h"

int
send_join(struct browser *browser, const char *path, const char *username,
	const char *email)
{
	browser_get(browser, path);
	return browser_post(browser, path, "name", "Ada Lovelace", "email",
		email, "username", username, "password", PASSWORD, "accept",
		"1", NULL);
}

void
cut(const char *text, const char *before, char *value, size_t size)
{
	const char *found = strstr(text, before);

	if (found == NULL)
		fail_msg("no %s in %s", before, text);
	found += strlen(before);
	snprintf(value, size, "%.*s", (int)strcspn(found, "\""), found);
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

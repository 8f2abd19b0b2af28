/* What an admin is about to do ends with the office or the session that it was
 * begun with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "manage_fixture.h"
#include "site_fixture.h"

struct pressing {
	struct browser *browser;
	const char *path;
	const char *reason; /* of the form, or NULL */
	const char *token;  /* or NULL: a page's button */
};

static void *
press_in_thread(void *argument)
{
	const struct pressing *pressing = argument;

	if (pressing->token != NULL)
		browser_api(pressing->browser, "POST", pressing->path,
			pressing->token, "{\"reason\": \"Told off\"}");
	else
		browser_post(pressing->browser, pressing->path, "reason",
			pressing->reason, NULL);
	return NULL;
}

static void
press_during(const struct pressing *pressing, const char *sql)
{
	site_during(
		SITE_OPEN, sql, press_in_thread, (void *)(uintptr_t)pressing);
}

#define WITHDRAW(username)                                                     \
	"DELETE FROM appointment WHERE member = (SELECT id FROM member "       \
	"WHERE username = '" username "')"

static void
an_act_ends_with_the_office(void **state)
{
	struct browser *admin = member_with("ida", "members");
	struct browser *program = member_with("ian", "members");
	struct browser *member = member_with("mel", "");
	struct browser *gone = member_with("gil", "members");
	char page[96], path[96], call[96], token[64];

	(void)state;
	path_of(page, "/manage/members", "mel", "");
	path_of(path, "/manage/members", "mel", "/suspend");
	path_of(call, "/api/v1/members", "mel", "/suspend");
	token_of(token, program);

	browser_get(admin, page);
	press_during(&(struct pressing){admin, path, "Told off", NULL},
		WITHDRAW("ida"));
	assert_status(browser_status(admin), 403, admin);
	assert_shows(admin, "You may not do this");

	press_during(&(struct pressing){program, call, NULL, token},
		WITHDRAW("ian"));
	assert_status(browser_status(program), 403, program);
	assert_shows(program, "\"title\":\"You may not do this\"");

	/* The standing of a member counts as much. */
	browser_get(gone, page);
	press_during(&(struct pressing){gone, path, "Told off", NULL},
		"UPDATE member SET state = 'suspended' WHERE username = "
		"'gil'");
	assert_status(browser_status(gone), 403, gone);
	assert_shows(gone, "Your membership is suspended");

	assert_string_equal(
		site_text(SITE_OPEN, "SELECT state FROM @.member WHERE "
				     "username = 'mel'"),
		"active");
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.outbox WHERE recipient LIKE "
			"'mel@%' AND subject LIKE '%suspended%'"),
		"0");
	/* The same admins in office: nothing is in the way. */
	site_sql(SITE_OPEN,
		"INSERT INTO appointment (member, scopes, appointed_at) "
		"SELECT id, 'members', UTC_TIMESTAMP(6) FROM member WHERE "
		"username = 'ida'");
	browser_get(admin, page);
	assert_status(browser_post(admin, path, "reason", "Told off", NULL),
		303, admin);
	browser_close(admin);
	browser_close(program);
	browser_close(member);
	browser_close(gone);
}

static void *
post_in_thread(void *argument)
{
	browser_post(argument, "/listings/new", "kind", "offer", "title",
		"Come too late", "category", "repairs", "body", "Words.",
		"exchange", "a coffee", NULL);
	return NULL;
}

static void *
make_token_in_thread(void *argument)
{
	browser_post(
		argument, "/account/tokens", "name", "late", "days", "5", NULL);
	return NULL;
}

static void *
change_password_in_thread(void *argument)
{
	browser_post(argument, "/account/password", "current", PASSWORD,
		"password", "staple battery horse", NULL);
	return NULL;
}

/* A token that is ended while it posts. */
struct program {
	struct browser *browser;
	char token[64];
};

static void *
post_by_program_in_thread(void *argument)
{
	struct program *program = argument;

	browser_api(program->browser, "POST", "/api/v1/listings",
		program->token,
		"{\"kind\": \"offer\", \"title\": \"Come too late\", "
		"\"category\": \"repairs\", \"body\": \"Words.\", "
		"\"exchange\": \"a coffee\"}");
	return NULL;
}

#define OF(username)                                                           \
	" WHERE member = (SELECT id FROM member WHERE username = '" username   \
	"')"

static void
an_act_ends_with_the_session(void **state)
{
	struct browser *author = member_with("lou", "");
	struct browser *maker = member_with("len", "");
	struct browser *changer = member_with("lia", "");
	struct program program = {.browser = member_with("lev", "")};

	(void)state;
	token_of(program.token, program.browser);

	browser_get(author, "/listings/new?kind=offer");
	site_during(SITE_OPEN, "DELETE FROM session" OF("lou"), post_in_thread,
		author);
	assert_status(browser_status(author), 303, author);
	assert_string_equal(
		browser_location(author), "/login?next=%2Flistings%2Fnew");

	site_during(SITE_OPEN, "DELETE FROM api_token" OF("lev"),
		post_by_program_in_thread, &program);
	assert_status(browser_status(program.browser), 401, program.browser);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.listing WHERE "
				     "title = 'Come too late'"),
		"0");

	/* Nor does what a session may make outlive it. */
	browser_get(maker, "/account/tokens");
	site_during(SITE_OPEN, "DELETE FROM session" OF("len"),
		make_token_in_thread, maker);
	assert_status(browser_status(maker), 303, maker);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.api_token WHERE "
				     "name = 'late'"),
		"0");
	browser_get(changer, "/account/password");
	site_during(SITE_OPEN, "DELETE FROM session" OF("lia"),
		change_password_in_thread, changer);
	assert_status(browser_status(changer), 303, changer);
	assert_string_equal(
		browser_location(changer), "/login?next=%2Faccount%2Fpassword");
	browser_close(changer);
	changer = log_in_at(SITE_OPEN, "lia"); /* with the password as it was */

	/* Who stays logged in is not in the way. */
	browser_get(changer, "/listings/new?kind=offer");
	post_in_thread(changer);
	assert_status(browser_status(changer), 303, changer);
	assert_string_equal(
		site_text(SITE_OPEN, "SELECT COUNT(*) FROM @.listing WHERE "
				     "title = 'Come too late'"),
		"1");
	browser_close(author);
	browser_close(maker);
	browser_close(changer);
	browser_close(program.browser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_ends_with_the_office),
		cmocka_unit_test(an_act_ends_with_the_session),
	};
	return cmocka_run_group_tests(tests, manage_start, manage_stop);
}

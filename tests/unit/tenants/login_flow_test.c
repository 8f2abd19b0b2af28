/*
 * Logging in, as an attacker looks at it: what it costs and what it says for
 * accounts that are there and those that are not. The hash functions of
 * libargon2 are counted on their way, in memory shared with the worker.
 */
#include "site_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <argon2.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/password.h"

#define PASSWORD "correct horse battery"

static atomic_uint *hashes;

int
argon2id_hash_encoded(const uint32_t t_cost, const uint32_t m_cost,
	const uint32_t parallelism, const void *pwd, const size_t pwdlen,
	const void *salt, const size_t saltlen, const size_t hashlen,
	char *encoded, const size_t encodedlen)
{
	int (*real)(uint32_t, uint32_t, uint32_t, const void *, size_t,
		const void *, size_t, size_t, char *, size_t);

	*(void **)&real = dlsym(RTLD_NEXT, "argon2id_hash_encoded");
	atomic_fetch_add(hashes, 1);
	return real(t_cost, m_cost, parallelism, pwd, pwdlen, salt, saltlen,
		hashlen, encoded, encodedlen);
}

int
argon2id_verify(const char *encoded, const void *pwd, const size_t pwdlen)
{
	int (*real)(const char *, const void *, size_t);

	*(void **)&real = dlsym(RTLD_NEXT, "argon2id_verify");
	atomic_fetch_add(hashes, 1);
	return real(encoded, pwd, pwdlen);
}

static int
start(void **state)
{
	(void)state;
	hashes = mmap(NULL, sizeof(*hashes), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(hashes != MAP_FAILED);
	site_start();
	site_join(SITE_OPEN, "ada", PASSWORD);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	site_stop();
	munmap(hashes, sizeof(*hashes));
	return 0;
}

/* A page without what differs from visit to visit, and without the login that
 * is shown again. */
static char *
page_of(const struct browser *browser, const char *login)
{
	char *page = strdup(browser_body(browser)), *at;

	while ((at = strstr(page, login)) != NULL)
		memmove(at, at + strlen(login), strlen(at + strlen(login)) + 1);
	while ((at = strstr(page, "name=\"csrf\" value=\"")) != NULL) {
		char *end = strchr(at + strlen("name=\"csrf\" value=\""), '"');

		assert_non_null(end);
		memmove(at, end, strlen(end) + 1);
	}
	return page;
}

/* The names of the answer's headers, without Date and request id. */
static char *
headers_of(const struct browser *browser)
{
	char *names = calloc(1, strlen(browser_head(browser)) + 1);
	char *head = strdup(browser_head(browser)), *rest = head, *line;

	while ((line = strsep(&rest, "\r\n")) != NULL) {
		strncat(names, line, strcspn(line, ":"));
		strcat(names, "\n");
	}
	free(head);
	return names;
}

/* The problem document without the request's id. */
static void
assert_problem_is_the_same(const struct browser *browser, char **problem)
{
	char *here = strdup(browser_body(browser));
	char *instance = strstr(here, "urn:request:");

	assert_non_null(strstr(here, "urn:missiond:problem:wrong-password"));
	assert_non_null(instance);
	*instance = '\0';
	if (*problem != NULL)
		assert_string_equal(here, *problem);
	free(*problem);
	*problem = here;
}

static void
who_is_not_there_is_answered_alike_with_equal_work(void **state)
{
	static const char *const logins[] = {"nobody", "ada@nowhere.example",
		"ada@mail.example", "ada", "\303\240da"};
	char *first = NULL, *headers = NULL, *problem = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		struct browser *browser = browser_open(SITE_OPEN);
		unsigned before = atomic_load(hashes);

		assert_int_equal(
			browser_log_in(browser, logins[i], "something else"),
			422);
		assert_int_equal(atomic_load(hashes) - before, 1);
		char *page = page_of(browser, logins[i]);
		char *names = headers_of(browser);
		if (first != NULL) {
			assert_string_equal(page, first);
			assert_string_equal(names, headers);
		}
		free(first);
		free(headers);
		first = page;
		headers = names;
		before = atomic_load(hashes);
		assert_int_equal(
			browser_api(browser, "POST", "/api/v1/tokens", NULL,
				i % 2 == 0 ? "{\"login\": \"nobody\", "
					     "\"password\": \"wrong\", "
					     "\"name\": \"x\", \"days\": 1}"
					   : "{\"login\": \"ada\", "
					     "\"password\": \"wrong\", "
					     "\"name\": \"x\", \"days\": 1}"),
			401);
		assert_problem_is_the_same(browser, &problem);
		assert_int_equal(atomic_load(hashes) - before, 1);
		browser_close(browser);
	}
	free(first);
	free(headers);
	free(problem);
}

static void
a_forgotten_password_is_answered_alike(void **state)
{
	static const char *const logins[] = {
		"nobody", "ada", "ada@nowhere.example", "ada@mail.example"};

	(void)state;
	for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
		struct browser *browser = browser_open(SITE_OPEN);
		unsigned before = atomic_load(hashes);

		browser_get(browser, "/forgot");
		assert_int_equal(browser_post(browser, "/forgot", "login",
					 logins[i], NULL),
			303);
		assert_string_equal(browser_location(browser), "/forgot/sent");
		assert_int_equal(atomic_load(hashes), before);
		browser_close(browser);
	}
}

static const char *
stored(void)
{
	return site_text(SITE_OPEN,
		"SELECT p.phc FROM @.member_password AS p JOIN @.member AS m "
		"ON m.id = p.member WHERE m.username = 'ada'");
}

static void
another_cost_is_taken_over_at_log_in(void **state)
{
	static const struct password_cost others[] = {
		{128, 1, 1}, {64, 2, 1}, {32, 1, 1}};
	struct browser *browser = browser_open(SITE_OPEN);
	char phc[PASSWORD_PHC_SIZE], sql[512], after[PASSWORD_PHC_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(password_hash(PASSWORD, &others[i], phc), 0);
		snprintf(sql, sizeof(sql),
			"UPDATE member_password SET phc = '%s'", phc);
		site_sql(SITE_OPEN, sql);
		/* A wrong password changes nothing. */
		assert_int_equal(
			browser_log_in(browser, "ada", "wrong guess"), 422);
		assert_string_equal(stored(), phc);
		assert_int_equal(browser_log_in(browser, "ada", PASSWORD), 303);
		snprintf(after, sizeof(after), "%s", stored());
		assert_non_null(strstr(after, "$m=64,t=1,p=1$"));
		browser_get(browser, "/account/sessions");
		assert_int_equal(browser_post(browser, "/logout", NULL), 303);
		/* Once. */
		assert_int_equal(browser_log_in(browser, "ada", PASSWORD), 303);
		assert_string_equal(stored(), after);
		browser_get(browser, "/account/sessions");
		assert_int_equal(browser_post(browser, "/logout", NULL), 303);
	}
	browser_close(browser);
}

/* Joined with a composed é, a ligature and spaces; another keyboard sends the
 * parts. */
static void
a_password_may_be_typed_on_any_keyboard(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_join(SITE_OPEN, "zoe",
		" \303\251t\303\251 \357\254\201n \360\237\230\200 ");
	assert_int_equal(browser_log_in(browser, "zoe",
				 "e\314\201te\314\201 fin \360\237\230\200"),
		422);
	assert_int_equal(browser_log_in(browser, "zoe",
				 " e\314\201te\314\201 fin \360\237\230\200 "),
		303);
	browser_close(browser);
}

static void
common_passwords_are_refused_everywhere(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	browser_get(browser, "/join");
	assert_int_equal(
		browser_post(browser, "/join", "name", "Cy", "email",
			"cy@mail.example", "username", "cyrus", "password",
			"Password1234", "accept", "1", NULL),
		422);
	assert_true(browser_shows(browser,
		"This is easily guessed: a common password or a single word."));
	assert_int_equal(browser_log_in(browser, "ada", PASSWORD), 303);
	browser_get(browser, "/account/password");
	assert_int_equal(browser_post(browser, "/account/password", "current",
				 PASSWORD, "password", "The Guild 2026", NULL),
		422);
	assert_true(browser_shows(browser, "a name or address that others"));
	browser_close(browser);
}

/* A log-in under way; the answer's status. */
struct arrival {
	struct browser *browser;
	const char *login;
	bool program; /* for the API's token */
	int status;
};

static void *
arrive(void *argument)
{
	struct arrival *arrival = argument;
	char json[200];

	snprintf(json, sizeof(json),
		"{\"login\": \"%s\", \"password\": \"" PASSWORD "\", "
		"\"name\": \"late\", \"days\": 9}",
		arrival->login);
	arrival->status =
		arrival->program
			? browser_api(arrival->browser, "POST",
				  "/api/v1/tokens", NULL, json)
			: browser_post(arrival->browser, "/login", "login",
				  arrival->login, "password", PASSWORD, NULL);
	return NULL;
}

static const char *
count_of(const char *table)
{
	char sql[300];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM @.%s AS t JOIN @.member AS m "
		"ON m.id = t.member WHERE m.username = 'ada'",
		table);
	return site_text(SITE_OPEN, sql);
}

/* What password_reset() does, while the log-in's own hash is computed: it
 * waits for the member's row when it goes on. */
static void
change_during_log_in(struct arrival *arrival, const char *phc)
{
	char sql[900];

	snprintf(sql, sizeof(sql),
		"UPDATE member SET login_count = login_count "
		"WHERE username = 'ada'; "
		"UPDATE member_password JOIN member "
		"ON member.id = member_password.member "
		"SET phc = '%s' WHERE username = 'ada'; "
		"DELETE session FROM session JOIN member "
		"ON member.id = session.member WHERE username = 'ada'; "
		"DELETE api_token FROM api_token JOIN member "
		"ON member.id = api_token.member WHERE username = 'ada'",
		phc);
	site_during(SITE_OPEN, sql, arrive, arrival);
}

/* Whoever knows the old password is out, however close they were; also where
 * the old one's cost is outdated and its hash about to be made anew. */
static void
a_log_in_does_not_outlive_a_change_of_the_password(void **state)
{
	static const struct password_cost present = {64, 1, 1},
					  old = {32, 1, 1};
	char was[PASSWORD_PHC_SIZE], changed[PASSWORD_PHC_SIZE];
	char sql[300];

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		struct arrival arrival = {.browser = browser_open(SITE_OPEN),
			.login = "ada",
			.program = round % 2 == 1};

		assert_int_equal(password_hash(PASSWORD,
					 round < 2 ? &present : &old, was),
			0);
		snprintf(sql, sizeof(sql),
			"UPDATE member_password SET phc = '%s'", was);
		site_sql(SITE_OPEN, sql);
		assert_int_equal(
			password_hash("another good secret", &present, changed),
			0);
		browser_get(arrival.browser, "/login");
		change_during_log_in(&arrival, changed);
		assert_status(arrival.status, arrival.program ? 401 : 422,
			arrival.browser);
		assert_string_equal(count_of("session"), "0");
		assert_string_equal(count_of("api_token"), "0");
		assert_string_equal(stored(), changed);
		browser_close(arrival.browser);
	}
}

/* A hash of another cost, not another password: two log-ins side by side may
 * both make it anew. */
static void
a_log_in_outlives_another_hash_of_the_same_password(void **state)
{
	static const struct password_cost present = {64, 1, 1},
					  old = {32, 1, 1};
	char was[PASSWORD_PHC_SIZE], changed[PASSWORD_PHC_SIZE];
	char sql[300];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		struct arrival arrival = {.browser = browser_open(SITE_OPEN),
			.login = "ada",
			.program = round == 1};

		assert_int_equal(password_hash(PASSWORD, &old, was), 0);
		snprintf(sql, sizeof(sql),
			"UPDATE member_password SET phc = '%s'", was);
		site_sql(SITE_OPEN, sql);
		assert_int_equal(password_hash(PASSWORD, &present, changed), 0);
		browser_get(arrival.browser, "/login");
		change_during_log_in(&arrival, changed);
		assert_status(arrival.status, arrival.program ? 201 : 303,
			arrival.browser);
		assert_string_equal(stored(), changed);
		browser_close(arrival.browser);
	}
}

/* Of all places: how many rows, and how many expire when the 91st day begins,
 * whatever the time of the log-in was. */
static const char *
places(void)
{
	return site_text(SITE_OPEN,
		"SELECT CONCAT(COUNT(*), ' ', COALESCE(SUM(expires_at IN ("
		"DATE(UTC_TIMESTAMP() + INTERVAL 91 DAY), "
		"DATE(UTC_TIMESTAMP() + INTERVAL 91 DAY - INTERVAL 5 MINUTE)"
		")), 0)) FROM @.known_place");
}

static void
log_in_and_out(struct browser *browser, const char *login)
{
	assert_int_equal(browser_log_in(browser, login, PASSWORD), 303);
	browser_get(browser, "/account/sessions");
	assert_int_equal(browser_post(browser, "/logout", NULL), 303);
}

static void
a_known_place_is_noted_once_a_day_by_both_names(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_sql(SITE_OPEN, "DELETE FROM known_place");
	assert_int_equal(browser_log_in(browser, "ada", "wrong guess"), 422);
	assert_string_equal(places(), "0 0");
	log_in_and_out(browser, "ada");
	assert_string_equal(places(), "2 2");
	site_sql(SITE_OPEN,
		"UPDATE known_place SET expires_at = UTC_TIMESTAMP() + "
		"INTERVAL 90 DAY + INTERVAL 10 MINUTE");
	log_in_and_out(browser, "ada@mail.example");
	assert_string_equal(places(), "2 0");
	site_sql(SITE_OPEN,
		"UPDATE known_place SET expires_at = UTC_TIMESTAMP() + "
		"INTERVAL 90 DAY - INTERVAL 10 MINUTE");
	log_in_and_out(browser, "Ada@mail.example");
	assert_string_equal(places(), "2 2");
	/* No clock that is right wrote this. */
	site_sql(SITE_OPEN, "UPDATE known_place SET "
			    "expires_at = expires_at + INTERVAL 1 YEAR");
	log_in_and_out(browser, "ada");
	assert_string_equal(places(), "2 2");
	/* What is out of date, or another member's, is no place. */
	site_sql(SITE_OPEN, "UPDATE known_place SET proof = REPEAT('x', 32), "
			    "expires_at = expires_at + INTERVAL 1 YEAR");
	log_in_and_out(browser, "ada");
	assert_string_equal(places(), "2 2");
	browser_close(browser);
}

/* A clock that was ahead may have written any time: who is refused waits as
 * long as after tries of now, no longer. */
static void
a_network_is_not_locked_out_by_a_clock(void **state)
{
	struct browser *browser = browser_open(SITE_OPEN);

	(void)state;
	site_sql(SITE_OPEN, "DELETE FROM known_place");
	site_sql(SITE_OPEN, "DELETE FROM attempt");
	assert_int_equal(browser_log_in(browser, "ada", "wrong guess"), 422);
	site_sql(SITE_OPEN, "UPDATE attempt SET "
			    "free_at = UTC_TIMESTAMP(6) + INTERVAL 1 DAY");
	assert_int_equal(browser_log_in(browser, "ada", PASSWORD), 429);
	assert_string_equal(
		site_text(SITE_OPEN,
			"SELECT COUNT(*) FROM @.attempt WHERE free_at < "
			"UTC_TIMESTAMP(6) + INTERVAL 1 HOUR"),
		"1");
	site_sql(SITE_OPEN, "DELETE FROM attempt");
	browser_close(browser);
}

/* Nothing is left that a session could belong to. */
static void
a_member_who_goes_during_log_in_is_not_there(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		struct arrival arrival = {.browser = browser_open(SITE_OPEN),
			.login = "gone",
			.program = round == 1};

		site_join(SITE_OPEN, "gone", PASSWORD);
		browser_get(arrival.browser, "/login");
		site_during(SITE_OPEN,
			"DELETE member_root FROM member JOIN member_root "
			"USING (id) WHERE username = 'gone'",
			arrive, &arrival);
		assert_status(arrival.status, arrival.program ? 401 : 422,
			arrival.browser);
		browser_close(arrival.browser);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			who_is_not_there_is_answered_alike_with_equal_work),
		cmocka_unit_test(a_network_is_not_locked_out_by_a_clock),
		cmocka_unit_test(
			a_known_place_is_noted_once_a_day_by_both_names),
		cmocka_unit_test(a_member_who_goes_during_log_in_is_not_there),
		cmocka_unit_test(a_forgotten_password_is_answered_alike),
		cmocka_unit_test(another_cost_is_taken_over_at_log_in),
		cmocka_unit_test(a_password_may_be_typed_on_any_keyboard),
		cmocka_unit_test(common_passwords_are_refused_everywhere),
		cmocka_unit_test(
			a_log_in_does_not_outlive_a_change_of_the_password),
		cmocka_unit_test(
			a_log_in_outlives_another_hash_of_the_same_password),
	};
	return cmocka_run_group_tests(tests, start, stop);
}

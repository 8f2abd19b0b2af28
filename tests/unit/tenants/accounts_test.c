/* The rules of accounts that need no database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "tenants/accounts/browser.h"
#include "tenants/accounts/common_password.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/password_rule.h"
#include "text/normal.h"

static void
refuses_passwords_that_others_know(void **state)
{
	static const struct password_context context = {
		.community = "Toulouse Entraide",
		.name = "Ada Lovelace",
		.email = "ada.lovelace@example.org",
		.username = "countess.ada",
	};
	static const struct password_context nothing;
	static const char *const refused[] = {
		"ada lovelace",
		"ADA.Lovelace@example.org",
		"ada.lovelace",
		"Countess.Ada",
		"ada.lovelace1",
		"(countess.ada)",
		"toulouse entraide",
		"Toulouse Entraide 26",
		"aaaaaaaaaaaa",
		"abcabcabcabcab",
		"abcdefghijkl",
		"9876543210",
		"1234567890",
		"Password1234",
		"password2024!",
		"passwordpassword",
		"PASSWORDpassword99",
		"sunshine!!!!",
		"understanding",
		/* Full width. */
		"\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff441234",
	};
	static const char *const taken[] = {
		"correct horse battery",
		"ada.lovelace@example.com",
		"adas lovelace",
		"understanding horses",
		"\u00e9t\u00e9 \u00e0 la mer",
		"\U0001f600\U0001f601\U0001f602\U0001f600\U0001f601\U0001f602"
		"\U0001f600\U0001f601\U0001f603",
		"q8!xv0Lw2p",
	};
	struct arena *arena = arena_new();

	(void)state;
	assert_true(common_password_count() > 50000);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (password_refusal(arena, refused[i], &context) == NULL)
			fail_msg("%s may be used", refused[i]);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (password_refusal(arena, taken[i], &context) != NULL)
			fail_msg("%s may not be used", taken[i]);
	assert_null(password_refusal(arena, "ada lovelace", &nothing));
	arena_free(arena);
}

static void
spells_passwords_in_one_way(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(
		normal_nfkc(arena, "e\u0301\ufb01\uff21 "), "\u00e9fiA ");
	assert_string_equal(normal_fold(arena, "E\u0301\u00df"), "\u00e9ss");
	assert_string_equal(normal_nfkc(arena, ""), "");
	arena_free(arena);
}

static void
goes_on_within_the_site_only(void **state)
{
	(void)state;
	assert_string_equal(login_next("/listings?page=2"), "/listings?page=2");
	assert_string_equal(login_next(NULL), "/");
	assert_string_equal(login_next(""), "/");
	assert_string_equal(login_next("https://evil.example/"), "/");
	assert_string_equal(login_next("//evil.example/"), "/");
	assert_string_equal(login_next("/\\evil.example/"), "/");
	assert_string_equal(login_next("/a\r\nSet-Cookie: x"), "/");
	assert_string_equal(login_next("/\t/evil.example"), "/");
	assert_string_equal(login_next("javascript:alert(1)"), "/");
}

static void
names_browsers(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	assert_string_equal(
		browser_name(arena, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) "
				    "Gecko/20100101 Firefox/140.0"),
		"Firefox, Linux");
	assert_string_equal(
		browser_name(arena,
			"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 "
			"(KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"),
		"Chrome, Android");
	assert_string_equal(browser_name(arena, "curl/8.0"), "curl");
	assert_null(browser_name(arena, ""));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_passwords_that_others_know),
		cmocka_unit_test(spells_passwords_in_one_way),
		cmocka_unit_test(goes_on_within_the_site_only),
		cmocka_unit_test(names_browsers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

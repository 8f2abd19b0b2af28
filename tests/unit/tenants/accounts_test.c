/* The rules of accounts that need no database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "tenants/accounts/browser.h"
#include "tenants/accounts/login.h"
#include "tenants/accounts/password_rule.h"

static void
refuses_passwords_that_others_know(void **state)
{
	static const char name[] = "Ada Lovelace";
	static const char email[] = "ada.lovelace@example.org";
	static const char username[] = "countess.ada";

	(void)state;
	assert_non_null(
		password_refusal("ada lovelace", name, email, username));
	assert_non_null(password_refusal(
		"ADA.Lovelace@example.org", name, email, username));
	assert_non_null(
		password_refusal("ada.lovelace", name, email, username));
	assert_non_null(
		password_refusal("Countess.Ada", name, email, username));
	assert_non_null(
		password_refusal("aaaaaaaaaaaa", name, email, username));
	assert_null(password_refusal(
		"correct horse battery", name, email, username));
	assert_null(password_refusal("ada.lovelace1", name, email, username));
	assert_null(password_refusal("correct horse", NULL, NULL, NULL));
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
		cmocka_unit_test(goes_on_within_the_site_only),
		cmocka_unit_test(names_browsers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Bad files and, whole, what is said of them. A row of the table is a file that
 * was written wrongly in one way or several; the lines that must come out stand
 * beside it, without the file's name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "conf/errors.h"
#include "settings.h"
#include "tenants/config.h"

struct bad {
	const char *what;
	const char *yaml;
	const char *lines; /* "line:column: message\n"… */
};

/* Four lines that are right. */
#define GOOD                                                                   \
	"slug: a\n"                                                            \
	"name: A\n"                                                            \
	"domains: [a.example]\n"                                               \
	"founder: {name: F, email: f@example.org}\n"

static const struct bad tenants[] = {
	{"good", GOOD, ""},
	{"syntax", "slug: [a\nname: b\n",
		"2:5: not valid YAML: did not find expected ',' or ']' (opened "
		"in line 1, column 7)\n"},
	{"a quote that is never closed", GOOD "description: \"x\ny: z\n",
		"7:1: not valid YAML: found unexpected end of stream (opened "
		"in line 5, column 14)\n"},
	{"a brace that is never closed", GOOD "theme: {colour: '#112233'\n",
		"6:1: not valid YAML: did not find expected ',' or '}' (opened "
		"in line 5, column 8)\n"},
	{"a byte order mark", "\xef\xbb\xbf" GOOD, ""},
	{"a mistake behind a byte order mark",
		"\xef\xbb\xbfslug: [a\nname: b\n",
		"2:5: not valid YAML: did not find expected ',' or ']' (opened "
		"in line 1, column 7)\n"},
	{"a control character", GOOD "currency: \u00e9\x01\n",
		"5:12: not a text file: control characters are not allowed\n"},
	{"what cannot be seen",
		"slug: a\nname: \"\u200b\"\ndomains: [a.example]\n"
		"founder: {name: \"ab\\u202Ecd\", email: f@example.org}\n",
		"2:7: name is \"\", expected one line of text without "
		"characters that cannot be seen\n"
		"4:17: name is \"abcd\", expected one line of text without "
		"characters that cannot be seen\n"},
	{"a zero before a number",
		GOOD "listing_quota: 010\nmember_quota: 0\n"
		     "limits: {burst: 010, connections: 10}\n",
		"5:16: listing_quota is \"010\", expected a number without a "
		"zero before it\n"
		"7:17: burst is \"010\", expected a number without a zero "
		"before it\n"},
	{"an address for a domain",
		"slug: a\nname: A\ndomains: [192.0.2.1, 1.example, a.123]\n"
		"founder: {name: F, email: f@example.org}\n",
		"3:11: domains is \"192.0.2.1\", expected a domain name in "
		"lower case such as example.org\n"
		"3:33: domains is \"a.123\", expected a domain name in lower "
		"case such as example.org\n"},
	{"a language twice", GOOD "languages: [en, fr, en]\n",
		"5:21: the language en stands twice, expected it once\n"},
	{"tab", "slug: a\n\tname: b\n",
		"2:1: a character that cannot stand here, expected spaces for "
		"indentation (no tab) or a quoted text\n"},
	{"two colons", "slug: a\nname: b: c\n",
		"2:8: a second ':' on the line, expected quotes around a text "
		"that contains ': '\n"},
	{"list", "- a\n", "1:1: a list, expected keys such as \"slug:\"\n"},
	{"text", "hello\n", "1:1: a text, expected keys such as \"slug:\"\n"},
	{"two documents", GOOD "---\nslug: b\n",
		"5:1: a second document (---), expected one a file\n"},
	{"anchor", "slug: &a x\nname: *a\n",
		"1:7: an anchor, alias or tag (&, *, !), expected the value "
		"written out, in quotes if it begins with such a character\n"},
	{"nesting", "slug: [[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]\n",
		"1:22: nested too deeply, expected at most 16 levels\n"},
	{"mapping as a key", "{a: b}: c\n",
		"1:1: a mapping as a key, expected a word\n"},
	{"NUL", "slug: \"a\\0b\"\n", "1:7: a NUL character, expected text\n"},
	{"empty", "",
		"1:1: the key \"slug\" is missing\n"
		"1:1: the key \"name\" is missing\n"
		"1:1: the key \"domains\" is missing\n"
		"1:1: the key \"founder\" is missing\n"},
	{"blank name",
		"slug: a\nname: '  '\ndomains: [a.example]\n"
		"founder: {name: '', email: f@example.org}\n"
		"description: ''\n",
		"2:7: name has nothing in it, expected text\n"
		"4:17: name has nothing in it, expected text\n"},
	{"misspelt key", GOOD "joinning: open\n",
		"5:1: unknown key \"joinning\": did you mean \"joining\"?\n"},
	{"unknown key", GOOD "zzzzzzzz: open\n",
		"5:1: unknown key \"zzzzzzzz\", expected one of those that the "
		"manual lists\n"},
	{"unknown key of few", GOOD "theme: {background: red}\n",
		"5:9: unknown key \"background\", expected colour\n"},
	{"a key that breaks the line", GOOD "\"x\\ny\": 1\n",
		"5:1: unknown key \"x y\", expected one of those that the "
		"manual lists\n"},
	{"twice, and more", GOOD "slug: b\njoining: opne\n",
		"5:1: the key \"slug\" stands twice, expected it once (first in "
		"line 1)\n"
		"6:10: joining is \"opne\", expected open, approval or "
		"invitation: did you mean \"open\"?\n"},
	{"wrong types",
		GOOD "currency: [EUR]\nmember_quota: many\n"
		     "founder_may_change: {name: maybe}\nterms: v1\n"
		     "categories: {slug: a}\n",
		"5:11: currency is a list, expected a text\n"
		"6:15: member_quota is \"many\", expected a whole number\n"
		"7:28: name is \"maybe\", expected true or false\n"
		"8:8: terms is \"v1\", expected a mapping\n"
		"9:13: categories is a mapping, expected a list of mappings\n"},
	{"a number or a truth where a text belongs",
		"slug: 12\nname: on\ndomains: [a.example, 1.5e3]\n"
		"founder: {name: No, email: f@example.org}\n"
		"description: 0x1F\ncluster: -.5\nlanguage: no\n",
		"1:7: slug is 12, which is a number, expected a text: put it "
		"in quotes\n"
		"2:7: name is on, which is true or false, expected a text: put "
		"it in quotes\n"
		"3:22: domains is 1.5e3, which is a number, expected a text: "
		"put it in quotes\n"
		"4:17: name is No, which is true or false, expected a text: "
		"put it in quotes\n"
		"5:14: description is 0x1F, which is a number, expected a "
		"text: put it in quotes\n"
		"6:10: cluster is -.5, which is a number, expected a text: put "
		"it in quotes\n"
		"7:11: language is \"no\", expected en or fr\n"},
	{"the same in quotes, and what only looks like it",
		"slug: '12'\nname: \"on\"\ndomains: [a.example, 12a.example]\n"
		"founder: {name: 1 2, email: 1@example.org}\n"
		"description: |\n  12\n"
		"theme: {colour: '#112233'}\n",
		""},
	{"words that are no number",
		GOOD "terms:\n  version: 2026-01-01\n  texts:\n"
		     "    - {language: en, title: 1e, body: .}\n"
		     "    - {language: fr, title: 0xg, body: +}\n",
		""},
	{"no value",
		"slug:\nname: ~\ndomains: Null\n"
		"founder: {name: null, email: f@example.org}\ndescription: ~\n",
		"1:6: slug has no value, expected one\n"
		"2:7: name has no value, expected one\n"
		"3:10: domains has no value, expected one\n"
		"4:17: name has no value, expected one\n"},
	{"bounds", GOOD "member_quota: -1\nlisting_quota: 100001\n",
		"5:15: member_quota is -1, expected between 0 and 10000000\n"
		"6:16: listing_quota is 100001, expected between 0 and "
		"100000\n"},
	{"founder",
		"slug: a\nname: A\ndomains: [a.example]\nfounder:\n"
		"  name: F\n  mail: f@example.org\n",
		"5:3: the key \"email\" is missing\n"
		"6:3: unknown key \"mail\": did you mean \"email\"?\n"},
	{"words",
		GOOD
		"theme: {colour: red}\ncurrency: euro\nresidency: europe\n",
		"5:17: colour is \"red\", expected a colour such as "
		"\"#b5462f\", in quotes and lower case\n"
		"6:11: currency is \"euro\", expected a currency code of ISO "
		"4217 such as EUR\n"
		"7:12: residency is \"europe\", expected eu, eea or any\n"},
	{"misspelt zone", GOOD "time_zone: Europe/Pari\n",
		"5:12: time_zone is \"Europe/Pari\", expected a time zone such "
		"as \"Europe/Paris\": did you mean \"Europe/Paris\"?\n"},
	{"no zone", GOOD "time_zone: \"+02:00\"\n",
		"5:12: time_zone is \"+02:00\", expected a time zone such as "
		"\"Europe/Paris\"\n"},
	{"domains",
		"slug: A b\nname: A\n"
		"domains:\n  - a.example\n  - A_\n  - a.example\n"
		"founder: {name: F, email: f}\n",
		"1:7: slug is \"A b\", expected a word of lower-case letters, "
		"digits and '-'\n"
		"5:5: domains is \"A_\", expected a domain name in lower case "
		"such as example.org\n"
		"6:5: the domain a.example stands twice, expected it once\n"
		"7:27: email is \"f\", expected a mail address such as "
		"name@example.org\n"},
	{"an address that gets no mail",
		"slug: a\nname: A\ndomains: [a.example]\n"
		"founder: {name: F, email: f@\u00e9.org}\n",
		"4:27: email is \"f@\u00e9.org\", expected a mail address such "
		"as name@example.org\n"},
	{"no domains",
		"slug: a\nname: A\ndomains: []\n"
		"founder: {name: F, email: f@example.org}\n",
		"3:10: domains is empty, expected a domain name\n"},
	{"categories",
		GOOD "categories:\n  - {slug: x, name_en: X, name_fr: X}\n"
		     "  - {slug: x, name_en: Y, name_fr: Y}\n",
		"7:12: the category x stands twice, expected it once\n"},
	{"legal texts",
		GOOD "terms:\n  version: v2\n  texts:\n"
		     "    - {language: fr, title: T, body: B}\n",
		"8:5: terms.texts has 0 in \"en\", expected one in each of the "
		"community's languages\n"},
	{"languages", GOOD "language: fr\nlanguages: [en]\n",
		"5:11: language is fr, expected one of languages\n"},
	{"too long", GOOD "cluster: \"a\\u0007\"\n",
		"5:10: cluster holds control characters, expected text\n"},
};

static const struct bad settings[] = {
	{"good", "mail: {directory: mail}\n", ""},
	{"bounds with units",
		"mail: {directory: mail}\n"
		"database:\n  wait: 2m\n  memory: 8MiB\n"
		"limits:\n  header_time: 20ms\n  request_time: soon\n"
		"sessions:\n  idle: 1s\n",
		"3:9: wait is 2m, expected between 100ms and 1m\n"
		"4:11: memory is 8MiB, expected between 16MiB and 1024GiB\n"
		"6:16: header_time is 20ms, expected between 100ms and 10m\n"
		"7:17: request_time is \"soon\", expected a duration such as "
		"500ms, 30s, 15m, 2h or 14d\n"
		"9:9: idle is 1s, expected between 1m and 365d\n"},
	{"keys that need each other",
		"workers: 1\n"
		"listen:\n  https: 127.0.0.1:8443\n"
		"database:\n  private_server: false\n  connections: 4\n"
		"  port: 3307\n"
		"mail:\n  host: mail.example\n  security: none\n  user: u\n",
		"3:10: listen.https is set but there are no certificates, "
		"expected one for its domains\n"
		"5:19: database.private_server is false, expected "
		"database.socket or database.address\n"
		"10:13: mail.user with mail.security none could send the "
		"password in the clear, expected starttls or tls\n"
		"11:9: mail.user and mail.password_file belong together, "
		"expected both or none\n"},
	{"limits of communities",
		"mail: {host: mail.example}\n"
		"community_limits: {burst: many, requests_per_second: -1,\n"
		"  connections: off, concurrent_requests: 2000000,\n"
		"  waiting_passwords: none}\n",
		"2:27: burst is \"many\", expected a number from 1 to "
		"1000000\n"
		"2:54: requests_per_second is \"-1\", expected a number from "
		"1 to 1000000, or off\n"
		"3:42: concurrent_requests is \"2000000\", expected a number "
		"from 1 to 1000000, or off\n"
		"4:22: waiting_passwords is \"none\", expected a number from "
		"1 to 1000000, or off\n"},
	{"nowhere to listen", "listen: {http: []}\nmail: {from: a@b}\n",
		"1:9: listen has neither http nor https, expected an address\n"
		"2:7: mail has neither directory nor host, expected one\n"},
};

static void
add_expected(struct buffer *buffer, const char *lines)
{
	while (*lines != '\0') {
		size_t length = strcspn(lines, "\n") + 1;

		buffer_add_text(buffer, "f.yaml:");
		buffer_add(buffer, lines, length);
		lines += length;
	}
}

/* Whether all is as the table says; all differences are printed. */
static bool
is_right(const struct bad *bad, int outcome, struct conf_errors *errors)
{
	struct buffer expected = BUFFER_EMPTY;
	const char *told = conf_errors_text(errors);
	bool right;

	add_expected(&expected, bad->lines);
	right = strcmp(told, buffer_text(&expected)) == 0 &&
		outcome == (bad->lines[0] == '\0' ? 0 : -1);
	if (!right)
		print_error("%s: %d, told\n%sexpected\n%s", bad->what, outcome,
			told, buffer_text(&expected));
	buffer_release(&expected);
	conf_errors_release(errors);
	return right;
}

static void
bad_tenant_files_are_explained(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tenants); i++) {
		struct arena *arena = arena_new();
		struct conf_errors errors = {0};
		struct tenant_config config;
		int outcome = tenant_config_parse(arena, "f.yaml",
			tenants[i].yaml, strlen(tenants[i].yaml), &config, NULL,
			&errors);

		wrong += !is_right(&tenants[i], outcome, &errors);
		arena_free(arena);
	}
	assert_int_equal(wrong, 0);
}

static void
bad_settings_are_explained(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(settings); i++) {
		struct arena *arena = arena_new();
		struct conf_errors errors = {0};
		struct settings read;
		int outcome = settings_read(arena, "f.yaml", settings[i].yaml,
			strlen(settings[i].yaml), &read, &errors);

		wrong += !is_right(&settings[i], outcome, &errors);
		arena_free(arena);
	}
	assert_int_equal(wrong, 0);
}

static void
add_many(struct conf_errors *errors, const char *file, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct conf_place place = {file, count - i, 1};

		conf_error(errors, &place, "%zu", count - i);
	}
}

static void
each_file_has_its_own_bound(void **state)
{
	struct conf_errors errors = {0};
	const char *told;

	(void)state;
	add_many(&errors, "a", CONF_ERROR_LIMIT + 1);
	add_many(&errors, "b", CONF_ERROR_LIMIT + 2);
	add_many(&errors, "c", 2);
	told = conf_errors_text(&errors);
	assert_int_equal(errors.count, 2 * CONF_ERROR_LIMIT + 5);
	assert_non_null(strstr(told, "a:21:1: 21\na: … and 1 more error\nb:"));
	assert_non_null(
		strstr(told, "b:22:1: 22\nb: … and 2 more errors\nc:1:1: 1\n"));
	assert_string_equal(strstr(told, "c:1:1"), "c:1:1: 1\nc:2:1: 2\n");
	conf_errors_release(&errors);
}

static void
what_is_quoted_stays_text(void **state)
{
	struct conf_errors errors = {0};
	struct conf_place place = {"f", 1, 1};

	(void)state;
	/* Cut within the second letter; a line of its own; an escape. */
	conf_error(&errors, &place, "\"%.3s\" \"%s\"", "éé", "a\nb\x1b");
	assert_string_equal(
		conf_errors_text(&errors), "f:1:1: \"é\" \"a b \"\n");
	conf_errors_release(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_tenant_files_are_explained),
		cmocka_unit_test(bad_settings_are_explained),
		cmocka_unit_test(each_file_has_its_own_bound),
		cmocka_unit_test(what_is_quoted_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

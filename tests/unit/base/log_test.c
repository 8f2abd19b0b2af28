#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/record.h"

static char said[8192];

/* What one line says after time, role and severity. */
static const char *
line_of(int severity, const struct log_context *context, const char *key,
	const char *value)
{
	int before = dup(STDERR_FILENO), ends[2];
	ssize_t length;
	char *start;

	assert_true(before >= 0);
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	log_event(severity, context, "tried", key, value, NULL);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	close(ends[1]);
	length = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	said[length < 0 ? 0 : length] = '\0';
	if (said[0] == '\0')
		return said;
	/* One line, whatever the value. */
	assert_ptr_equal(strchr(said, '\n'), said + length - 1);
	said[length - 1] = '\0';
	start = strstr(said, "event=");
	assert_non_null(start);
	return start;
}

static void
values_stay_in_their_place(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{"plain-1.2/3", "plain-1.2/3"},
		{"", "\"\""},
		{"two words", "\"two words\""},
		{"x status=200", "\"x status=200\""},
		{"a=b", "\"a=b\""},
		{"say \"so\"", "\"say \\\"so\\\"\""},
		{"back\\slash", "\"back\\\\slash\""},
		{"one\ntwo", "\"one\\ntwo\""},
		{"one\r\nevent=forged", "\"one\\x0d\\nevent=forged\""},
		{"tab\tbell\a", "\"tab\\x09bell\\x07\""},
		{"\x1b[2J", "\"\\x1b[2J\""},
		{"del\x7f", "\"del\\x7f\""},
		{"é€", "é€"},
		/* Line separators, C1 controls and what turns text around. */
		{"one\u2028two", "\"one\\xe2\\x80\\xa8two\""},
		{"one\xc2\x85two", "\"one\\xc2\\x85two\""},
		{"\u202eevil", "\"\\xe2\\x80\\xaeevil\""},
		/* No UTF-8: cut, too long, alone. */
		{"\xc3", "\"\\xc3\""},
		{"\xc0\x8a", "\"\\xc0\\x8a\""},
		{"\xff=1", "\"\\xff=1\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char expected[200];

		snprintf(expected, sizeof(expected),
			"event=tried role=missiond key=%s", cases[i].written);
		assert_string_equal(
			line_of(LOG_INFO, NULL, "key", cases[i].value),
			expected);
	}
}

static void
a_line_says_whom_it_is_about(void **state)
{
	const struct log_context context = {"guild", "some-id"};

	(void)state;
	assert_string_equal(line_of(LOG_INFO, &context, "key", "x"),
		"event=tried role=missiond community=guild request=some-id "
		"key=x");
	assert_string_equal(line_of(LOG_INFO, NULL, "key", NULL),
		"event=tried role=missiond key=\"\"");
	/* Above the level: nothing. */
	assert_string_equal(line_of(LOG_DEBUG, NULL, "key", "x"), "");
}

static void
long_values_are_cut_between_characters(void **state)
{
	char value[1001] = "";
	const char *line;

	(void)state;
	for (size_t i = 0; i < 333; i++)
		memcpy(value + 3 * i, "€", 4);
	line = line_of(LOG_INFO, NULL, "key", value);
	assert_string_equal(line + strlen(line) - strlen("€…\""), "€…\"");
	assert_true(strlen(line) < 450);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stay_in_their_place),
		cmocka_unit_test(a_line_says_whom_it_is_about),
		cmocka_unit_test(long_values_are_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

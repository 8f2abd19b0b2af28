#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void
formats_known_times(void **state)
{
	(void)state;
	char text[CLOCK_TEXT_SIZE], http[CLOCK_HTTP_SIZE];
	struct timestamp time = {INT64_C(784111777000123)};

	clock_format(time, text);
	assert_string_equal(text, "1994-11-06T08:49:37.000123Z");
	clock_format_http(time, http);
	assert_string_equal(http, "Sun, 06 Nov 1994 08:49:37 GMT");
	clock_format((struct timestamp){-1}, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

/* Against libc, over leap years, century rules and times before 1970. */
static void
agrees_with_libc(void **state)
{
	(void)state;

	for (int64_t second = -2208988800; second < 7258118400;
		second += 86399 * 7) {
		time_t libc_time = (time_t)second;
		struct clock_date date;
		struct tm tm;

		gmtime_r(&libc_time, &tm);
		clock_split((struct timestamp){second * CLOCK_SECOND}, &date);
		assert_int_equal(date.year, tm.tm_year + 1900);
		assert_int_equal(date.month, tm.tm_mon + 1);
		assert_int_equal(date.day, tm.tm_mday);
		assert_int_equal(date.weekday, tm.tm_wday);
		assert_int_equal(date.second, tm.tm_sec);
		assert_true(clock_join(&date).microseconds ==
			    second * CLOCK_SECOND);
	}
}

static void
parses_rfc3339(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "2026-02-29", "2026-13-01",
		"2026-11-23T10:00:00", "2026-11-23T24:00:00Z",
		"2026-11-23T10:00:00.Z", "2026-11-23T10:00:00Zx",
		"2026-11-23T10:00:00+0100", "0000-01-01", "2026-1-1"};
	struct timestamp time = {7};
	char text[CLOCK_TEXT_SIZE];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(clock_parse(bad[i], &time), -1);
	assert_true(time.microseconds == 7);
	assert_int_equal(clock_parse("2024-02-29", &time), 0);
	clock_format(time, text);
	assert_string_equal(text, "2024-02-29T00:00:00.000000Z");
	assert_int_equal(clock_parse("2026-11-23T00:30:00.5+01:00", &time), 0);
	clock_format(time, text);
	assert_string_equal(text, "2026-11-22T23:30:00.500000Z");
	assert_int_equal(
		clock_parse("2026-11-23T10:00:00.123456789-00:30", &time), 0);
	clock_format(time, text);
	assert_string_equal(text, "2026-11-23T10:30:00.123456Z");
}

static void
monotonic_does_not_go_back(void **state)
{
	(void)state;
	int64_t first = clock_monotonic();

	assert_true(clock_monotonic() >= first);
	assert_true(clock_now().microseconds > INT64_C(1700000000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_known_times),
		cmocka_unit_test(agrees_with_libc),
		cmocka_unit_test(parses_rfc3339),
		cmocka_unit_test(monotonic_does_not_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Prometheus' text format: families, samples, what a label's value may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/exposition.h"

static struct buffer buffer;

static int
set_up(void **state)
{
	(void)state;
	buffer = BUFFER_EMPTY;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buffer_release(&buffer);
	return 0;
}

static void
a_family_says_what_it_is(void **state)
{
	(void)state;
	exposition_family(
		&buffer, "m_jobs", EXPOSITION_GAUGE, "Jobs by state.");
	exposition_family(&buffer, "m_total", EXPOSITION_COUNTER, "All.");
	exposition_family(&buffer, "m_seconds", EXPOSITION_HISTOGRAM, "Long.");
	assert_string_equal(buffer_text(&buffer),
		"# HELP m_jobs Jobs by state.\n# TYPE m_jobs gauge\n"
		"# HELP m_total All.\n# TYPE m_total counter\n"
		"# HELP m_seconds Long.\n# TYPE m_seconds histogram\n");
}

static void
samples_have_labels_or_none(void **state)
{
	(void)state;
	exposition_count(&buffer, "m", 0, NULL);
	exposition_count(&buffer, "m", UINT64_MAX, "a", "b", NULL);
	exposition_count(&buffer, "m", 7, "a", "", "c", "d e", NULL);
	assert_string_equal(buffer_text(&buffer),
		"m 0\nm{a=\"b\"} 18446744073709551615\n"
		"m{a=\"\",c=\"d e\"} 7\n");
}

static void
a_value_cannot_end_its_label(void **state)
{
	(void)state;
	exposition_count(&buffer, "m", 1, "a", "\"} 9\nm{a=\"\\", NULL);
	exposition_count(&buffer, "m", 2, "a", "é{}=,\t", NULL);
	assert_string_equal(buffer_text(&buffer),
		"m{a=\"\\\"} 9\\nm{a=\\\"\\\\\"} 1\n"
		"m{a=\"é{}=,\t\"} 2\n");
}

static void
times_are_in_seconds(void **state)
{
	static const struct {
		uint64_t microseconds;
		const char *text;
	} times[] = {{0, "0"}, {1, "0.000001"}, {2500, "0.0025"},
		{100000, "0.1"}, {1000000, "1"}, {10000000, "10"},
		{30000001, "30.000001"}, {UINT64_MAX, "18446744073709.551615"}};
	char text[EXPOSITION_SECONDS_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		exposition_print_seconds(times[i].microseconds, text);
		assert_string_equal(text, times[i].text);
	}
	exposition_seconds(&buffer, "m", 1500000, "le", "2", NULL);
	assert_string_equal(buffer_text(&buffer), "m{le=\"2\"} 1.5\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_family_says_what_it_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			samples_have_labels_or_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_value_cannot_end_its_label, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			times_are_in_seconds, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

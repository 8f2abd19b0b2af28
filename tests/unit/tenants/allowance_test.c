/* Token buckets: burst, rate, changes of both, several processes, and that no
 * community pays for another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "tenants/allowance.h"

#define NOW (1000 * CLOCK_SECOND)

static int descriptor;
static struct allowance_table *table;

static int
set_up(void **state)
{
	(void)state;
	descriptor = allowance_create();
	assert_true(descriptor >= 0);
	table = allowance_map(descriptor);
	assert_non_null(table);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	allowance_unmap(table);
	close(descriptor);
	return 0;
}

/* How many of `tries` at one time are granted. */
static unsigned
granted(struct uuid community, int64_t rate, int64_t burst, int64_t now,
	unsigned tries)
{
	unsigned count = 0;

	for (unsigned i = 0; i < tries; i++)
		count +=
			allowance_take(table, community, rate, burst, now) == 0;
	return count;
}

static void
a_burst_then_the_rate(void **state)
{
	struct uuid id = uuid_new();

	(void)state;
	assert_int_equal(granted(id, 10, 25, NOW, 100), 25);
	/* The next in a tenth of a second. */
	assert_int_equal(
		allowance_take(table, id, 10, 25, NOW), CLOCK_SECOND / 10);
	assert_int_equal(
		granted(id, 10, 25, NOW + CLOCK_SECOND / 10 - 1, 9), 0);
	assert_int_equal(granted(id, 10, 25, NOW + CLOCK_SECOND / 10, 9), 1);
	assert_int_equal(granted(id, 10, 25, NOW + CLOCK_SECOND, 99), 9);
	/* Full again, and no fuller. */
	assert_int_equal(granted(id, 10, 25, NOW + CLOCK_HOUR, 100), 25);
}

static void
over_a_minute_it_is_the_rate(void **state)
{
	struct uuid id = uuid_new();
	unsigned count = 0;

	(void)state;
	for (int64_t at = 0; at < CLOCK_MINUTE; at += 1000)
		count += granted(id, 70, 3, NOW + at, 2);
	assert_in_range(count, 70 * 60, 70 * 60 + 3);
}

static void
a_change_counts_at_once(void **state)
{
	struct uuid id = uuid_new();

	(void)state;
	/* Emptied at one a second: it is full again in fifty. */
	for (int i = 0; i < 50; i++)
		allowance_take(table, id, 1, 50, NOW);
	assert_int_equal(allowance_take(table, id, 1, 50, NOW), CLOCK_SECOND);
	assert_int_equal(
		allowance_take(table, id, 1000, 10, NOW), CLOCK_SECOND / 1000);
	assert_int_equal(granted(id, 1000, 10, NOW + 5 * 1000, 99), 5);
	/* A larger burst: what it is larger by. */
	assert_int_equal(granted(id, 1000, 30, NOW + 5 * 1000, 99), 20);
}

static void
each_community_has_its_own(void **state)
{
	struct uuid ids[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		ids[i] = uuid_new();
		assert_int_equal(granted(ids[i], 5, 3, NOW, 4), 3);
	}
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(granted(ids[i], 5, 3, NOW, 1), 0);
	/* Later, all buckets full, others have the places. */
	for (size_t i = 0; i < 40000; i++)
		assert_int_equal(granted(uuid_new(), 5, 3,
					 NOW + (int64_t)i * CLOCK_MINUTE, 4),
			3);
}

/* Several processes at once: together no more than there is. */
static void
processes_share_it(void **state)
{
	struct uuid id = uuid_new();
	unsigned total = 0;
	int results[2];

	(void)state;
	assert_int_equal(pipe(results), 0);
	for (int i = 0; i < 4; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			unsigned count;

			allowance_unmap(table);
			table = allowance_map(descriptor);
			count = granted(id, 1, 10000, NOW, 20000);
			allowance_unmap(table);
			_exit(write(results[1], &count, sizeof(count)) !=
				(ssize_t)sizeof(count));
		}
	}
	for (int i = 0; i < 4; i++) {
		unsigned count;
		int status;

		assert_int_equal(
			read(results[0], &count, sizeof(count)), sizeof(count));
		total += count;
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(total, 10000);
	close(results[0]);
	close(results[1]);
}

#define ALLOWANCE_TEST(function)                                               \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALLOWANCE_TEST(a_burst_then_the_rate),
		ALLOWANCE_TEST(over_a_minute_it_is_the_rate),
		ALLOWANCE_TEST(a_change_counts_at_once),
		ALLOWANCE_TEST(each_community_has_its_own),
		ALLOWANCE_TEST(processes_share_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

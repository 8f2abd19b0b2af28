/* Who is next: lanes that hold the least, the longest waiting among them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/fair.h"
#include "base/record.h"

#define LANES 5
#define ITEMS 12

static struct fair fair;
static struct fair_lane lanes[LANES];
static struct fair_item items[LANES][ITEMS];

static int
set_up(void **state)
{
	(void)state;
	fair_init(&fair);
	memset(items, 0, sizeof(items));
	for (size_t i = 0; i < LANES; i++)
		fair_lane_init(&lanes[i]);
	return 0;
}

static void
queue(size_t lane, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fair_wait(&fair, &lanes[lane], &items[lane][i]);
}

/* Serves the next: the number of its lane, and of its item; −1: nobody. */
static int
serve(size_t *ret_item)
{
	struct fair_lane *lane = fair_first(&fair);
	struct fair_item *item;

	if (lane == NULL)
		return -1;
	item = TAILQ_FIRST(&lane->items);
	*ret_item = (size_t)(item - items[lane - lanes]);
	fair_leave(&fair, item);
	fair_begin(&fair, lane);
	return (int)(lane - lanes);
}

static void
assert_order(const int *expected, size_t count)
{
	size_t seen[LANES] = {0}, item;

	for (size_t i = 0; i < count; i++) {
		int lane = serve(&item);

		assert_int_equal(lane, expected[i]);
		/* In one lane: first come, first served. */
		assert_int_equal(item, seen[lane]++);
	}
}

static void
lanes_are_served_one_after_another(void **state)
{
	const int expected[] = {0, 1, 2, 0, 1, 0, 0};
	size_t item;

	(void)state;
	queue(0, 4);
	queue(1, 2);
	queue(2, 1);
	assert_order(expected, COUNT_OF(expected));
	assert_int_equal(serve(&item), -1);
	assert_int_equal(fair.filled, 0);
}

static void
who_holds_less_comes_first(void **state)
{
	const int expected[] = {1, 1, 0, 1};

	(void)state;
	fair_begin(&fair, &lanes[0]);
	fair_begin(&fair, &lanes[0]);
	queue(0, 2);
	queue(1, 6);
	assert_order(expected, COUNT_OF(expected));
	/* What came back counts no more. */
	fair_end(&fair, &lanes[0]);
	fair_end(&fair, &lanes[0]);
	assert_ptr_equal(fair_first(&fair), &lanes[0]);
}

static void
no_lane_holds_more_than_it_may(void **state)
{
	const int expected[] = {0, 1, 1, 1};
	size_t item;

	(void)state;
	fair_limit(&fair, &lanes[0], 1);
	queue(0, 3);
	queue(1, 3);
	assert_order(expected, COUNT_OF(expected));
	assert_int_equal(serve(&item), -1);
	/* More: at once. */
	fair_limit(&fair, &lanes[0], 2);
	assert_int_equal(serve(&item), 0);
	/* Less: not before enough came back. */
	fair_limit(&fair, &lanes[0], 1);
	fair_end(&fair, &lanes[0]);
	assert_int_equal(serve(&item), -1);
	fair_end(&fair, &lanes[0]);
	assert_int_equal(serve(&item), 0);
	assert_int_equal(item, 2);
}

static void
a_lowered_limit_holds_for_those_who_wait(void **state)
{
	size_t item;

	(void)state;
	fair_limit(&fair, &lanes[0], 3);
	queue(0, 3);
	queue(1, 1);
	assert_int_equal(serve(&item), 0);
	/* It waits in its place for a second one. */
	fair_limit(&fair, &lanes[0], 1);
	assert_int_equal(serve(&item), 1);
	assert_int_equal(serve(&item), -1);
	assert_int_equal(fair.filled, 0);
	fair_end(&fair, &lanes[0]);
	assert_int_equal(serve(&item), 0);
	assert_int_equal(serve(&item), -1);
}

static void
who_gives_up_leaves_the_order_alone(void **state)
{
	size_t item;

	(void)state;
	queue(0, 3);
	queue(1, 1);
	queue(2, 2);
	fair_leave(&fair, &items[0][0]);
	fair_leave(&fair, &items[1][0]);
	fair_leave(&fair, &items[1][0]); /* once more does nothing */
	assert_int_equal(lanes[1].waiting, 0);
	assert_int_equal(serve(&item), 0);
	assert_int_equal(item, 1);
	assert_int_equal(serve(&item), 2);
	/* Came back: last. */
	fair_wait(&fair, &lanes[1], &items[1][0]);
	assert_int_equal(serve(&item), 1);
	assert_int_equal(serve(&item), 0);
	assert_int_equal(serve(&item), 2);
	assert_int_equal(serve(&item), -1);
}

static void
all_are_seen_in_order(void **state)
{
	size_t seen = 0;

	(void)state;
	fair_begin(&fair, &lanes[3]);
	for (int i = 0; i < 2 * FAIR_LEVELS; i++)
		fair_begin(&fair, &lanes[4]); /* beyond the last level */
	for (size_t i = 0; i < LANES; i++)
		queue(LANES - 1 - i, 1);
	for (const struct fair_lane *lane = fair_first(&fair); lane != NULL;
		lane = fair_after(&fair, lane)) {
		static const size_t order[] = {2, 1, 0, 3, 4};

		assert_ptr_equal(lane, &lanes[order[seen++]]);
	}
	assert_int_equal(seen, LANES);
}

/* A lane with one at a time, beside others that always have more. */
static void
a_small_one_waits_for_each_other_once(void **state)
{
	size_t item = 0;

	(void)state;
	for (size_t i = 0; i < LANES; i++) {
		fair_limit(&fair, &lanes[i], 1);
		queue(i, i == 0 ? 1 : ITEMS);
	}
	for (size_t round = 0; round < 40; round++) {
		size_t before = 0;
		int lane;

		while ((lane = serve(&item)) != 0) {
			assert_int_equal(lane == -1, 0);
			assert_true(++before < LANES);
			fair_end(&fair, &lanes[lane]);
			fair_wait(&fair, &lanes[lane], &items[lane][item]);
		}
		fair_end(&fair, &lanes[0]);
		fair_wait(&fair, &lanes[0], &items[0][0]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			lanes_are_served_one_after_another, set_up),
		cmocka_unit_test_setup(who_holds_less_comes_first, set_up),
		cmocka_unit_test_setup(no_lane_holds_more_than_it_may, set_up),
		cmocka_unit_test_setup(
			a_lowered_limit_holds_for_those_who_wait, set_up),
		cmocka_unit_test_setup(
			who_gives_up_leaves_the_order_alone, set_up),
		cmocka_unit_test_setup(all_are_seen_in_order, set_up),
		cmocka_unit_test_setup(
			a_small_one_waits_for_each_other_once, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"

static struct loop *loop;
static char a[] = "a", b[] = "b", c[] = "c", t[] = "t";
static char order[16];
static size_t order_length;

static void
note(void *argument)
{
	assert_true(order_length < sizeof(order) - 1);
	order[order_length++] = *(const char *)argument;
	order[order_length] = '\0';
}

static void
stop(void *argument)
{
	(void)argument;
	loop_stop(loop);
}

static int
set_up(void **state)
{
	(void)state;
	order_length = 0;
	order[0] = '\0';
	loop = loop_new();
	return loop == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
note_and_defer(void *argument)
{
	note(argument);
	loop_defer(loop, note, c);
	loop_defer(loop, stop, NULL);
}

static void
runs_deferred_calls_in_order(void **state)
{
	(void)state;
	loop_defer(loop, note_and_defer, a);
	loop_defer(loop, note, b);
	loop_run(loop);
	assert_string_equal(order, "abc");
}

/* A chain of deferred calls must let a timer in between. */
static void
defer_again(void *argument)
{
	if (order_length == 0)
		loop_defer(loop, defer_again, argument);
	else
		loop_stop(loop);
}

static void
deferred_calls_starve_nobody(void **state)
{
	struct loop_timer *timer;

	(void)state;
	timer = loop_timer_new(loop, 1000, 0, note, t);
	loop_defer(loop, defer_again, NULL);
	loop_run(loop);
	assert_string_equal(order, "t");
	loop_timer_free(timer);
}

static struct loop_timer *ticking;

static void
tick(void *argument)
{
	note(argument);
	if (order_length == 3) {
		loop_timer_free(ticking);
		ticking = NULL;
		loop_stop(loop);
	}
}

static void
timer_repeats_until_freed_by_its_own_call(void **state)
{
	int64_t began = clock_monotonic();

	(void)state;
	ticking = loop_timer_new(loop, 5000, 10000, tick, t);
	loop_run(loop);
	assert_string_equal(order, "ttt");
	assert_null(ticking);
	/* libevent's clock may be 4 ms early at each. */
	assert_true(clock_monotonic() - began >= 25000 - 3 * 4000);
}

static void
signal_is_handled_on_the_loop(void **state)
{
	(void)state;
	assert_int_equal(loop_signal(loop, SIGUSR1, stop, NULL), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	loop_run(loop);
}

static void
frees_calls_that_never_ran(void **state)
{
	(void)state;
	loop_defer(loop, note, a);
	/* tear_down frees the loop; the leak checker would object. */
	assert_string_equal(order, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			runs_deferred_calls_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			deferred_calls_starve_nobody, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			timer_repeats_until_freed_by_its_own_call, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			signal_is_handled_on_the_loop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			frees_calls_that_never_ran, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"
#include "loop/task.h"

#define MILLISECOND INT64_C(1000)

static struct loop *loop;
static unsigned finished;
static struct task *worker;

static int
set_up(void **state)
{
	(void)state;
	finished = 0;
	loop = loop_new();
	return loop == NULL ? -1 : task_work_start(loop, 2);
}

static int
tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static void
compute(void *argument)
{
	uint64_t *value = argument;
	const struct timespec pause = {.tv_nsec = 2000000};

	nanosleep(&pause, NULL);
	*value *= 2;
}

static void
work_once(void *argument)
{
	uint64_t value = 21;

	(void)argument;
	assert_int_equal(task_work(compute, &value), TASK_READY);
	assert_int_equal(value, 42);
	finished++;
}

static void
threads_work_while_tasks_park(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++)
		task_start(loop, "work", 0, work_once, NULL);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(finished, 40);
}

static atomic_bool began, may_end;

static void
compute_long(void *argument)
{
	uint64_t *value = argument;
	const struct timespec pause = {.tv_nsec = 1000000};

	atomic_store(&began, true);
	while (!atomic_load(&may_end))
		nanosleep(&pause, NULL);
	*value = 1;
}

static void
work_cancelled(void *argument)
{
	uint64_t value = 0;

	(void)argument;
	/* The answer comes when the thread has left `value`. */
	assert_int_equal(task_work(compute_long, &value), TASK_CANCELLED);
	assert_int_equal(value, 1);
	/* And nothing is begun any more. */
	value = 0;
	assert_int_equal(task_work(compute_long, &value), TASK_CANCELLED);
	assert_int_equal(value, 0);
	finished++;
}

static void
cancel_when_begun(void *argument)
{
	(void)argument;
	while (!atomic_load(&began))
		task_sleep(clock_monotonic() + MILLISECOND);
	task_cancel(worker);
	/* A wake for something else must not end the wait for the thread. */
	task_wake(worker);
	task_sleep(clock_monotonic() + 10 * MILLISECOND);
	assert_int_equal(finished, 0);
	atomic_store(&may_end, true);
}

static void
cancellation_waits_for_the_thread(void **state)
{
	(void)state;
	atomic_store(&began, false);
	atomic_store(&may_end, false);
	worker = task_start(loop, "work", 0, work_cancelled, NULL);
	task_start(loop, "cancel", 0, cancel_when_begun, NULL);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(finished, 1);
}

static void
work_then_park(void *argument)
{
	uint64_t value = 0;

	(void)argument;
	assert_int_equal(task_work(compute_long, &value), TASK_READY);
	assert_int_equal(value, 1);
	assert_int_equal(task_park("wake", clock_monotonic() + CLOCK_MINUTE),
		TASK_READY);
	finished++;
}

static void
wake_when_begun(void *argument)
{
	(void)argument;
	while (!atomic_load(&began))
		task_sleep(clock_monotonic() + MILLISECOND);
	task_wake(worker);
	atomic_store(&may_end, true);
}

static void
wake_during_work_is_kept(void **state)
{
	(void)state;
	atomic_store(&began, false);
	atomic_store(&may_end, false);
	worker = task_start(loop, "work", 0, work_then_park, NULL);
	task_start(loop, "wake", 0, wake_when_begun, NULL);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(finished, 1);
}

static pthread_t threads[8];
static atomic_uint here;

static void
meet(void *argument)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)argument;
	atomic_fetch_add(&here, 1);
	while (atomic_load(&here) < 2)
		nanosleep(&pause, NULL);
}

/* So both threads have begun and are idle again. */
static void
work_with_another(void *argument)
{
	(void)argument;
	assert_int_equal(task_work(meet, NULL), TASK_READY);
	finished++;
}

static void
note_thread(void *argument)
{
	*(pthread_t *)argument = pthread_self();
}

static void
work_in_turn(void *argument)
{
	(void)argument;
	while (finished < 2)
		task_sleep(clock_monotonic() + MILLISECOND);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(
			task_work(note_thread, &threads[i]), TASK_READY);
	for (unsigned i = 1; i < 8; i++)
		assert_true(pthread_equal(threads[i], threads[0]));
	finished++;
}

/* Its memory is still in the caches of the processor. */
static void
who_worked_last_works_next(void **state)
{
	(void)state;
	atomic_store(&here, 0);
	task_start(loop, "first", 0, work_with_another, NULL);
	task_start(loop, "second", 0, work_with_another, NULL);
	task_start(loop, "turns", 0, work_in_turn, NULL);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(finished, 3);
}

#define WORK_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORK_TEST(threads_work_while_tasks_park),
		WORK_TEST(cancellation_waits_for_the_thread),
		WORK_TEST(wake_during_work_is_kept),
		WORK_TEST(who_worked_last_works_next),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

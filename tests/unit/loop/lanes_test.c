/* Lanes of the threads' work: who is next, who is told that too many wait, and
 * that nothing is begun for whom it comes too late. */
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
#include "loop/work.h"

#define MILLISECOND  INT64_C(1000)
#define THREADS	     2
#define ERRANDS_MOST 64
#define PENDING	     9 /* an outcome that is none yet */

static struct loop *loop;
static struct work_lane lanes[2];
static atomic_uint begun, held;
static atomic_bool open_gate[THREADS];
static unsigned given, ended;

struct errand {
	struct work_lane *lane;
	struct work_limit limit;
	int64_t deadline; /* of its task, from its start; 0: none */
	struct task *task;
	int outcome;
	unsigned order; /* out: in which order it began; 0: never */
};

static struct errand errands[ERRANDS_MOST];

/* What had become of them before the gate opened. */
static struct errand early[ERRANDS_MOST];
static unsigned ended_early, waiting_early;

static void
open_some(size_t gates)
{
	for (size_t i = 0; i < ERRANDS_MOST; i++)
		early[i] = errands[i];
	waiting_early = task_work_waiting();
	ended_early = ended;
	for (size_t i = 0; i < gates; i++)
		atomic_store(&open_gate[i], true);
}

static void
open_it(void)
{
	open_some(THREADS);
}

/* Keeps a thread until its gate opens. */
static void
hold_thread(void *argument)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	atomic_bool *gate = argument;

	atomic_fetch_add(&held, 1);
	while (!atomic_load(gate))
		nanosleep(&pause, NULL);
}

static void
hold(void *argument)
{
	assert_int_equal(task_work(hold_thread, argument), TASK_READY);
}

static void
run_errand(void *argument)
{
	struct errand *errand = argument;

	errand->order = atomic_fetch_add(&begun, 1) + 1;
}

static void
errand_main(void *argument)
{
	struct errand *errand = argument;

	if (errand->deadline != 0)
		task_set_deadline(
			task_current(), clock_monotonic() + errand->deadline);
	given++; /* before anybody else runs it is */
	errand->outcome =
		work_in_lane(errand->lane, &errand->limit, run_errand, errand);
	ended++;
}

/* While no thread is free: then nothing but the lanes decides. */
static void
start_errands(size_t count)
{
	for (unsigned i = 0; i < THREADS; i++)
		task_start(loop, "hold", 0, hold, &open_gate[i]);
	while (atomic_load(&held) < THREADS)
		task_sleep(clock_monotonic() + MILLISECOND);
	for (size_t i = 0; i < count; i++)
		errands[i].task =
			task_start(loop, "errand", 0, errand_main, &errands[i]);
	while (given < count)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static int
set_up(void **state)
{
	(void)state;
	atomic_store(&begun, 0);
	atomic_store(&held, 0);
	for (size_t i = 0; i < THREADS; i++)
		atomic_store(&open_gate[i], false);
	given = ended = 0;
	for (size_t i = 0; i < 2; i++)
		fair_lane_init(&lanes[i].turn);
	for (size_t i = 0; i < ERRANDS_MOST; i++)
		errands[i] =
			(struct errand){.lane = &lanes[0], .outcome = PENDING};
	loop = loop_new();
	return loop == NULL ? -1 : task_work_start(loop, THREADS);
}

static int
tear_down(void **state)
{
	(void)state;
	assert_int_equal(task_work_waiting(), 0);
	loop_free(loop);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(lanes[i].turn.waiting, 0);
		assert_int_equal(lanes[i].turn.active, 0);
	}
	return 0;
}

static void
run(void (*script)(void *argument))
{
	task_start(loop, "script", 0, script, NULL);
	loop_stop(loop);
	loop_run(loop);
}

/* With one thread: of two, one may be put to sleep by the kernel after its
 * errand was chosen, while the other goes on. */
static void
run_one_by_one(unsigned count)
{
	start_errands(count);
	open_some(1);
	while (ended < count)
		task_sleep(clock_monotonic() + MILLISECOND);
	atomic_store(&open_gate[1], true);
}

static void
crowd_then_one(void *argument)
{
	(void)argument;
	errands[40].lane = &lanes[1];
	run_one_by_one(41);
}

static void
a_crowd_waits_behind_itself(void **state)
{
	(void)state;
	run(crowd_then_one);
	assert_int_equal(ended, 41);
	for (size_t i = 0; i < 41; i++)
		assert_int_equal(errands[i].outcome, 0);
	/* It came last; one of the crowd came before. */
	assert_in_range(errands[40].order, 1, 2);
}

static void
two_crowds(void *argument)
{
	(void)argument;
	for (size_t i = 40; i < 60; i++)
		errands[i].lane = &lanes[1];
	run_one_by_one(60);
}

static void
lanes_alternate(void **state)
{
	unsigned last = 0;

	(void)state;
	run(two_crowds);
	for (size_t i = 40; i < 60; i++)
		if (errands[i].order > last)
			last = errands[i].order;
	/* The second has every other turn until it needs no more. */
	assert_in_range(last, 39, 41);
}

static void
more_than_may_wait(void *argument)
{
	(void)argument;
	for (size_t i = 0; i < 12; i++)
		errands[i].limit.waiting = 5;
	errands[11].lane = &lanes[1];
	start_errands(12);
	open_it();
}

static void
too_many_are_told_at_once(void **state)
{
	(void)state;
	run(more_than_may_wait);
	/* They need no thread to be told. */
	assert_int_equal(ended_early, 6);
	assert_int_equal(waiting_early, 6);
	for (size_t i = 0; i < 11; i++)
		assert_int_equal(early[i].outcome, i < 5 ? PENDING : 1);
	assert_int_equal(early[11].outcome, PENDING);
	assert_int_equal(atomic_load(&begun), 6);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(errands[i].outcome, 0);
	assert_int_equal(errands[11].outcome, 0);
}

static void
some_give_up(void *argument)
{
	(void)argument;
	errands[1].deadline = 5 * MILLISECOND;
	errands[2].limit.until = clock_monotonic() + 5 * MILLISECOND;
	start_errands(4);
	task_cancel(errands[0].task);
	for (int i = 0; i < 1000 && ended < 3; i++)
		task_sleep(clock_monotonic() + MILLISECOND);
	open_it();
}

static void
what_comes_too_late_is_not_begun(void **state)
{
	(void)state;
	run(some_give_up);
	assert_int_equal(waiting_early, 1);
	/* Before a thread was free. */
	assert_int_equal(ended_early, 3);
	assert_int_equal(early[0].outcome, -1);
	assert_int_equal(early[1].outcome, -1);
	assert_int_equal(early[2].outcome, 1);
	assert_int_equal(errands[3].outcome, 0);
	assert_int_equal(errands[3].order, 1);
	assert_int_equal(atomic_load(&begun), 1);
}

#define LANES_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LANES_TEST(a_crowd_waits_behind_itself),
		LANES_TEST(lanes_alternate),
		LANES_TEST(too_many_are_told_at_once),
		LANES_TEST(what_comes_too_late_is_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

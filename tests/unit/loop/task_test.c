#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include "loop/stack.h"
#include "loop/task.h"

#define MILLISECOND INT64_C(1000)

static struct loop *loop;
static enum task_wake answers[8];
static unsigned answer_count;
static struct task *other;

static void
answer(enum task_wake wake)
{
	assert_true(answer_count < 8);
	answers[answer_count++] = wake;
}

static int
set_up(void **state)
{
	(void)state;
	answer_count = 0;
	loop = loop_new();
	return loop == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	assert_int_equal(task_count(), 0);
	loop_free(loop);
	return 0;
}

/* loop_stop() only ends loop_run() when all tasks have ended. */
static void
run_tasks(void)
{
	loop_stop(loop);
	loop_run(loop);
}

/* Not inlined and with something on the stack, to make depth. */
static __attribute__((noinline)) uint64_t
wait_at_depth(unsigned depth)
{
	volatile unsigned char local[64];
	uint64_t sum;

	memset((unsigned char *)local, (int)depth, sizeof(local));
	if (depth == 0) {
		task_sleep(clock_monotonic() + MILLISECOND);
		return 0;
	}
	sum = wait_at_depth(depth - 1);
	for (size_t i = 0; i < sizeof(local); i++)
		sum += local[i];
	return sum;
}

static uintptr_t left_on_stack;

static __attribute__((noinline)) void
leave_on_stack(void *argument)
{
	char secret[2000];

	(void)argument;
	memset(secret, 's', sizeof(secret));
	/* Kept although nobody reads it. */
	__asm__ volatile("" : : "r"(secret) : "memory");
	left_on_stack = (uintptr_t)secret;
}

static void
stacks_are_wiped(void **state)
{
	(void)state;
	const char *place;
	size_t left = 0;

	task_start(loop, "secret", 0, leave_on_stack, NULL);
	run_tasks();
	/* It waits for reuse, so it is still there. */
	place = (const char *)left_on_stack;
	for (size_t i = 0; i < 2000; i++)
		left += place[i] == 's';
	assert_int_equal(left, 0);
}

static void
count_up(void *argument)
{
	unsigned *count = argument;
	uint64_t sum = wait_at_depth(10);

	assert_int_equal(sum, 64 * 55);
	assert_true(task_sleep(clock_monotonic()) == TASK_READY);
	(*count)++;
}

static void
many_tasks_run_at_once(void **state)
{
	unsigned count = 0;

	(void)state;
	/* Twice, so that stacks are used again. */
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 500; i++)
			task_start(loop, "count", 0, count_up, &count);
		assert_int_equal(task_count(), 500);
		run_tasks();
	}
	assert_int_equal(count, 1000);
}

static int pair[2];

static void
read_byte(void *argument)
{
	char byte = 0;

	(void)argument;
	answer(task_wait_descriptor(pair[0], TASK_READABLE, 0));
	assert_int_equal(read(pair[0], &byte, 1), 1);
	assert_int_equal(byte, '!');
}

static void
write_byte(void *argument)
{
	(void)argument;
	task_sleep(clock_monotonic() + 5 * MILLISECOND);
	answer(task_wait_descriptor(pair[1], TASK_WRITABLE, 0));
	assert_int_equal(write(pair[1], "!", 1), 1);
}

static void
waits_for_a_descriptor(void **state)
{
	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	task_start(loop, "read", 0, read_byte, NULL);
	task_start(loop, "write", 0, write_byte, NULL);
	run_tasks();
	assert_int_equal(answer_count, 2);
	assert_int_equal(answers[0], TASK_READY);
	assert_int_equal(answers[1], TASK_READY);
	close(pair[0]);
	close(pair[1]);
}

static void
wait_shortly(void *argument)
{
	int64_t began = clock_monotonic();

	(void)argument;
	answer(task_wait_descriptor(
		pair[0], TASK_READABLE, began + 20 * MILLISECOND));
	assert_true(clock_monotonic() - began >= 20 * MILLISECOND);
	/* Only this wait's limit passed, not the task's. */
	assert_int_equal(task_over(), TASK_READY);
	answer(task_park("nothing", clock_monotonic() + MILLISECOND));
	answer(task_sleep(clock_monotonic() + MILLISECOND));
}

static void
limit_of_a_wait_ends_only_that_wait(void **state)
{
	(void)state;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	task_start(loop, "wait", 0, wait_shortly, NULL);
	run_tasks();
	assert_int_equal(answer_count, 3);
	assert_int_equal(answers[0], TASK_TIMED_OUT);
	assert_int_equal(answers[1], TASK_TIMED_OUT);
	assert_int_equal(answers[2], TASK_READY);
	close(pair[0]);
	close(pair[1]);
}

static void
ignore_the_end(void *argument)
{
	(void)argument;
	answer(task_park("nothing", 0));
	answer(task_park("nothing", 0));
	answer(task_sleep(clock_monotonic() + CLOCK_HOUR));
	answer(task_sleep(clock_monotonic() - 1));
	answer(task_wait_descriptor(0, TASK_READABLE, 0));
	assert_true(task_is_over());
}

static void
deadline_ends_every_wait(void **state)
{
	int64_t began = clock_monotonic();

	(void)state;
	task_start(
		loop, "late", began + 20 * MILLISECOND, ignore_the_end, NULL);
	run_tasks();
	assert_true(clock_monotonic() - began >= 20 * MILLISECOND);
	assert_int_equal(answer_count, 5);
	for (unsigned i = 0; i < answer_count; i++)
		assert_int_equal(answers[i], TASK_TIMED_OUT);
}

static void
cancel_other(void *argument)
{
	(void)argument;
	task_sleep(clock_monotonic() + 5 * MILLISECOND);
	task_cancel(other);
}

static void
cancellation_ends_every_wait(void **state)
{
	(void)state;
	other = task_start(loop, "victim", 0, ignore_the_end, NULL);
	task_start(loop, "cancel", 0, cancel_other, NULL);
	run_tasks();
	assert_int_equal(answer_count, 5);
	for (unsigned i = 0; i < answer_count; i++)
		assert_int_equal(answers[i], TASK_CANCELLED);
}

static void
cancelled_before_it_ran(void **state)
{
	(void)state;
	other = task_start(loop, "victim", 0, ignore_the_end, NULL);
	task_cancel(other);
	run_tasks();
	assert_int_equal(answer_count, 5);
	assert_int_equal(answers[0], TASK_CANCELLED);
}

static void
finish_in_order(void *argument)
{
	(void)argument;
	task_shield(true);
	task_shield(true);
	answer(task_sleep(clock_monotonic() + 20 * MILLISECOND));
	task_shield(false);
	answer(task_sleep(clock_monotonic() + 20 * MILLISECOND));
	answer(task_park("nothing", clock_monotonic() + MILLISECOND));
	assert_int_equal(task_over(), TASK_READY);
	task_shield(false);
	answer(task_sleep(clock_monotonic() + CLOCK_HOUR));
}

static void
shield_holds_off_cancellation_and_deadline(void **state)
{
	(void)state;
	other = task_start(loop, "shielded",
		clock_monotonic() + 10 * MILLISECOND, finish_in_order, NULL);
	task_start(loop, "cancel", 0, cancel_other, NULL);
	run_tasks();
	assert_int_equal(answer_count, 4);
	assert_int_equal(answers[0], TASK_READY);
	assert_int_equal(answers[1], TASK_READY);
	assert_int_equal(answers[2], TASK_TIMED_OUT);
	assert_int_equal(answers[3], TASK_CANCELLED);
}

static void
park_three_times(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < 3; i++)
		answer(task_park("wake", clock_monotonic() + CLOCK_MINUTE));
}

static void
wake_other(void *argument)
{
	(void)argument;
	task_wake(other);
	/* Before it has run again: kept for its next wait. */
	task_wake(other);
	task_sleep(clock_monotonic() + MILLISECOND);
	task_wake(other);
}

static void
no_wake_is_lost(void **state)
{
	(void)state;
	other = task_start(loop, "parked", 0, park_three_times, NULL);
	task_start(loop, "wake", 0, wake_other, NULL);
	run_tasks();
	assert_int_equal(answer_count, 3);
	for (unsigned i = 0; i < answer_count; i++)
		assert_int_equal(answers[i], TASK_READY);
}

static void
dump_what_waits(void *argument)
{
	(void)argument;
	assert_int_equal(task_count(), 2);
	assert_int_equal(task_parked(), 1);
	task_dump();
	task_cancel(other);
}

static void
dump_names_what_each_parked_task_waits_for(void **state)
{
	char text[4096];
	int pipes[2], kept = dup(STDERR_FILENO);
	ssize_t length;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_DAEMON, LOG_DEBUG, true);
	other = task_start(loop, "listing.show", 0, ignore_the_end, NULL);
	task_start(loop, "dump", 0, dump_what_waits, NULL);
	run_tasks();
	assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
	close(kept);
	close(pipes[1]);
	length = read(pipes[0], text, sizeof(text) - 1);
	close(pipes[0]);
	assert_true(length > 0);
	text[length] = '\0';
	assert_non_null(strstr(text, "listing.show"));
	assert_non_null(strstr(text, "nothing"));
}

/* What must abort does so in a child. */
static void
expect_abort(void (*run)(void))
{
	pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		close(STDERR_FILENO);
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
sleep_outside(void)
{
	task_sleep(clock_monotonic());
}

static __attribute__((noinline)) int
overflow(int depth)
{
	volatile char block[4096];

	block[0] = (char)depth;
	if (depth < 1000)
		return overflow(depth + 1) + block[0];
	return block[0];
}

static void
overflow_in_task(void *argument)
{
	(void)argument;
	overflow(0);
}

static void
overflow_a_stack(void)
{
	task_start(loop, "deep", 0, overflow_in_task, NULL);
	run_tasks();
}

static void
waiting_outside_a_task_aborts(void **state)
{
	(void)state;
	expect_abort(sleep_outside);
}

static void
guard_page_stops_an_overflow(void **state)
{
	(void)state;
	expect_abort(overflow_a_stack);
}

#define TASK_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TASK_TEST(many_tasks_run_at_once),
		TASK_TEST(waits_for_a_descriptor),
		TASK_TEST(limit_of_a_wait_ends_only_that_wait),
		TASK_TEST(deadline_ends_every_wait),
		TASK_TEST(cancellation_ends_every_wait),
		TASK_TEST(cancelled_before_it_ran),
		TASK_TEST(shield_holds_off_cancellation_and_deadline),
		TASK_TEST(no_wake_is_lost),
		TASK_TEST(dump_names_what_each_parked_task_waits_for),
		TASK_TEST(stacks_are_wiped),
		TASK_TEST(waiting_outside_a_task_aborts),
		TASK_TEST(guard_page_stops_an_overflow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

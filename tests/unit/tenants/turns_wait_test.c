/* Turns of communities' requests, at the edges: who comes while others wait,
 * who gives up when it is granted, how long anybody waits, and the delay of
 * refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/request.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/community.h"
#include "tenants/service.h"
#include "tenants/turns.h"

#define MILLISECOND INT64_C(1000)

/* The tasks' sleep ends no earlier than this before its time. */
#define COARSENESS (10 * MILLISECOND)

/* Delayed refusals of a worker, as turns.c has it, and some more. */
#define DELAYED_MOST 1024
#define REFUSED_MOST (DELAYED_MOST + 76)

static const struct turn_limits one = {.alone = 1}, any = {0};

static struct loop *loop;
static struct tenant_service service;
static struct community communities[2];

static int
set_up(void **state)
{
	(void)state;
	loop = loop_new();
	service_init(&service);
	service.turns = turns_new(loop);
	for (unsigned i = 0; i < 2; i++) {
		communities[i].id = uuid_new();
		uuid_format(communities[i].id, communities[i].key);
		communities[i].slug = i == 0 ? "crowded" : "quiet";
	}
	return 0;
}

static struct turns_counts
counts_now(void)
{
	struct turns_counts counts;

	turns_sum(service.turns, &counts);
	return counts;
}

static int
tear_down(void **state)
{
	(void)state;
	assert_int_equal(counts_now().working, 0);
	assert_int_equal(counts_now().waiting, 0);
	assert_int_equal(task_count(), 0);
	turns_free(service.turns);
	service_release(&service);
	loop_free(loop);
	return 0;
}

static void
run_all(void)
{
	loop_stop(loop);
	loop_run(loop);
}

static struct request *
request_of(struct arena *arena, const struct community *community)
{
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->service = &service.service;
	request->community = community;
	return request;
}

/* A request of the first community, which has one turn at a time. */
struct visit {
	int outcome;
	unsigned order;	  /* in which it began */
	unsigned working; /* then, or when it was told that it did not */
	int64_t waited;
	struct task *task;
};

static unsigned begun;

static void
visit_main(void *argument)
{
	struct visit *visit = argument;
	struct arena *arena = arena_new();
	struct request *request = request_of(arena, &communities[0]);
	int64_t since = clock_monotonic();

	visit->task = task_current();
	visit->outcome = turn_take(request, &one);
	visit->waited = clock_monotonic() - since;
	visit->working = counts_now().working;
	if (visit->outcome == 0)
		visit->order = ++begun;
	turn_leave(request);
	visit->task = NULL;
	arena_free(arena);
}

/* Until the first visit waits. */
static void
start_and_await(struct visit *visit)
{
	task_start(loop, "visit", 0, visit_main, visit);
	while (counts_now().waiting == 0)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static struct visit first, second;

/* The newcomer runs when the turn is free, and not given to the other yet. */
static void
leave_to_newcomer(void *argument)
{
	struct request *request = request_of(argument, &communities[0]);

	assert_int_equal(turn_take(request, &one), 0);
	start_and_await(&first);
	task_start(loop, "visit", 0, visit_main, &second);
	turn_leave(request);
	assert_int_equal(counts_now().working, 0);
}

static void
run_holder(void (*holder)(void *arena))
{
	struct arena *arena = arena_new();

	begun = 0;
	first = (struct visit){.outcome = -2};
	second = first;
	task_start(loop, "holder", 0, holder, arena);
	run_all();
	arena_free(arena);
}

static void
nobody_overtakes_those_who_wait(void **state)
{
	(void)state;
	run_holder(leave_to_newcomer);
	assert_int_equal(first.order, 1);
	assert_int_equal(second.order, 2);
}

static void
cancel_first(void *argument)
{
	(void)argument;
	/* Granted, and not aware of it. */
	assert_int_equal(counts_now().waiting, 0);
	assert_int_equal(counts_now().working, 1);
	assert_non_null(first.task);
	task_cancel(first.task);
}

static void
leave_to_cancelled(void *argument)
{
	struct request *request = request_of(argument, &communities[0]);

	assert_int_equal(turn_take(request, &one), 0);
	start_and_await(&first);
	turn_leave(request);
	loop_defer(loop, cancel_first, NULL);
}

static void
who_is_over_when_granted_holds_nothing(void **state)
{
	(void)state;
	run_holder(leave_to_cancelled);
	assert_int_equal(first.outcome, -1);
	assert_int_equal(first.working, 0);
}

/* Until it is told, or much longer than it should take. */
static void
hold_for_long(void *argument)
{
	struct request *request = request_of(argument, &communities[0]);
	int64_t until = clock_monotonic() + 60 * CLOCK_SECOND;

	assert_int_equal(turn_take(request, &one), 0);
	start_and_await(&first);
	while (first.task != NULL && clock_monotonic() < until)
		task_sleep(clock_monotonic() + MILLISECOND);
	turn_leave(request);
}

static void
a_wait_ends_after_ten_seconds(void **state)
{
	(void)state;
	run_holder(hold_for_long);
	assert_int_equal(first.outcome, 1);
	assert_true(first.waited >= 10 * CLOCK_SECOND - COARSENESS);
	assert_true(first.waited < 30 * CLOCK_SECOND);
	assert_int_equal(counts_now().crowded, 1);
}

static unsigned delayed, most_delayed, at_once;

static void
refusal_main(void *argument)
{
	struct arena *arena = arena_new();
	struct request *request = request_of(arena, &communities[0]);
	int64_t since = clock_monotonic();
	bool early;

	if (argument != NULL)
		assert_int_equal(turn_take(request, &any), 0);
	if (++delayed > most_delayed)
		most_delayed = delayed;
	turn_delay(request);
	early = clock_monotonic() - since < CLOCK_SECOND / 4 - COARSENESS;
	at_once += early;
	delayed--;
	arena_free(arena);
}

static void
refuse_many(unsigned count, void *with_turn)
{
	delayed = most_delayed = at_once = 0;
	for (unsigned i = 0; i < count; i++)
		task_start(loop, "refusal", 0, refusal_main, with_turn);
	run_all();
	assert_int_equal(delayed, 0);
}

static unsigned working_meanwhile;

static void
look_meanwhile(void *argument)
{
	int64_t until = clock_monotonic() + 2 * CLOCK_SECOND;

	(void)argument;
	while (delayed < 3 && clock_monotonic() < until)
		task_sleep(clock_monotonic() + MILLISECOND);
	working_meanwhile = counts_now().working;
}

static void
refusals_are_delayed(void **state)
{
	(void)state;
	task_start(loop, "look", 0, look_meanwhile, NULL);
	refuse_many(3, loop);
	assert_int_equal(at_once, 0);
	assert_int_equal(most_delayed, 3);
	assert_int_equal(working_meanwhile, 0);
}

/* Each holds a stack: beyond some they are refused at once. */
static void
not_all_refusals_are_delayed(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		refuse_many(REFUSED_MOST, NULL);
		assert_in_range(
			most_delayed, DELAYED_MOST / 2, DELAYED_MOST + 1);
		assert_in_range(at_once, 1, REFUSED_MOST - DELAYED_MOST);
	}
	refuse_many(1, NULL);
	assert_int_equal(at_once, 0);
}

static unsigned ended;

/* Leaves the order in which it ended. */
static void
delayed_main(void *argument)
{
	struct arena *arena = arena_new();

	turn_delay(request_of(arena, &communities[0]));
	*(unsigned *)argument = ++ended;
	arena_free(arena);
}

/* Else they would ask again together. */
static void
refused_together_is_not_told_together(void **state)
{
	unsigned order[16] = {0}, in_turn = 0;

	(void)state;
	ended = 0;
	for (unsigned i = 0; i < 16; i++)
		task_start(loop, "refusal", 0, delayed_main, &order[i]);
	run_all();
	/* Those in the last places of a quarter of a second are not those that
	 * came last. */
	for (unsigned i = 0; i < 16; i++)
		in_turn += order[i] == i + 1;
	assert_int_equal(ended, 16);
	assert_in_range(in_turn, 0, 4);
}

/* How many of the first community may be in work when one more comes. */
static unsigned
room(struct arena *arena)
{
	const struct turn_limits limits = {.alone = 6, .shared = 2};
	struct request *requests[6];
	unsigned taken = 0;

	while (taken < 6 && counts_now().waiting == 0) {
		requests[taken] = request_of(arena, &communities[0]);
		task_set_deadline(
			task_current(), clock_monotonic() + 20 * MILLISECOND);
		if (turn_take(requests[taken], &limits) != 0)
			break;
		taken++;
		task_set_deadline(task_current(), 0);
		/* No more than some begin at one turn of the loop. */
		task_sleep(clock_monotonic() + MILLISECOND);
	}
	task_set_deadline(task_current(), 0);
	for (unsigned i = 0; i < taken; i++)
		turn_leave(requests[i]);
	return taken;
}

static void
ask_for_other(struct arena *arena)
{
	struct request *request = request_of(arena, &communities[1]);

	assert_int_equal(turn_take(request, &any), 0);
	turn_leave(request);
}

/* However often it is itself asked for meanwhile. */
static void
be_alone_again(void *argument)
{
	int64_t asked_for;

	assert_int_equal(room(argument), 6);
	ask_for_other(argument);
	asked_for = clock_monotonic();
	do
		assert_int_equal(room(argument), 2);
	while (clock_monotonic() < asked_for + TURNS_SHARED - CLOCK_SECOND);
	task_sleep(asked_for + TURNS_SHARED + MILLISECOND);
	assert_int_equal(room(argument), 6);
	ask_for_other(argument);
	assert_int_equal(room(argument), 2);
}

static void
alone_again_it_may_have_all(void **state)
{
	(void)state;
	run_holder(be_alone_again);
}

static atomic_bool open_gate;
static atomic_uint computed;
static unsigned asked, order_of_quiet;

static void
compute(void *argument)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	unsigned order;

	while (!atomic_load(&open_gate))
		nanosleep(&pause, NULL);
	order = atomic_fetch_add(&computed, 1) + 1;
	if (argument == &communities[1])
		order_of_quiet = order;
}

static void
password_main(void *argument)
{
	struct arena *arena = arena_new();
	struct request *request = request_of(arena, argument);

	assert_int_equal(turn_take(request, &any), 0);
	asked++;
	assert_int_equal(turn_work(request, 0, compute, argument), 0);
	assert_false(turn_is_crowded(request));
	turn_leave(request);
	arena_free(arena);
}

/* One is on the thread, 18 wait, and the other community's comes last. */
static void
passwords_main(void *argument)
{
	(void)argument;
	for (int i = 0; i < 19; i++)
		task_start(loop, "password", 0, password_main, &communities[0]);
	while (asked < 19)
		task_sleep(clock_monotonic() + MILLISECOND);
	task_start(loop, "password", 0, password_main, &communities[1]);
	while (asked < 20)
		task_sleep(clock_monotonic() + MILLISECOND);
	atomic_store(&open_gate, true);
}

static void
passwords_wait_in_their_communitys_lane(void **state)
{
	(void)state;
	asked = 0;
	atomic_store(&computed, 0);
	atomic_store(&open_gate, false);
	assert_int_equal(task_work_start(loop, 1), 0);
	task_start(loop, "passwords", 0, passwords_main, NULL);
	run_all();
	assert_int_equal(atomic_load(&computed), 20);
	assert_int_equal(order_of_quiet, 2);
}

static bool holding;

static void
hold_a_while(void *argument)
{
	struct request *request = request_of(argument, &communities[0]);

	assert_int_equal(turn_take(request, &one), 0);
	holding = true;
	task_sleep(clock_monotonic() + 20 * MILLISECOND);
	holding = false;
	turn_leave(request);
}

/* The turn was given back while the body came, and another has it now. */
static void
handle(void *argument)
{
	struct request *request = request_of(argument, &communities[0]);

	assert_int_equal(turn_take(request, &one), 0);
	turn_leave(request);
	task_start(loop, "holder", 0, hold_a_while, argument);
	while (!holding)
		task_sleep(clock_monotonic() + MILLISECOND);
	assert_int_equal(service.service.begin(request), 0);
	assert_false(holding);
	assert_int_equal(counts_now().working, 1);
	service.service.leave(request);
	assert_int_equal(counts_now().working, 0);
}

static void
a_handler_begins_with_a_turn(void **state)
{
	(void)state;
	holding = false;
	run_holder(handle);
}

#define WAIT_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WAIT_TEST(nobody_overtakes_those_who_wait),
		WAIT_TEST(who_is_over_when_granted_holds_nothing),
		WAIT_TEST(a_wait_ends_after_ten_seconds),
		WAIT_TEST(refusals_are_delayed),
		WAIT_TEST(not_all_refusals_are_delayed),
		WAIT_TEST(refused_together_is_not_told_together),
		WAIT_TEST(alone_again_it_may_have_all),
		WAIT_TEST(passwords_wait_in_their_communitys_lane),
		WAIT_TEST(a_handler_begins_with_a_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

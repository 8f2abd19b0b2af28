/* Turns of communities' requests: how many at a time, in which order, who gives
 * up; and what limits say that are the host's or a community's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/request.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/community.h"
#include "tenants/limits.h"
#include "tenants/service.h"
#include "tenants/turns.h"

#define MILLISECOND INT64_C(1000)
#define VISITS_MOST 400

static struct loop *loop;
static struct tenant_service service;
static struct community communities[3];

struct visit {
	struct community *community;
	int64_t most;	     /* of its community at a time */
	int64_t most_shared; /* while another is asked for */
	int64_t deadline;    /* from its start; 0: none */
	unsigned pauses;
	int outcome;
	unsigned order; /* out: in which order it began */
	unsigned round; /* out: at which turn of the loop */
};

static const struct turn_limits one = {.alone = 1};

static unsigned begun, rounds;
static unsigned working[3], most_working[3];
static unsigned most_waiting, most_at_work; /* as turns_sum() has it */
static bool counting;

static void
count_round(void *argument)
{
	(void)argument;
	rounds++;
	if (counting)
		loop_defer(loop, count_round, NULL);
}

static unsigned
number_of(const struct visit *visit)
{
	return (unsigned)(visit->community - communities);
}

static void
work(struct visit *visit, struct request *request)
{
	unsigned number = number_of(visit);
	struct turns_counts sum;

	turns_sum(service.turns, &sum);
	if (sum.waiting > most_waiting)
		most_waiting = sum.waiting;
	if (sum.working > most_at_work)
		most_at_work = sum.working;
	visit->order = ++begun;
	visit->round = rounds;
	if (++working[number] > most_working[number])
		most_working[number] = working[number];
	/* Some turns of the loop. */
	for (int i = 0; i < 3; i++)
		task_sleep(clock_monotonic() + MILLISECOND / 10);
	working[number]--;
	for (unsigned i = 0; i < visit->pauses; i++) {
		turn_leave(request);
		task_sleep(clock_monotonic() + MILLISECOND);
		assert_int_equal(turn_resume(request), 0);
	}
}

static void
visit_main(void *argument)
{
	struct visit *visit = argument;
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->service = &service.service;
	request->community = visit->community;
	if (visit->deadline != 0)
		task_set_deadline(
			task_current(), clock_monotonic() + visit->deadline);
	visit->outcome = turn_take(request,
		&(struct turn_limits){visit->most, visit->most_shared});
	if (visit->outcome == 0)
		work(visit, request);
	if (visit->outcome == 1) {
		turn_count_limited(request);
		turn_delay(request);
	}
	turn_leave(request);
	turn_leave(request);
	arena_free(arena);
	if (task_count() == 1)
		counting = false;
}

static void
run(struct visit *visits, size_t count)
{
	begun = most_waiting = most_at_work = 0;
	counting = true;
	memset(working, 0, sizeof(working));
	memset(most_working, 0, sizeof(most_working));
	loop_defer(loop, count_round, NULL);
	for (size_t i = 0; i < count; i++)
		task_start(loop, "visit", 0, visit_main, &visits[i]);
	loop_stop(loop);
	loop_run(loop);
}

static int
set_up(void **state)
{
	(void)state;
	loop = loop_new();
	service.turns = turns_new(loop);
	for (unsigned i = 0; i < 3; i++) {
		communities[i].id = uuid_new();
		uuid_format(communities[i].id, communities[i].key);
		communities[i].slug = i == 0 ? "crowded" : "quiet";
	}
	return 0;
}

static int
tear_down(void **state)
{
	struct turns_counts sum;

	(void)state;
	turns_sum(service.turns, &sum);
	assert_int_equal(sum.working, 0);
	assert_int_equal(sum.waiting, 0);
	assert_int_equal(task_count(), 0);
	turns_free(service.turns);
	loop_free(loop);
	return 0;
}

static void
a_crowd_waits_behind_itself(void **state)
{
	struct visit visits[62];

	(void)state;
	for (size_t i = 0; i < 62; i++)
		visits[i] = (struct visit){
			.community = &communities[i < 60 ? 0 : i - 59],
			.most = 5,
		};
	run(visits, 62);
	for (size_t i = 0; i < 60; i++) {
		assert_int_equal(visits[i].outcome, 0);
		if (i > 0)
			assert_true(visits[i].order > visits[i - 1].order);
	}
	assert_int_equal(most_working[0], 5);
	/* They came last and begin at once. */
	assert_true(visits[60].order <= 6);
	assert_true(visits[61].order <= 6);
}

/* Whatever may be in work: some begin, then others have their turn. */
static void
few_begin_at_one_turn_of_the_loop(void **state)
{
	struct visit visits[40];

	(void)state;
	for (size_t i = 0; i < 40; i++)
		visits[i] = (struct visit){.community = &communities[0]};
	run(visits, 40);
	assert_true(most_working[0] > 5);
	for (size_t i = 0; i + 8 < 40; i++) {
		unsigned first = visits[i].round, last = visits[i + 8].round;

		assert_true(last > first);
	}
}

/* A crowd of the first community, after `others` that came for one of each of
 * the others: how many of it were in work at a time. */
static unsigned
crowd_beside(unsigned others, int64_t most, int64_t most_shared)
{
	struct visit visits[22];

	for (size_t i = 0; i < COUNT_OF(visits); i++)
		visits[i] = (struct visit){
			.community = &communities[i < others ? i + 1 : 0],
			.most = most,
			.most_shared = most_shared,
		};
	run(visits, COUNT_OF(visits));
	for (size_t i = 0; i < COUNT_OF(visits); i++)
		assert_int_equal(visits[i].outcome, 0);
	return most_working[0];
}

static void
a_crowd_is_smaller_beside_others(void **state)
{
	(void)state;
	assert_int_equal(crowd_beside(0, 6, 2), 6);
	assert_int_equal(crowd_beside(1, 6, 2), 2);
	/* The other was asked for a moment ago. */
	assert_int_equal(crowd_beside(0, 6, 2), 2);
	assert_int_equal(crowd_beside(2, 6, 3), 3);
	/* The lesser of both, and none is none. */
	assert_int_equal(crowd_beside(1, 3, 6), 3);
	assert_int_equal(crowd_beside(1, 6, 0), 6);
	assert_int_equal(crowd_beside(1, 0, 2), 2);
}

/* Each of two crowds has its share, and none of what the other leaves. */
static void
two_crowds_share(void **state)
{
	struct visit visits[40];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(visits); i++)
		visits[i] = (struct visit){
			.community = &communities[i % 2],
			.most = 6,
			.most_shared = 2,
		};
	run(visits, COUNT_OF(visits));
	/* Nobody else had come when the first did. */
	assert_in_range(most_working[0], 2, 3);
	assert_int_equal(most_working[1], 2);
}

static void
communities_that_wait_alternate(void **state)
{
	struct visit visits[60];
	unsigned last[2] = {0};

	(void)state;
	for (size_t i = 0; i < 60; i++)
		visits[i] = (struct visit){
			.community = &communities[i < 40 ? 0 : 1],
			.most = 2,
		};
	run(visits, 60);
	for (size_t i = 0; i < 60; i++)
		last[number_of(&visits[i])] = visits[i].order;
	/* The second has half of the turns until it needs no more. */
	assert_int_equal(last[0], 60);
	assert_in_range(last[1], 34, 46);
}

static void
who_gives_up_holds_nothing(void **state)
{
	struct visit visits[30];

	(void)state;
	for (size_t i = 0; i < 30; i++)
		visits[i] = (struct visit){
			.community = &communities[0],
			.most = 1,
			.deadline = i % 2 == 1 ? MILLISECOND / 10 : 0,
		};
	run(visits, 30);
	for (size_t i = 0; i < 30; i += 2)
		assert_int_equal(visits[i].outcome, 0);
	assert_int_equal(visits[29].outcome, -1);
	assert_int_equal(most_working[0], 1);
}

static void
too_many_are_told(void **state)
{
	static struct visit visits[VISITS_MOST];
	struct turns_counts sum;
	unsigned refused = 0;

	(void)state;
	for (size_t i = 0; i < VISITS_MOST; i++)
		visits[i] = (struct visit){
			.community = &communities[i == VISITS_MOST - 1],
			.most = 2,
		};
	run(visits, VISITS_MOST);
	for (size_t i = 0; i < VISITS_MOST; i++)
		refused += visits[i].outcome == 1;
	/* In work two, and 256 wait. */
	assert_int_equal(refused, VISITS_MOST - 1 - 2 - 256);
	assert_int_equal(visits[VISITS_MOST - 1].outcome, 0);
	turns_sum(service.turns, &sum);
	assert_int_equal(sum.requests, VISITS_MOST);
	assert_int_equal(sum.waited, 256);
	assert_in_range(most_waiting, 254, 256);
	assert_int_equal(most_at_work, 3);
	assert_int_equal(sum.crowded, refused);
	assert_int_equal(sum.limited, refused);
}

static void
a_pause_lets_others_work(void **state)
{
	struct visit visits[20];
	struct turns_counts sum;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		visits[i] = (struct visit){
			.community = &communities[0], .most = 1, .pauses = 3};
	run(visits, 20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(visits[i].outcome, 0);
	turns_sum(service.turns, &sum);
	assert_int_equal(sum.requests, 20);
}

static atomic_bool open_gate;
static unsigned answered;

static void
compute(void *argument)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)argument;
	while (!atomic_load(&open_gate))
		nanosleep(&pause, NULL);
}

/* One in work at a time, and three wait for the one thread. */
static void
hash_main(void *argument)
{
	struct visit *visit = argument;
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->service = &service.service;
	request->community = visit->community;
	visit->outcome = turn_take(request, &one);
	if (visit->outcome == 0)
		visit->outcome = turn_work(request, 3, compute, NULL);
	visit->order = turn_is_crowded(request);
	turn_leave(request);
	arena_free(arena);
	/* Those that are done need the gate; the others come before. */
	if (++answered == 36)
		atomic_store(&open_gate, true);
}

static void
a_crowd_of_passwords_is_told(void **state)
{
	struct visit visits[40];
	struct turns_counts counts;
	unsigned crowded = 0;

	(void)state;
	answered = 0;
	atomic_store(&open_gate, false);
	assert_int_equal(task_work_start(loop, 1), 0);
	for (size_t i = 0; i < 40; i++) {
		visits[i] = (struct visit){.community = &communities[0]};
		task_start(loop, "hash", 0, hash_main, &visits[i]);
	}
	loop_stop(loop);
	loop_run(loop);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(visits[i].outcome, visits[i].order ? -1 : 0);
		crowded += visits[i].order;
	}
	turns_sum(service.turns, &counts);
	assert_int_equal(counts.worked, 40 - crowded);
	assert_int_equal(counts.unworked, crowded);
	/* One or none was on the thread when the fourth came. */
	assert_in_range(crowded, 36, 37);
}

/* What is known of a community goes when nobody comes for a while. */
static void
who_is_not_asked_for_is_forgotten(void **state)
{
	struct visit visits[3];
	struct turns_counts counts;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		visits[i] =
			(struct visit){.community = &communities[i], .most = 1};
	run(visits, 3);
	turns_sum(service.turns, &counts);
	assert_int_equal(counts.lanes, 3);
	turns_sweep(service.turns);
	run(visits, 1);
	turns_sweep(service.turns);
	turns_sum(service.turns, &counts);
	assert_int_equal(counts.lanes, 1);
	turns_sweep(service.turns);
	turns_sum(service.turns, &counts);
	assert_int_equal(counts.lanes, 0);
	run(visits, 3);
	assert_int_equal(visits[2].outcome, 0);
}

static struct turns_counts
counts_now(void)
{
	struct turns_counts counts;

	turns_sum(service.turns, &counts);
	return counts;
}

/* The first to work looks twice while the second waits for its turn and one of
 * another community is on a thread. */
static void
sweep_main(void *argument)
{
	struct visit *visit = argument;
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->service = &service.service;
	request->community = visit->community;
	visit->outcome = turn_take(request, &one);
	if (!atomic_load(&open_gate)) {
		while (counts_now().waiting < 1 || counts_now().lanes < 2)
			task_sleep(clock_monotonic() + MILLISECOND);
		turns_sweep(service.turns);
		turns_sweep(service.turns);
		assert_int_equal(counts_now().lanes, 2);
		atomic_store(&open_gate, true);
	}
	turn_leave(request);
	arena_free(arena);
}

static void
who_is_at_work_is_not_forgotten(void **state)
{
	struct visit visits[3];

	(void)state;
	answered = 0;
	atomic_store(&open_gate, false);
	assert_int_equal(task_work_start(loop, 1), 0);
	for (size_t i = 0; i < 3; i++) {
		visits[i] = (struct visit){.community = &communities[i == 2]};
		task_start(loop, "sweep", 0, i == 2 ? hash_main : sweep_main,
			&visits[i]);
	}
	loop_stop(loop);
	loop_run(loop);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(visits[i].outcome, 0);
	turns_sweep(service.turns);
	turns_sweep(service.turns);
	assert_int_equal(counts_now().lanes, 0);
}

static void
limits_are_joined(void **state)
{
	const struct limit_words host_words = {
		"500", NULL, "8", "16", "4", "256", "1000"};
	const struct limit_words none = {0};
	const struct limit_words some = {
		"10", NULL, NULL, "off", "off", "off", "off"};
	const struct limit_words burst = {
		NULL, "7", "3", "off", "2", "5", "70"};
	struct limits host = limits_read(&host_words), own, both;

	(void)state;
	own = limits_read(&none);
	both = limits_join(&own, &host);
	assert_int_equal(both.requests_per_second, 500);
	assert_int_equal(both.burst, 1000);
	assert_int_equal(both.connections, 8);
	assert_int_equal(both.concurrent_requests, 16);
	assert_int_equal(both.shared_requests, 4);
	assert_int_equal(both.waiting_passwords, 256);
	assert_int_equal(both.streams, 1000);
	own = limits_read(&some);
	both = limits_join(&own, &host);
	assert_int_equal(both.requests_per_second, 10);
	assert_int_equal(both.burst, 20);
	assert_int_equal(both.concurrent_requests, LIMIT_OFF);
	assert_int_equal(both.shared_requests, LIMIT_OFF);
	assert_int_equal(both.waiting_passwords, LIMIT_OFF);
	assert_int_equal(both.streams, LIMIT_OFF);
	own = limits_read(&burst);
	both = limits_join(&own, &host);
	assert_int_equal(both.requests_per_second, 500);
	assert_int_equal(both.burst, 7);
	assert_int_equal(both.connections, 3);
	assert_int_equal(both.concurrent_requests, LIMIT_OFF);
	assert_int_equal(both.shared_requests, 2);
	assert_int_equal(both.waiting_passwords, 5);
	assert_int_equal(both.streams, 70);
	/* The host's burst goes with the host's rate. */
	host.burst = 600;
	own = limits_read(&none);
	assert_int_equal(limits_join(&own, &host).burst, 600);
	own = limits_read(&some);
	assert_int_equal(limits_join(&own, &host).burst, 20);
	assert_null(limit_check("off"));
	assert_null(limit_check("1000000"));
	assert_non_null(limit_check("1000001"));
	assert_non_null(limit_check("-1"));
	/* That would be "off", which has to be said. */
	assert_non_null(limit_check("0"));
	assert_null(limit_check_burst("1"));
	assert_non_null(limit_check_burst("0"));
	assert_non_null(limit_check_burst("off"));
	assert_non_null(limit_check("on"));
	assert_non_null(limit_check("1.5"));
}

#define TURNS_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TURNS_TEST(a_crowd_waits_behind_itself),
		TURNS_TEST(few_begin_at_one_turn_of_the_loop),
		TURNS_TEST(a_crowd_is_smaller_beside_others),
		TURNS_TEST(two_crowds_share),
		TURNS_TEST(communities_that_wait_alternate),
		TURNS_TEST(who_gives_up_holds_nothing),
		TURNS_TEST(too_many_are_told),
		TURNS_TEST(a_pause_lets_others_work),
		TURNS_TEST(a_crowd_of_passwords_is_told),
		TURNS_TEST(who_is_not_asked_for_is_forgotten),
		TURNS_TEST(who_is_at_work_is_not_forgotten),
		cmocka_unit_test(limits_are_joined),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

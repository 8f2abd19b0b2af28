/* The pool: whose connection, and who first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "pool_fixture.h"
#include "server.h"

static void
one_connection_serves_two_accounts(void **state)
{
	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	in_task(switch_task, NULL);
	assert_int_equal(state_now().connects, 1);
	assert_int_equal(state_now().switches, 9);
}

static void
connections_stay_with_their_community(void **state)
{
	/* Each has one of its own. */
	struct holder holders[] = {
		{.account = &account_a, .until_served = 2},
		{.account = &account_b, .until_served = 2},
	};

	(void)state;
	use_pool(2, 0, 2, PATIENCE);
	run_holders(holders, 2);
	assert_int_equal(state_now().connections, 2);
	in_task(switch_task, NULL);
	assert_int_equal(state_now().switches, 0);
}

/* Longer than an account keeps a free connection while others wait. */
#define TURN_IS_OVER (5 * MILLISECOND)

static void
accounts_take_turns(void **state)
{
	struct holder holders[20];
	unsigned of_b = 0;

	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		holders[i] = (struct holder){
			.account = i < 15 ? &account_a : &account_b,
			.hold = TURN_IS_OVER,
		};
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		bool is_b = holders[i].account == &account_b;
		unsigned number = is_b ? of_b++ : (unsigned)i;

		assert_int_equal(holders[i].result, 0);
		/* a b a b a b a b a b, then the rest of a's, each in order. */
		if (is_b)
			assert_int_equal(holders[i].order, 2 * number + 2);
		else
			assert_int_equal(holders[i].order,
				number <= 5 ? 2 * number + 1 : number + 6);
		assert_string_equal(holders[i].name, holders[i].account->user);
	}
	assert_int_equal(state_now().waiting, 0);
	/* The first for the connection to be opened, each for those before. */
	assert_int_equal(state_now().waits, COUNT_OF(holders));
	assert_true(state_now().waited > 19 * 20 / 2 * TURN_IS_OVER);
}

static void
who_holds_nothing_comes_first(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a, .hold = 20 * TURN_IS_OVER},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_b, .hold = TURN_IS_OVER},
		{.account = &account_c, .hold = TURN_IS_OVER},
	};

	(void)state;
	use_pool(2, 0, 2, PATIENCE);
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		assert_int_equal(holders[i].result, 0);
	/* a's lane came first, and waits until b and c hold as much. */
	assert_int_equal(holders[0].order, 1);
	assert_in_range(holders[4].order, 2, 3);
	assert_in_range(holders[5].order, 2, 4);
	assert_true(holders[2].order > holders[4].order);
	assert_true(holders[3].order > holders[5].order);
}

/* Whoever holds until somebody else was answered, one way or the other. */
static bool answered;

static int
hold_until_answered(struct db *db, void *argument)
{
	(void)db;
	(void)argument;
	served++;
	while (!answered)
		task_sleep(clock_monotonic() + MILLISECOND);
	return 0;
}

static void
crowd_of_a_main(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, &account_a);

	(void)argument;
	assert_int_equal(db_transaction(db, hold_until_answered, NULL), 0);
	arena_free(own);
}

/* Comes when a holds as much as it may. */
static void
come_last_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_b);
	int64_t until = clock_monotonic() + PATIENCE;
	struct name name;

	served = 0;
	answered = false;
	for (int i = 0; i < 9; i++)
		task_start(server_loop, "crowd", 0, crowd_of_a_main, NULL);
	while (served < 7 && clock_monotonic() < until)
		task_sleep(clock_monotonic() + MILLISECOND);
	/* And a moment, for one too many. */
	task_sleep(clock_monotonic() + 50 * MILLISECOND);
	*(int *)argument = served == 7 && state_now().waiting == 2
				   ? db_row(db, &who, NULL, arena, &name)
				   : 0;
	answered = true;
}

/* Of eight connections one is kept for who holds none, however many others
 * ask. */
static void
the_last_connection_is_for_who_holds_none(void **state)
{
	int rows;

	(void)state;
	use_pool(8, 0, 8, 10 * CLOCK_SECOND);
	/* That is to be opened, and that is there. */
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	assert_int_equal(state_now().connections, 8);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	assert_int_equal(state_now().connects, 8);
}

static void
idle_ones_are_no_reserve(void **state)
{
	int rows;

	(void)state;
	use_pool(8, 20, 8, PATIENCE);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().idle, 3);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
}

struct asker {
	const struct db_account *account;
	int64_t hold;
	unsigned times, deadlines; /* each so-manieth gives up while waiting */
	unsigned failed;
	unsigned longest; /* most that were served while it waited */
	unsigned asked;	  /* when: how many had been served by then */
};

static int
note_wait(struct db *db, void *argument)
{
	struct asker *asker = argument;
	unsigned others = served++ - asker->asked;

	(void)db;
	if (others > asker->longest)
		asker->longest = others;
	if (asker->hold > 0)
		task_sleep(clock_monotonic() + asker->hold);
	return 0;
}

static void
asker_main(void *argument)
{
	struct asker *asker = argument;
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, asker->account);

	for (unsigned i = 0; i < asker->times; i++) {
		bool hurried =
			asker->deadlines != 0 && i % asker->deadlines == 0;

		task_set_deadline(task_current(),
			hurried ? clock_monotonic() + 2 * MILLISECOND : 0);
		asker->asked = served;
		if (db_transaction(db, note_wait, asker) != 0) {
			asker->failed++;
			if (!hurried)
				print_error("failed: %d\n", db_failure(db));
			assert_true(hurried);
		}
	}
	arena_free(own);
}

static void
nobody_starves(void **state)
{
	struct asker askers[26];

	(void)state;
	use_pool(2, 0, 2, PATIENCE);
	in_task(switch_task, NULL);
	for (size_t i = 0; i < COUNT_OF(askers); i++)
		askers[i] = (struct asker){
			.account = &account_a,
			.hold = TURN_IS_OVER,
			.times = 4,
			.deadlines = i % 2 == 0 ? 0 : 3,
		};
	/* These ask for one at a time, and one of them often gives up. */
	askers[24] = (struct asker){.account = &account_b, .times = 20};
	askers[25] = (struct asker){
		.account = &account_c, .times = 20, .deadlines = 2};
	served = 0;
	for (size_t i = 0; i < COUNT_OF(askers); i++)
		task_start(server_loop, "asker", 0, asker_main, &askers[i]);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(askers[24].failed, 0);
	/* The other that held nothing, one that was under way, and what a turn
	 * of a's has room for. In one line with a's they would see 22 go before
	 * them. */
	assert_true(askers[24].longest <= 8);
	assert_true(askers[25].longest <= 8);
	assert_int_equal(state_now().waiting, 0);
}

/* Without others' waiting it costs nothing, with it some log-ins. */
static void
short_statements_share_a_log_in(void **state)
{
	struct asker askers[20];
	uint64_t before;

	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	/* A slow machine may need longer than a turn for each. */
	for (unsigned tries = 0; tries < 50; tries++) {
		for (size_t i = 0; i < COUNT_OF(askers); i++)
			askers[i] = (struct asker){
				.account = i % 2 == 0 ? &account_a : &account_b,
				.times = 1,
			};
		before = state_now().switches;
		for (size_t i = 0; i < COUNT_OF(askers); i++)
			task_start(server_loop, "asker", 0, asker_main,
				&askers[i]);
		loop_stop(server_loop);
		loop_run(server_loop);
		if (state_now().switches - before < COUNT_OF(askers) / 2)
			return;
	}
	fail_msg("each statement logged in");
}

static void
an_account_may_have_a_cap_of_its_own(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool(6, 0, 3, PATIENCE);
	assert_crowd(&account, 1, 1);
	assert_crowd(&account, 0, 3);
	assert_crowd(&account, 2, 2);
	db_pool_set_per_account(pool, 1);
	assert_crowd(&account, 0, 1);
	/* As many as there are. */
	assert_crowd(&account, 1000, 6);
	assert_int_equal(state_now().connections, 6);
}

static void
cap_of_an_account_leaves_room_for_others(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .until_served = 2},
		{.account = &account_a},
		{.account = &account_a},
		{.account = &account_b},
	};

	(void)state;
	use_pool(3, 0, 1, PATIENCE);
	run_holders(holders, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(holders[i].result, 0);
	/* The first two may change places: both open a connection. */
	assert_in_range(holders[0].order, 1, 2);
	assert_in_range(holders[3].order, 1, 2);
	assert_int_equal(holders[1].order, 3);
	assert_int_equal(holders[2].order, 4);
	assert_int_equal(state_now().connections, 2);
}

static void
a_wait_has_an_end(void **state)
{
	/* The second would be served when the first has ended. */
	struct holder holders[] = {
		{.account = &account_a, .hold = 300 * MILLISECOND},
		{.account = &account_a},
	};

	(void)state;
	use_pool(1, 0, 1, 100 * MILLISECOND);
	in_task(connect_task, NULL);
	run_holders(holders, 2);
	assert_int_equal(holders[0].result, 0);
	assert_int_equal(holders[1].result, -1);
	assert_int_equal(holders[1].failure, DB_FAILURE_UNAVAILABLE);
	assert_int_equal(holders[1].order, 0);
}

/* It waits behind its own account's, which go from hand to hand; a server that
 * lets none go is another matter. */
static void
a_wait_behind_ones_own_is_told_apart(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = 100 * MILLISECOND},
		{.account = &account_a, .hold = 900 * MILLISECOND},
		{.account = &account_a},
		{.account = &account_b},
	};

	(void)state;
	use_pool(4, 0, 1, 500 * MILLISECOND);
	in_task(connect_task, NULL);
	run_holders(holders, 4);
	assert_int_equal(holders[0].result, 0);
	assert_int_equal(holders[1].result, 0);
	assert_int_equal(holders[2].result, -1);
	assert_int_equal(holders[2].failure, DB_FAILURE_CROWDED);
	assert_int_equal(holders[3].result, 0);
	holders[0].hold = 900 * MILLISECOND;
	run_holders(holders, 2);
	assert_int_equal(holders[1].result, -1);
	assert_int_equal(holders[1].failure, DB_FAILURE_UNAVAILABLE);
}

/* Those who give up leave the order of the others as it is. */
static void
cancelled_while_waiting(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = 100 * MILLISECOND},
		{.account = &account_b},
		{.account = &account_a},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_b, .hold = TURN_IS_OVER},
		{.account = &account_c},
	};
	struct task *task;

	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	in_task(connect_task, NULL);
	served = 0;
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		task = task_start(
			server_loop, "holder", 0, holder_main, &holders[i]);
		if (i == 1 || i == 2 || i == 5)
			task_set_deadline(
				task, clock_monotonic() + 30 * MILLISECOND);
	}
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(holders[1].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[2].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[5].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[0].order, 1);
	assert_int_equal(holders[4].order, 2);
	assert_int_equal(holders[3].order, 3);
	assert_int_equal(state_now().waiting, 0);
}

static struct task *late;

/* What it gives back is granted to who waits, and that is over before it
 * runs. */
static void
give_and_cancel(void *argument)
{
	holder_main(argument);
	assert_int_equal(state_now().waiting, 0);
	assert_int_equal(state_now().idle, 0);
	task_cancel(late);
}

static void
what_is_granted_too_late_goes_back(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a},
	};

	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	served = 0;
	task_start(server_loop, "first", 0, give_and_cancel, &holders[0]);
	late = task_start(server_loop, "late", 0, holder_main, &holders[1]);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(holders[0].result, 0);
	assert_int_equal(holders[1].failure, DB_FAILURE_CANCELLED);
	/* It did not begin, and nothing was lost. */
	assert_int_equal(holders[1].order, 0);
	assert_int_equal(state_now().idle, 1);
	in_task(connect_task, NULL);
	assert_int_equal(state_now().connects, 1);
}

/* Many at once over few connections: never a row of the other community. */
static void
nobody_sees_the_other_community(void **state)
{
	struct holder holders[200];

	(void)state;
	use_pool(5, 0, 3, PATIENCE);
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		holders[i] = (struct holder){
			.account =
				(i * 7 / 3) % 2 == 0 ? &account_a : &account_b,
			.hold = (int64_t)(i % 4) * MILLISECOND,
		};
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		assert_int_equal(holders[i].result, 0);
		assert_string_equal(holders[i].name, holders[i].account->user);
	}
	assert_true(state_now().connections <= 5);
	assert_int_equal(state_now().failures, 0);
}

static void
read_only_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	db_pool_set_read_only(pool, true);
	assert_int_equal(db_execute(db, &hit, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_READ_ONLY);
	assert_is(db, "communitya");
	db_pool_set_read_only(pool, false);
	assert_int_equal(db_execute(db, &hit, NULL), 1);
}

static void
read_only_refuses_writes(void **state)
{
	(void)state;
	in_task(read_only_task, NULL);
}

static void
leave_the_pool_first(void **state)
{
	struct db *db;

	(void)state;
	/* The pool may be freed before its scopes: the last one frees it. */
	db = db_scope_open(pool, arena, &account_a);
	assert_non_null(db);
	db_pool_free(pool);
	pool = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(one_connection_serves_two_accounts),
		POOL_TEST(connections_stay_with_their_community),
		POOL_TEST(accounts_take_turns),
		POOL_TEST(who_holds_nothing_comes_first),
		POOL_TEST(the_last_connection_is_for_who_holds_none),
		POOL_TEST(nobody_starves),
		POOL_TEST(short_statements_share_a_log_in),
		POOL_TEST(an_account_may_have_a_cap_of_its_own),
		POOL_TEST(idle_ones_are_no_reserve),
		POOL_TEST(cap_of_an_account_leaves_room_for_others),
		POOL_TEST(a_wait_has_an_end),
		POOL_TEST(a_wait_behind_ones_own_is_told_apart),
		POOL_TEST(cancelled_while_waiting),
		POOL_TEST(what_is_granted_too_late_goes_back),
		POOL_TEST(nobody_sees_the_other_community),
		POOL_TEST(read_only_refuses_writes),
		POOL_TEST(leave_the_pool_first),
	};
	return cmocka_run_group_tests(
		tests, pool_set_up_group, pool_tear_down_group);
}

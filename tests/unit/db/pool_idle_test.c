/* The pool: connections that lie idle, and what makes room for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/client.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "pool_fixture.h"
#include "relay.h"
#include "server.h"

static int64_t
prepared_so_far(void)
{
	return server_number("SELECT variable_value FROM"
			     " information_schema.global_status"
			     " WHERE variable_name = 'COM_STMT_PREPARE'");
}

/* One is at work at a time, and three stay open, each with its statements. */
static void
an_account_keeps_its_idle_connection(void **state)
{
	int64_t prepared;

	(void)state;
	use_pool(1, 2, 1, PATIENCE);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().connects, 3);
	assert_int_equal(state_now().idle, 3);
	prepared = prepared_so_far();
	in_task(ask_all_task, &(int){5});
	assert_int_equal(state_now().connects, 3);
	assert_int_equal(state_now().switches, 0);
	assert_int_equal(prepared_so_far(), prepared);
}

static void
no_room_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct db *c = db_scope_open(pool, arena, &account_c);

	(void)argument;
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	assert_is(a, "communitya");
	/* b's. */
	assert_is(c, "communityc");
	assert_int_equal(state_now().switches, 1);
	assert_is(a, "communitya");
	assert_int_equal(state_now().switches, 1);
	/* c's. */
	assert_is(b, "communityb");
	assert_int_equal(state_now().switches, 2);
	assert_is(a, "communitya");
	assert_int_equal(state_now().switches, 2);
}

static void
without_room_the_longest_unused_is_taken_over(void **state)
{
	(void)state;
	use_pool(1, 1, 1, PATIENCE);
	in_task(no_room_task, NULL);
	assert_int_equal(state_now().connects, 2);
	assert_int_equal(state_now().connections, 2);
}

#define MANY 20U

static void
many_statements_task(void *argument)
{
	static struct db_statement statements[MANY];
	static char texts[MANY][64];
	struct db *db = db_scope_open(pool, arena, &account_a);
	int64_t until = clock_monotonic() + PATIENCE;
	int64_t prepared;
	struct number number;

	(void)argument;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "SELECT %u AS number", i);
		statements[i] = (struct db_statement){
			.name = texts[i],
			.sql = texts[i],
			.row = &number_record,
			.kind = DB_READ,
		};
		assert_int_equal(
			db_row(db, &statements[i], NULL, arena, &number), 1);
	}
	while (server_number("SELECT variable_value FROM"
			     " information_schema.global_status WHERE"
			     " variable_name = 'PREPARED_STMT_COUNT'") != 16) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 100 * MILLISECOND);
	}
	/* The last are there, the first are not; all give what they should. */
	prepared = prepared_so_far();
	for (unsigned i = MANY; i > 0; i--) {
		assert_int_equal(
			db_row(db, &statements[i - 1], NULL, arena, &number),
			1);
		assert_int_equal(number.number, i - 1);
	}
	assert_int_equal(prepared_so_far(), prepared + MANY - 16);
	assert_int_equal(state_now().connects, 1);
}

static void
an_idle_connection_keeps_few_statements(void **state)
{
	(void)state;
	in_task(many_statements_task, NULL);
}

static unsigned
most_of_three(void)
{
	struct db_account accounts[] = {account_a, account_b, account_c};

	return most_at_once(accounts, COUNT_OF(accounts), 18, 2);
}

static void
however_many_are_idle_so_many_are_at_work(void **state)
{
	(void)state;
	use_pool(2, 10, 2, PATIENCE);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().idle, 3);
	assert_int_equal(most_of_three(), 2);
	assert_true(state_now().idle > 2);
	assert_int_equal(most_of_three(), 2);
	assert_int_equal(state_now().switches, 0);
}

static const struct db_statement one = {
	.name = "one",
	.sql = "SELECT 1 AS number",
	.row = &number_record,
	.kind = DB_READ,
};

static void
elsewhere_task(void *argument)
{
	static struct db_account elsewhere;
	struct number number = {0};

	(void)argument;
	elsewhere = account_a;
	elsewhere.schema = NULL;
	assert_int_equal(db_row(db_scope_open(pool, arena, &elsewhere), &one,
				 NULL, arena, &number),
		1);
	assert_int_equal(number.number, 1);
}

/* The server's MAX_USER_CONNECTIONS counts them, too. */
static void
idle_ones_count_for_the_cap_of_their_account(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool(6, 20, 2, PATIENCE);
	in_task(ask_all_task, &(int){1});
	assert_crowd(&account, 0, 2);
	assert_int_equal(state_now().connects, 4);
	/* There is room for more, but not for this account. */
	in_task(elsewhere_task, NULL);
	assert_int_equal(state_now().connects, 4);
	assert_int_equal(state_now().switches, 1);
	assert_int_equal(sessions_of("communitya"), 2);
	/* A cap that was lowered closes none and opens none. */
	assert_crowd(&account, 1, 1);
	assert_int_equal(state_now().connects, 4);
}

static void
forget_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	assert_is(db, "communitya");
	assert_int_equal(state_now().idle, 1);
	db_pool_forget(pool, "communityb");
	assert_int_equal(state_now().idle, 1);
	db_pool_forget(pool, "communitya");
	assert_int_equal(state_now().idle, 0);
}

static int
forget_inside(struct db *db, void *argument)
{
	(void)argument;
	assert_is(db, "communitya");
	db_pool_forget(pool, "communitya");
	assert_is(db, "communitya");
	return 0;
}

static void
forget_busy_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	assert_int_equal(db_transaction(db, forget_inside, NULL), 0);
	assert_int_equal(state_now().connections, 0);
}

static void
forgotten_accounts_are_logged_out(void **state)
{
	(void)state;
	in_task(forget_task, NULL);
	in_task(forget_busy_task, NULL);
}

static void
idle_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	assert_is(db, "communitya");
	assert_int_equal(state_now().idle, 1);
	while (state_now().connections > 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
}

static void
idle_connections_are_closed(void **state)
{
	struct db_pool_limits limits = server_limits;

	(void)state;
	limits.idle = 200 * MILLISECOND;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_address, &limits);
	in_task(idle_task, NULL);
}

/* All connections that the server takes beyond those that are open. */
static MYSQL *fillers[64];

static void
fill_server(void)
{
	for (size_t i = 0; i < COUNT_OF(fillers); i++) {
		fillers[i] = mysql_init(NULL);
		if (mysql_real_connect(fillers[i], NULL, "root", "", NULL, 0,
			    server_address.socket, 0) != NULL)
			continue;
		assert_int_equal(mysql_errno(fillers[i]), 1040);
		mysql_close(fillers[i]);
		fillers[i] = NULL;
		return;
	}
	fail_msg("the server has no end");
}

static void
empty_server(void)
{
	for (size_t i = 0; fillers[i] != NULL; i++) {
		mysql_close(fillers[i]);
		fillers[i] = NULL;
	}
}

static void
full_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	fill_server();
	/* One of a's is closed for others; b has one of the rest. */
	assert_is(b, "communityb");
	assert_int_equal(state_now().failures, 1);
	assert_int_equal(state_now().switches, 1);
	assert_int_equal(state_now().connections, 11);
	for (int i = 0; i < 5; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
	}
	/* It was not asked again, and is not away. */
	assert_int_equal(state_now().failures, 1);
	assert_int_equal(state_now().switches, 1);
	assert_false(state_now().away);
	empty_server();
	/* After a while it is. */
	while (state_now().connects == 12) {
		struct db *c = db_scope_open(pool, arena, &account_c);

		assert_true(clock_monotonic() < until);
		assert_is(c, "communityc");
		db_pool_forget(pool, "communityc");
		task_sleep(clock_monotonic() + 1500 * MILLISECOND);
	}
}

static void
a_server_without_room_is_not_away(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool(16, 20, 16, PATIENCE);
	assert_crowd(&account, 0, 12);
	in_task(full_task, NULL);
	assert_int_equal(occurrences("event=database.full"), 1);
	assert_int_equal(occurrences("event=database.away"), 0);
	assert_int_equal(occurrences("event=database.error"), 0);
}

static void
slow_connect_task(void *argument)
{
	struct holder *holders = argument;
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *c = db_scope_open(pool, arena, &account_c);
	int64_t until = clock_monotonic() + PATIENCE;

	assert_is(a, "communitya");
	task_start(server_loop, "b", 0, holder_main, &holders[0]);
	while (state_now().waiting == 0)
		task_sleep(clock_monotonic() + MILLISECOND);
	/* No more than one may be opened at a time: c has a's at once. */
	assert_is(c, "communityc");
	assert_int_equal(holders[0].order, 0);
	assert_int_equal(state_now().switches, 1);
	/* And b waits for its own for a moment only. */
	while (holders[0].order == 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + MILLISECOND);
	}
	assert_int_equal(state_now().switches, 2);
	assert_int_equal(state_now().connects, 1);
	/* With its end the relay takes the one that waits. */
	while (state_now().idle == 0)
		task_sleep(clock_monotonic() + MILLISECOND);
	db_pool_forget(pool, "communityb");
	while (state_now().connects == 1)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static void
nobody_waits_for_a_slow_connect(void **state)
{
	struct db_pool_limits limits = server_limits;
	struct holder holder = {.account = &account_b};

	(void)state;
	limits.connecting = 1;
	limits.idle_connections = 10;
	limits.wait = PATIENCE;
	relay_start();
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &relay_address, &limits);
	served = 0;
	in_task(slow_connect_task, &holder);
	assert_int_equal(holder.result, 0);
	assert_string_equal(holder.name, "communityb");
	arena_free(arena);
	db_pool_free(pool);
	pool = NULL;
	arena = arena_new();
	relay_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(an_account_keeps_its_idle_connection),
		POOL_TEST(without_room_the_longest_unused_is_taken_over),
		POOL_TEST(an_idle_connection_keeps_few_statements),
		POOL_TEST(however_many_are_idle_so_many_are_at_work),
		POOL_TEST(idle_ones_count_for_the_cap_of_their_account),
		POOL_TEST(forgotten_accounts_are_logged_out),
		POOL_TEST(idle_connections_are_closed),
		POOL_LOG_TEST(a_server_without_room_is_not_away),
		POOL_TEST(nobody_waits_for_a_slow_connect),
	};
	return cmocka_run_group_tests(
		tests, pool_set_up_group, pool_tear_down_group);
}

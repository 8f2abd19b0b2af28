/* Transactions: all or nothing, and again after a conflict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "db/script.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "relay.h"
#include "server.h"

#define MILLISECOND INT64_C(1000)

struct number {
	int64_t number;
};
static const struct field number_fields[] = {
	FIELD_INTEGER(struct number, number)};
static const struct record number_record = RECORD(struct number, number_fields);

static const struct db_statement add = {
	.name = "add",
	.sql = "INSERT INTO entry (number) VALUES (?)",
	.parameters = &number_record,
	.kind = DB_WRITE,
};
static const struct db_statement count = {
	.name = "count",
	.sql = "SELECT COUNT(*) AS number FROM entry",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement raise_hits = {
	.name = "raise",
	.sql = "UPDATE counter SET hits = hits + 1 WHERE number = ?",
	.parameters = &number_record,
	.kind = DB_WRITE,
};
static const struct db_statement hits = {
	.name = "hits",
	.sql = "SELECT SUM(hits) AS number FROM counter",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement conflict = {
	.name = "conflict",
	.sql = "CALL conflict()",
	.kind = DB_WRITE,
};
static const struct db_statement my_id = {
	.name = "my_id",
	.sql = "SELECT CONNECTION_ID() AS number",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement doze = {
	.name = "doze",
	.sql = "SELECT SLEEP(300) AS number",
	.row = &number_record,
	.kind = DB_READ,
};

static struct db_pool *pool;
static struct arena *arena;
static struct db *db;
static unsigned runs;

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("USE communitya;"
		   "CREATE TABLE entry (number INT PRIMARY KEY);"
		   "CREATE TABLE counter (number INT PRIMARY KEY,"
		   " hits INT NOT NULL DEFAULT 0);"
		   "INSERT INTO counter (number) VALUES (1), (2);"
		   "GRANT EXECUTE ON communitya.* TO communitya@localhost;"
		   "CREATE PROCEDURE conflict() SIGNAL SQLSTATE '40001'"
		   " SET MYSQL_ERRNO = 1213");
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	server_sql("DELETE FROM communitya.entry;"
		   "UPDATE communitya.counter SET hits = 0");
	runs = 0;
	arena = arena_new();
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	db = db_scope_open(pool, arena, &account_a);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	db_pool_free(pool);
	assert_int_equal(task_count(), 0);
	return 0;
}

static int64_t
entries(void)
{
	return server_number("SELECT COUNT(*) FROM communitya.entry");
}

static int
add_two(struct db *scope, void *argument)
{
	const int *result = argument;

	runs++;
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), 1);
	assert_int_equal(db_execute(scope, &add, &(struct number){2}), 1);
	assert_int_equal(entries(), 0);
	return *result;
}

static void
commit_task(void *argument)
{
	int refuse = 7, accept = 0;

	(void)argument;
	assert_int_equal(db_transaction(db, add_two, &refuse), 7);
	assert_int_equal(entries(), 0);
	assert_int_equal(db_transaction(db, add_two, &accept), 0);
	assert_int_equal(entries(), 2);
	assert_int_equal(runs, 2);
}

static void
all_or_nothing(void **state)
{
	(void)state;
	in_task(commit_task, NULL);
}

static int
nest(struct db *scope, void *argument)
{
	int accept = 0;

	if (db_transaction(scope, add_two, &accept) != 0)
		return -1;
	return *(int *)argument;
}

static void
nest_task(void *argument)
{
	int refuse = -1, accept = 0;

	(void)argument;
	assert_int_equal(db_transaction(db, nest, &refuse), -1);
	assert_int_equal(entries(), 0);
	assert_int_equal(db_transaction(db, nest, &accept), 0);
	assert_int_equal(entries(), 2);
}

static void
nested_transactions_join_the_outer_one(void **state)
{
	(void)state;
	in_task(nest_task, NULL);
}

static int
add_twice_the_same(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), 1);
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), -1);
	assert_int_equal(db_failure(scope), DB_FAILURE_DUPLICATE);
	/* Known and handled: the transaction goes on. */
	return db_execute(scope, &add, &(struct number){3}) == 1 ? 0 : -1;
}

static int
fail_on_duplicate(struct db *scope, void *argument)
{
	(void)argument;
	return db_execute(scope, &add, &(struct number){3}) == 1 ? 0 : -1;
}

static void
duplicate_task(void *argument)
{
	(void)argument;
	assert_int_equal(db_transaction(db, add_twice_the_same, NULL), 0);
	assert_int_equal(entries(), 2);
	assert_int_equal(db_transaction(db, fail_on_duplicate, NULL), -1);
	/* What the body's last call said is still there. */
	assert_int_equal(db_failure(db), DB_FAILURE_DUPLICATE);
}

static void
a_duplicate_leaves_the_choice_to_the_body(void **state)
{
	(void)state;
	in_task(duplicate_task, NULL);
}

static unsigned raised; /* how many hold their first lock, or have */

struct order {
	int64_t first, second;
	unsigned runs;
	int result;
	int (*body)(struct db *scope, void *argument);
};

static int
raise_both(struct db *scope, void *argument)
{
	struct order *order = argument;

	order->runs++;
	if (db_execute(scope, &raise_hits, &(struct number){order->first}) < 0)
		return -1;
	raised++;
	while (raised < 2)
		task_sleep(clock_monotonic() + MILLISECOND);
	if (db_execute(scope, &raise_hits, &(struct number){order->second}) < 0)
		return -1;
	return 0;
}

static void
order_task(void *argument)
{
	struct order *order = argument;
	struct arena *own = arena_new();
	struct db *scope = db_scope_open(pool, own, &account_a);

	order->result = db_transaction(scope, order->body, order);
	arena_free(own);
}

/* Two that hold what the other waits for. */
static void
run_into_each_other(int (*body)(struct db *scope, void *argument))
{
	struct order orders[] = {{1, 2, 0, -1, body}, {2, 1, 0, -1, body}};

	raised = 0;
	for (int i = 0; i < 2; i++)
		task_start(server_loop, "order", 0, order_task, &orders[i]);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(orders[0].result, 0);
	assert_int_equal(orders[1].result, 0);
	/* One of them was the victim, or the test shows nothing. */
	assert_true(orders[0].runs + orders[1].runs >= 3);
	assert_int_equal(
		server_number("SELECT SUM(hits) FROM communitya.counter"), 4);
}

static void
deadlocks_are_run_again(void **state)
{
	(void)state;
	run_into_each_other(raise_both);
}

/* What was sent behind the statement that the server made a victim of comes to
 * it after the transaction is undone. */
static int
raise_both_and_add(struct db *scope, void *argument)
{
	struct order *order = argument;
	struct number second = {order->second};
	struct number entry = {10 * order->first + order->runs++};
	struct db_query queries[] = {
		{.statement = &raise_hits, .parameters = &second},
		{.statement = &add, .parameters = &entry},
	};

	if (db_execute(scope, &raise_hits, &(struct number){order->first}) < 0)
		return -1;
	raised++;
	while (raised < 2)
		task_sleep(clock_monotonic() + MILLISECOND);
	return db_queries(scope, queries, 2, arena);
}

static void
what_was_sent_behind_a_deadlock_is_undone_too(void **state)
{
	(void)state;
	run_into_each_other(raise_both_and_add);
	assert_int_equal(entries(), 2);
}

static bool lock_held;

/* The first run waits in vain; with the second the lock is let go. */
static int
wait_for_lock(struct db *scope, void *argument)
{
	const char *limit = runs == 0 ? "SET innodb_lock_wait_timeout = 1"
				      : "SET innodb_lock_wait_timeout = 60";

	(void)argument;
	runs++;
	assert_int_equal(db_script(scope, limit, NULL, NULL), 0);
	assert_int_equal(db_execute(scope, &add, &(struct number){9}), 1);
	return db_execute(scope, &raise_hits, &(struct number){1}) == 1 ? 0
									: -1;
}

static int
hold_lock(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(
		db_execute(scope, &raise_hits, &(struct number){1}), 1);
	lock_held = true;
	while (runs < 2)
		task_sleep(clock_monotonic() + MILLISECOND);
	return 0;
}

static void
hold_lock_task(void *argument)
{
	struct arena *own = arena_new();

	(void)argument;
	assert_int_equal(db_transaction(db_scope_open(pool, own, &account_a),
				 hold_lock, NULL),
		0);
	arena_free(own);
}

static void
lock_task(void *argument)
{
	(void)argument;
	lock_held = false;
	task_start(server_loop, "hold", 0, hold_lock_task, NULL);
	while (!lock_held)
		task_sleep(clock_monotonic() + MILLISECOND);
	assert_int_equal(db_transaction(db, wait_for_lock, NULL), 0);
	/* The first run's entry was undone: no duplicate, and one row. */
	assert_int_equal(runs, 2);
	assert_int_equal(entries(), 1);
}

static void
lock_timeouts_are_run_again_from_the_start(void **state)
{
	(void)state;
	in_task(lock_task, NULL);
}

static int
always_conflict(struct db *scope, void *argument)
{
	(void)argument;
	runs++;
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), 1);
	assert_int_equal(db_execute(scope, &conflict, NULL), -1);
	assert_int_equal(db_failure(scope), DB_FAILURE_CONFLICT);
	/* Nothing may follow, and claiming success does not help. */
	assert_int_equal(db_execute(scope, &add, &(struct number){2}), -1);
	return 0;
}

static void
conflict_task(void *argument)
{
	(void)argument;
	assert_int_equal(db_transaction(db, always_conflict, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CONFLICT);
	assert_int_equal(runs, 6);
	assert_int_equal(entries(), 0);
	/* A single statement is repeated as well. */
	assert_int_equal(db_execute(db, &conflict, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CONFLICT);
	assert_int_equal(db_execute(db, &add, &(struct number){1}), 1);
}

static void
conflicts_are_not_tried_for_ever(void **state)
{
	(void)state;
	in_task(conflict_task, NULL);
}

static void
kill_connection(struct db *scope)
{
	struct number id = {0};
	char sql[128];

	assert_int_equal(db_row(scope, &my_id, NULL, arena, &id), 1);
	snprintf(sql, sizeof(sql), "KILL %lld", (long long)id.number);
	server_sql(sql);
	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM information_schema.processlist"
		" WHERE id = %lld",
		(long long)id.number);
	while (server_number(sql) > 0)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static int
add_and_lose_connection(struct db *scope, void *argument)
{
	const unsigned *losses = argument;
	bool lose = runs++ < *losses;

	if (db_execute(scope, &add, &(struct number){1}) < 0)
		return -1;
	if (lose)
		kill_connection(scope);
	return db_execute(scope, &add, &(struct number){2}) < 0 ? -1 : 0;
}

static void
loss_task(void *argument)
{
	unsigned once = 1, always = 9;

	(void)argument;
	/* Nothing was committed: it may run again, once. */
	assert_int_equal(db_transaction(db, add_and_lose_connection, &once), 0);
	assert_int_equal(runs, 2);
	assert_int_equal(entries(), 2);
	server_sql("DELETE FROM communitya.entry");
	runs = 0;
	assert_int_equal(
		db_transaction(db, add_and_lose_connection, &always), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	assert_int_equal(runs, 2);
	assert_int_equal(entries(), 0);
}

static void
a_lost_connection_before_commit_is_run_again_once(void **state)
{
	(void)state;
	in_task(loss_task, NULL);
}

static int
lose_before_commit(struct db *scope, void *argument)
{
	(void)argument;
	runs++;
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), 1);
	if (runs == 1)
		kill_connection(scope);
	return 0;
}

static void
commit_loss_task(void *argument)
{
	int result;

	(void)argument;
	result = db_transaction(db, lose_before_commit, NULL);
	/* Either it could not be sent, and ran again, or nobody knows. */
	if (result == 0)
		assert_int_equal(entries(), 1);
	else
		assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
}

static void
a_commit_that_was_not_sent_is_run_again(void **state)
{
	(void)state;
	in_task(commit_loss_task, NULL);
	assert_true(runs == 1 || runs == 2);
}

struct lost_commit {
	enum relay_cut cut;
	int64_t entries; /* that are there all the same */
};

static int
add_two_and_cut(struct db *scope, void *argument)
{
	int accept = 0;

	if (add_two(scope, &accept) != 0)
		return -1;
	relay_cut(*(enum relay_cut *)argument);
	return 0;
}

static void
lost_commit_task(void *argument)
{
	enum relay_cut whole = RELAY_WHOLE;
	struct lost_commit *lost = argument;

	assert_int_equal(db_transaction(db, add_two_and_cut, &lost->cut), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	/* Nobody knows: it must not be done again, either. */
	assert_int_equal(runs, 1);
	assert_int_equal(entries(), lost->entries);
	/* And nothing of it is left on the next connection. */
	server_sql("DELETE FROM communitya.entry");
	assert_int_equal(db_transaction(db, add_two_and_cut, &whole), 0);
	assert_int_equal(runs, 2);
	assert_int_equal(entries(), 2);
}

static void
use_relay(void)
{
	db_pool_free(pool);
	relay_start();
	pool = db_pool_new(server_loop, &relay_address, &server_limits);
	db = db_scope_open(pool, arena, &account_a);
}

static void
leave_relay(void)
{
	arena_free(arena);
	arena = arena_new();
	db_pool_free(pool);
	pool = NULL;
	relay_stop();
}

static void
lose_commit(enum relay_cut cut, int64_t left)
{
	struct lost_commit lost = {cut, left};

	use_relay();
	in_task(lost_commit_task, &lost);
	leave_relay();
}

static void
a_commit_that_went_astray_is_no_success(void **state)
{
	(void)state;
	lose_commit(RELAY_CUT_COMMAND, 0);
}

static void
a_commit_whose_answer_went_astray_is_no_success(void **state)
{
	(void)state;
	lose_commit(RELAY_CUT_ANSWER, 2);
}

static int
doze_with_lock(struct db *scope, void *argument)
{
	struct number result;

	(void)argument;
	assert_int_equal(
		db_execute(scope, &raise_hits, &(struct number){1}), 1);
	task_set_deadline(
		task_current(), clock_monotonic() + 100 * MILLISECOND);
	assert_int_equal(db_row(scope, &doze, NULL, arena, &result), -1);
	assert_int_equal(db_failure(scope), DB_FAILURE_CANCELLED);
	return -1;
}

static void
cancelled_task(void *argument)
{
	(void)argument;
	assert_int_equal(db_transaction(db, doze_with_lock, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

static void
a_cancelled_transaction_lets_go_of_its_locks(void **state)
{
	(void)state;
	in_task(cancelled_task, NULL);
	/* Fails when the lock is kept as long as the server would doze. */
	server_sql("UPDATE communitya.counter SET hits = 100"
		   " WHERE number = 1 AND hits = 0");
	assert_int_equal(server_number("SELECT hits FROM communitya.counter"
				       " WHERE number = 1"),
		100);
}

static int
cancel_at_the_end(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(db_execute(scope, &add, &(struct number){1}), 1);
	task_cancel(task_current());
	return 0;
}

static void
cancel_before_commit_task(void *argument)
{
	(void)argument;
	assert_int_equal(db_transaction(db, cancel_at_the_end, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

static void
nothing_is_committed_after_cancellation(void **state)
{
	(void)state;
	in_task(cancel_before_commit_task, NULL);
	assert_int_equal(entries(), 0);
}

static int
queries_inside(struct db *scope, void *argument)
{
	struct number first = {1}, second = {2};
	struct db_query queries[] = {
		{.statement = &add, .parameters = &first},
		{.statement = &add, .parameters = &second},
		{.statement = &count},
		{.statement = &hits},
	};

	assert_int_equal(db_queries(scope, queries, 4, arena), 0);
	assert_int_equal(
		((const struct number *)queries[2].rows.items)->number, 2);
	assert_int_equal(entries(), 0);
	return *(int *)argument;
}

static void
queries_task(void *argument)
{
	int refuse = 1, accept = 0;

	(void)argument;
	assert_int_equal(db_transaction(db, queries_inside, &refuse), 1);
	assert_int_equal(entries(), 0);
	assert_int_equal(db_transaction(db, queries_inside, &accept), 0);
	assert_int_equal(entries(), 2);
}

static void
queries_join_the_transaction(void **state)
{
	(void)state;
	in_task(queries_task, NULL);
}

static int
add_together(struct db *scope, void *argument)
{
	const struct number one = {1}, two = {2};
	struct db_query queries[] = {
		{.statement = &add, .parameters = &one},
		{.statement = &add, .parameters = &two},
	};

	runs++;
	if (db_queries(scope, queries, 2, arena) != 0)
		return -1;
	return *(int *)argument;
}

static void
together_task(void *argument)
{
	int refuse = 1, accept = 0;

	(void)argument;
	assert_int_equal(db_transaction(db, add_together, &refuse), 1);
	relay_count(true);
	assert_int_equal(db_transaction(db, add_together, &accept), 0);
	assert_int_equal(relay_trips(), 2);
	relay_count(false);
	assert_int_equal(entries(), 2);
	server_sql("DELETE FROM communitya.entry");
	/* What was sent behind is not committed by itself: it would stand in
	 * the way of the next run. */
	for (unsigned beginning = 1; beginning <= 2; beginning++) {
		assert_int_equal(db_transaction(db, add_together, &refuse), 1);
		runs = 0;
		relay_spoil(beginning);
		assert_int_equal(db_transaction(db, add_together, &accept), 0);
		assert_int_equal(runs, 2);
		assert_int_equal(entries(), 2);
		server_sql("DELETE FROM communitya.entry");
	}
}

/* As KILL QUERY or a limit of time would end it. */
static void
writes_go_with_a_beginning_that_may_fail(void **state)
{
	(void)state;
	use_relay();
	in_task(together_task, NULL);
	leave_relay();
}

static int
add_and_spoil(struct db *scope, void *argument)
{
	int outcome = add_together(scope, argument);

	relay_spoil(1);
	return outcome;
}

static void
spoilt_rollback_task(void *argument)
{
	int refuse = 1, accept = 0;

	(void)argument;
	assert_int_equal(db_transaction(db, add_and_spoil, &refuse), 1);
	assert_int_equal(entries(), 0);
	assert_int_equal(db_transaction(db, add_together, &accept), 0);
	assert_int_equal(entries(), 2);
}

/* KILL QUERY ends ROLLBACK, too, before it has done anything. */
static void
nothing_is_committed_when_undoing_fails(void **state)
{
	(void)state;
	use_relay();
	in_task(spoilt_rollback_task, NULL);
	leave_relay();
}

#define TRANSACTION_TEST(function)                                             \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TRANSACTION_TEST(all_or_nothing),
		TRANSACTION_TEST(nested_transactions_join_the_outer_one),
		TRANSACTION_TEST(a_duplicate_leaves_the_choice_to_the_body),
		TRANSACTION_TEST(deadlocks_are_run_again),
		TRANSACTION_TEST(what_was_sent_behind_a_deadlock_is_undone_too),
		TRANSACTION_TEST(lock_timeouts_are_run_again_from_the_start),
		TRANSACTION_TEST(conflicts_are_not_tried_for_ever),
		TRANSACTION_TEST(
			a_lost_connection_before_commit_is_run_again_once),
		TRANSACTION_TEST(a_commit_that_was_not_sent_is_run_again),
		TRANSACTION_TEST(a_commit_that_went_astray_is_no_success),
		TRANSACTION_TEST(
			a_commit_whose_answer_went_astray_is_no_success),
		TRANSACTION_TEST(a_cancelled_transaction_lets_go_of_its_locks),
		TRANSACTION_TEST(nothing_is_committed_after_cancellation),
		TRANSACTION_TEST(queries_join_the_transaction),
		TRANSACTION_TEST(writes_go_with_a_beginning_that_may_fail),
		TRANSACTION_TEST(nothing_is_committed_when_undoing_fails),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

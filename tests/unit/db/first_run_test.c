/*
 * The first run of a statement on a connection, which is sent together with its
 * preparation: how many round trips it takes, and that nothing of it is run
 * twice, instead of another or in spite of a disagreement.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/db.h"
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

struct pair {
	int64_t number, hits;
};
static const struct field pair_fields[] = {
	FIELD_INTEGER(struct pair, number),
	FIELD_INTEGER(struct pair, hits),
};
static const struct record pair_record = RECORD(struct pair, pair_fields);

#define READS(statement, text)                                                 \
	static const struct db_statement statement = {                         \
		.name = #statement,                                            \
		.sql = text,                                                   \
		.parameters = &number_record,                                  \
		.row = &number_record,                                         \
		.kind = DB_READ,                                               \
		.limit = 200,                                                  \
	}
#define WRITES(statement, text)                                                \
	static const struct db_statement statement = {                         \
		.name = #statement,                                            \
		.sql = text,                                                   \
		.parameters = &number_record,                                  \
		.kind = DB_WRITE,                                              \
	}

WRITES(add, "INSERT INTO entry (number) VALUES (?)");
WRITES(add_more, "INSERT INTO entry (number) VALUES (? + 1000)");
WRITES(raise_hits, "UPDATE counter SET hits = hits + ?");
WRITES(multiply_hits, "UPDATE counter SET hits = hits * ?");
WRITES(jump, "CALL jump(?)");
WRITES(too_few, "INSERT INTO entry (number) VALUES (77)");
READS(plus_one, "SELECT ? + 1 AS number");
READS(plus_two, "SELECT ? + 2 AS number");
READS(plus_three, "SELECT ? + 3 AS number");
READS(no_table, "SELECT number FROM nowhere WHERE number = ?");
READS(no_column, "SELECT nothing AS number FROM entry WHERE number = ?");
READS(no_right, "SELECT number FROM communityb.entry WHERE number = ?");
READS(no_sense, "SELEKT ? AS number");
READS(wrong_name, "SELECT seq AS other FROM seq_1_to_100 WHERE seq >= ?");
READS(too_many, "SELECT ? + ? AS number");
READS(no_place, "SELECT 1 AS number");
READS(too_long, "SET STATEMENT max_statement_time = 0.2 FOR"
		" SELECT SLEEP(60 + ?) AS number");
READS(doze, "SELECT SLEEP(300 + ?) AS number");
READS(entries_from, "SELECT COUNT(*) AS number FROM entry WHERE number >= ?");

static const struct db_statement pairs = {
	.name = "pairs",
	.sql = "SELECT ? AS number, ? AS hits",
	.parameters = &pair_record,
	.row = &pair_record,
	.kind = DB_READ,
};
static const struct db_statement my_id = {
	.name = "my_id",
	.sql = "SELECT CONNECTION_ID() AS number",
	.row = &number_record,
	.kind = DB_READ,
};

static struct db_pool *pool;
static struct arena *arena;
static struct db *db, *db_b;

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE TABLE communitya.entry (number INT PRIMARY KEY);"
		   "CREATE TABLE communityb.entry (number INT PRIMARY KEY);"
		   "CREATE TABLE communitya.counter (hits INT NOT NULL);"
		   "CREATE TABLE communityb.counter (hits INT NOT NULL);"
		   "GRANT EXECUTE ON communitya.* TO communitya@localhost;"
		   /* The server counts more statements than we know of. */
		   "CREATE PROCEDURE communitya.jump(IN times INT)"
		   " WHILE times > 0 DO"
		   " EXECUTE IMMEDIATE 'DO 1';"
		   " SET times = times - 1;"
		   " END WHILE");
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

static void
open_pool(const struct db_address *address)
{
	struct db_pool_limits limits = server_limits;

	/* All on one connection. */
	limits.connections = 1;
	pool = db_pool_new(server_loop, address, &limits);
	db = db_scope_open(pool, arena, &account_a);
	db_b = db_scope_open(pool, arena, &account_b);
}

static int
set_up(void **state)
{
	(void)state;
	server_sql("DELETE FROM communitya.entry;"
		   "DELETE FROM communityb.entry;"
		   "DELETE FROM communitya.counter;"
		   "DELETE FROM communityb.counter;"
		   "INSERT INTO communitya.counter VALUES (0);"
		   "INSERT INTO communityb.counter VALUES (0)");
	arena = arena_new();
	open_pool(&server_address);
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

/* The same through the relay, which counts. */
static int
set_up_relay(void **state)
{
	set_up(state);
	arena_free(arena);
	db_pool_free(pool);
	arena = arena_new();
	relay_start();
	open_pool(&relay_address);
	return 0;
}

static int
tear_down_relay(void **state)
{
	tear_down(state);
	relay_count(false);
	relay_stop();
	return 0;
}

static int64_t
entries(void)
{
	return server_number("SELECT COUNT(*) FROM communitya.entry");
}

static int64_t
hits(void)
{
	return server_number("SELECT hits FROM communitya.counter");
}

static int64_t
read_number(
	struct db *scope, const struct db_statement *statement, int64_t number)
{
	struct number result = {0};

	assert_int_equal(db_row(scope, statement, &(struct number){number},
				 arena, &result),
		1);
	return result.number;
}

static int64_t
write_number(
	struct db *scope, const struct db_statement *statement, int64_t number)
{
	return db_execute(scope, statement, &(struct number){number});
}

static int64_t
connection_id(struct db *scope)
{
	struct number id = {0};

	assert_int_equal(db_row(scope, &my_id, NULL, arena, &id), 1);
	return id.number;
}

static void
expect_trips(unsigned trips, unsigned line)
{
	unsigned made = relay_trips();

	if (made != trips)
		fail_msg("line %u: %u round trips, not %u", line, made, trips);
}
#define EXPECT_TRIPS(trips) expect_trips(trips, __LINE__)

static void
read_trips_task(void *argument)
{
	(void)argument;
	connection_id(db);
	relay_count(true);
	assert_int_equal(read_number(db, &plus_one, 1), 2);
	EXPECT_TRIPS(1);
	assert_int_equal(read_number(db, &plus_one, 2), 3);
	EXPECT_TRIPS(1);
	assert_int_equal(write_number(db, &add, 1), 1);
	EXPECT_TRIPS(2); /* never seen before: compared first */
	/* To another account: two trips, and the settings with the first. */
	assert_int_equal(read_number(db_b, &plus_one, 3), 4);
	EXPECT_TRIPS(3);
	/* It has agreed, on whichever connection. */
	assert_int_equal(write_number(db_b, &add, 1), 1);
	EXPECT_TRIPS(1);
	/* What failed is answered twice, and both are read in one. */
	assert_int_equal(write_number(db_b, &add, 1), -1);
	EXPECT_TRIPS(1);
	assert_int_equal(db_rows(db_b, &no_table, &(struct number){1}, arena,
				 &(struct record_list){NULL, 0}),
		-1);
	EXPECT_TRIPS(1);
	/* A write as the first after a change waits for the settings. */
	assert_int_equal(write_number(db, &add, 2), 1);
	EXPECT_TRIPS(4);
}

static void
a_first_run_takes_one_round_trip(void **state)
{
	(void)state;
	in_task(read_trips_task, NULL);
}

static int
add_then_read(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(write_number(scope, &add, 5), 1);
	EXPECT_TRIPS(2); /* only when the transaction has started */
	assert_int_equal(write_number(scope, &add_more, 5), 1);
	EXPECT_TRIPS(1);
	assert_int_equal(read_number(scope, &entries_from, 0), 2);
	EXPECT_TRIPS(1);
	return 0;
}

static int
read_then_add(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(read_number(scope, &entries_from, 0), 0);
	EXPECT_TRIPS(1); /* its beginning goes along */
	assert_int_equal(write_number(scope, &add, 5), 1);
	EXPECT_TRIPS(1);
	return 0;
}

static void
transaction_trips_task(void *argument)
{
	(void)argument;
	/* Seen once. */
	assert_int_equal(write_number(db, &add, 1), 1);
	assert_int_equal(write_number(db, &add_more, 1), 1);
	connection_id(db_b);
	server_sql("DELETE FROM communitya.entry");
	assert_int_equal(read_number(db, &plus_one, 1), 2);
	relay_count(true);
	assert_int_equal(db_transaction(db, add_then_read, NULL), 0);
	EXPECT_TRIPS(1);
	assert_int_equal(entries(), 2);
	relay_count(false);
	connection_id(db_b);
	connection_id(db);
	server_sql("DELETE FROM communitya.entry");
	relay_count(true);
	assert_int_equal(db_transaction(db, read_then_add, NULL), 0);
	EXPECT_TRIPS(1);
	assert_int_equal(entries(), 1);
}

static void
a_first_run_goes_with_the_start_of_a_transaction(void **state)
{
	(void)state;
	in_task(transaction_trips_task, NULL);
}

static int64_t
number_of(const struct db_query *query)
{
	assert_int_equal(query->rows.count, 1);
	return ((const struct number *)query->rows.items)->number;
}

static void
queries_trips_task(void *argument)
{
	struct number one = {1}, two = {2};
	struct pair pair = {8, 9};
	struct db_query queries[] = {
		{.statement = &plus_one, .parameters = &one},
		{.statement = &plus_two, .parameters = &one},
		{.statement = &pairs, .parameters = &pair},
		{.statement = &plus_three, .parameters = &one},
	};
	struct db_query twice[] = {
		{.statement = &entries_from, .parameters = &one},
		{.statement = &plus_one, .parameters = &one},
		{.statement = &entries_from, .parameters = &two},
	};

	(void)argument;
	connection_id(db);
	assert_int_equal(write_number(db, &add, 1), 1);
	relay_count(true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_queries(db, queries, 4, arena), 0);
		EXPECT_TRIPS(1);
		assert_int_equal(number_of(&queries[0]), 2);
		assert_int_equal(number_of(&queries[1]), 3);
		assert_int_equal(
			((const struct pair *)queries[2].rows.items)->hits, 9);
		assert_int_equal(number_of(&queries[3]), 4);
	}
	/* The second has the number of the first only when it is known. */
	assert_int_equal(db_queries(db, twice, 3, arena), 0);
	EXPECT_TRIPS(2);
	assert_int_equal(number_of(&twice[0]), 1);
	assert_int_equal(number_of(&twice[1]), 2);
	assert_int_equal(number_of(&twice[2]), 0);
	assert_int_equal(db_queries(db, twice, 3, arena), 0);
	EXPECT_TRIPS(1);
}

static void
first_runs_share_a_round_trip(void **state)
{
	(void)state;
	in_task(queries_trips_task, NULL);
}

/* It fails, and the connection is as good as before. */
static void
expect_failure(struct db *scope, const struct db_statement *statement,
	enum db_failure failure)
{
	struct number number = {-7};
	int64_t id = connection_id(scope);

	assert_int_equal(
		db_row(scope, statement, &(struct number){1}, arena, &number),
		-1);
	assert_int_equal(db_failure(scope), failure);
	assert_int_equal(number.number, -7);
	assert_int_equal(read_number(scope, &plus_one, 5), 6);
	assert_int_equal(connection_id(scope), id);
}

static const struct {
	const struct db_statement *statement;
	enum db_failure failure;
} failing[] = {
	{&no_table, DB_FAILURE_DEFECT},
	{&no_column, DB_FAILURE_DEFECT},
	{&no_right, DB_FAILURE_REFUSED},
	{&no_sense, DB_FAILURE_DEFECT},
	{&wrong_name, DB_FAILURE_DEFECT},
	{&too_many, DB_FAILURE_DEFECT},
	{&no_place, DB_FAILURE_DEFECT},
	{&too_long, DB_FAILURE_UNAVAILABLE},
};

static int
fail_inside(struct db *scope, void *argument)
{
	(void)argument;
	assert_int_equal(write_number(scope, &add, 1), 1);
	for (size_t i = 0; i < COUNT_OF(failing); i++)
		expect_failure(scope, failing[i].statement, failing[i].failure);
	assert_int_equal(write_number(scope, &add, 2), 1);
	return 0;
}

static void
failures_task(void *argument)
{
	(void)argument;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT_OF(failing); i++)
			expect_failure(
				db, failing[i].statement, failing[i].failure);
	/* As the very first of all, with the settings. */
	for (size_t i = 0; i < COUNT_OF(failing); i++) {
		struct number unread;

		connection_id(db_b);
		assert_int_equal(db_row(db, failing[i].statement,
					 &(struct number){1}, arena, &unread),
			-1);
		assert_int_equal(db_failure(db), failing[i].failure);
	}
	connection_id(db_b);
	assert_int_equal(db_transaction(db, fail_inside, NULL), 0);
	assert_int_equal(entries(), 2);
}

static void
what_cannot_be_prepared_leaves_the_connection_in_order(void **state)
{
	(void)state;
	in_task(failures_task, NULL);
}

static void
between_task(void *argument)
{
	struct number one = {1};
	struct db_query queries[] = {
		{.statement = &plus_one, .parameters = &one},
		{.statement = NULL, .parameters = &one},
		{.statement = &plus_two, .parameters = &one},
		{.statement = NULL, .parameters = &one},
		{.statement = &plus_three, .parameters = &one},
	};

	(void)argument;
	for (size_t i = 0; i < COUNT_OF(failing); i++) {
		size_t other = (i + 3) % COUNT_OF(failing);
		int64_t id;

		connection_id(db_b);
		id = connection_id(db);
		queries[1].statement = failing[i].statement;
		queries[3].statement = failing[other].statement;
		assert_int_equal(
			db_queries(db, queries, COUNT_OF(queries), arena), -1);
		/* The first one's. */
		assert_int_equal(db_failure(db), failing[i].failure);
		queries[1].statement = &plus_two;
		queries[3].statement = &plus_three;
		assert_int_equal(
			db_queries(db, queries, COUNT_OF(queries), arena), 0);
		assert_int_equal(number_of(&queries[0]), 2);
		assert_int_equal(number_of(&queries[2]), 3);
		assert_int_equal(number_of(&queries[4]), 4);
		assert_int_equal(connection_id(db), id);
	}
}

static void
one_that_fails_does_not_touch_those_beside_it(void **state)
{
	(void)state;
	in_task(between_task, NULL);
}

static void
full_task(void *argument)
{
	struct number unread;

	(void)argument;
	/* The last one prepared is one that writes. */
	connection_id(db);
	assert_int_equal(write_number(db, &raise_hits, 10), 1);
	server_sql("SET GLOBAL max_prepared_stmt_count = 1");
	assert_int_equal(
		db_row(db, &plus_one, &(struct number){100}, arena, &unread),
		-1);
	assert_int_equal(db_failure(db), DB_FAILURE_DEFECT);
	server_sql("SET GLOBAL max_prepared_stmt_count = DEFAULT");
	assert_int_equal(hits(), 10);
	assert_int_equal(read_number(db, &plus_one, 1), 2);
	assert_int_equal(write_number(db, &raise_hits, 1), 1);
	assert_int_equal(hits(), 11);
}

static void
when_no_more_can_be_prepared_no_other_is_run(void **state)
{
	(void)state;
	in_task(full_task, NULL);
}

static void
jump_task(void *argument)
{
	struct number one = {1}, two = {2}, three = {3};
	struct db_query queries[] = {
		{.statement = &add, .parameters = &one},
		{.statement = &raise_hits, .parameters = &two},
		{.statement = &plus_one, .parameters = &three},
		{.statement = &add_more, .parameters = &one},
		{.statement = &plus_two, .parameters = &three},
	};

	(void)argument;
	/* They have agreed before, on another account. */
	assert_int_equal(
		db_queries(db_b, queries, COUNT_OF(queries), arena), 0);
	for (int times = 0; times < 6; times++) {
		connection_id(db_b);
		server_sql("DELETE FROM communitya.entry");
		assert_true(write_number(db, &jump, times) >= 0);
		assert_int_equal(
			db_queries(db, queries, COUNT_OF(queries), arena), 0);
		assert_int_equal(number_of(&queries[2]), 4);
		assert_int_equal(number_of(&queries[4]), 5);
		assert_int_equal(hits(), 2 * (times + 1));
		assert_int_equal(entries(), 2);
		assert_int_equal(server_number("SELECT SUM(number)"
					       " FROM communitya.entry"),
			1002);
		/* And one alone. */
		assert_true(write_number(db, &jump, times) >= 0);
		assert_int_equal(read_number(db, &plus_three, 1), 4);
	}
}

static void
numbers_that_we_do_not_know_of_do_no_harm(void **state)
{
	(void)state;
	in_task(jump_task, NULL);
}

static void
order_task(void *argument)
{
	struct number one = {1}, ten = {10};
	struct db_query queries[] = {
		{.statement = &multiply_hits, .parameters = &ten},
		{.statement = &raise_hits, .parameters = &one},
	};

	(void)argument;
	/* They have agreed before, on another account. */
	assert_int_equal(
		db_queries(db_b, queries, COUNT_OF(queries), arena), 0);
	/* The second is prepared here, the first is not. */
	assert_int_equal(write_number(db, &raise_hits, 1), 1);
	assert_true(write_number(db, &jump, 3) >= 0);
	assert_int_equal(db_queries(db, queries, COUNT_OF(queries), arena), 0);
	assert_int_equal(hits(), 11);
}

/* Also where the server has numbered the first in another way than expected. */
static void
what_writes_is_run_in_its_order(void **state)
{
	(void)state;
	in_task(order_task, NULL);
}

static void
disagreement_task(void *argument)
{
	(void)argument;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write_number(db, &too_few, 1), -1);
		assert_int_equal(db_failure(db), DB_FAILURE_DEFECT);
		assert_int_equal(entries(), 0);
		connection_id(db_b);
	}
}

static void
a_write_that_disagrees_is_never_run(void **state)
{
	(void)state;
	in_task(disagreement_task, NULL);
}

static int
doze_inside(struct db *scope, void *argument)
{
	struct number unread;

	(void)argument;
	assert_int_equal(write_number(scope, &raise_hits, 1), 1);
	task_set_deadline(
		task_current(), clock_monotonic() + 200 * MILLISECOND);
	assert_int_equal(
		db_row(scope, &doze, &(struct number){0}, arena, &unread), -1);
	assert_int_equal(db_failure(scope), DB_FAILURE_CANCELLED);
	return 0;
}

static void
cancelled_task(void *argument)
{
	(void)argument;
	assert_int_equal(db_transaction(db, doze_inside, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

static void
next_task(void *argument)
{
	(void)argument;
	assert_int_equal(read_number(db, &plus_one, 1), 2);
	/* Would wait for the lock of a session that dozes. */
	assert_int_equal(write_number(db, &raise_hits, 1), 1);
	assert_int_equal(hits(), 1);
}

static void
a_task_that_gives_up_between_the_answers_leaves_nothing(void **state)
{
	(void)state;
	in_task(cancelled_task, NULL);
	in_task(next_task, NULL);
}

static void
cut_task(void *argument)
{
	int64_t id;

	(void)argument;
	assert_int_equal(write_number(db_b, &add, 1), 1);
	id = connection_id(db);
	relay_count(true);
	/* Both reached the server, no answer comes back. */
	relay_cut(RELAY_CUT_ANSWER);
	assert_int_equal(write_number(db, &add, 1), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	for (int i = 0; i < 500 && entries() == 0; i++)
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	assert_int_equal(entries(), 1);
	assert_int_not_equal(connection_id(db), id);
	/* What only reads is asked again. */
	relay_cut(RELAY_CUT_ANSWER);
	assert_int_equal(read_number(db, &plus_one, 1), 2);
}

static void
a_write_whose_answers_are_lost_is_not_run_again(void **state)
{
	(void)state;
	in_task(cut_task, NULL);
}

static void
many_task(void *argument)
{
	/* More than a connection keeps, with numbers freed in between. */
	static struct db_statement many[120];
	static char texts[COUNT_OF(many)][64], names[COUNT_OF(many)][16];
	struct number given = {0};
	struct db_query queries[7];
	uint32_t random = 12345;
	const struct db_statement *bad[] = {
		&no_table, &no_column, &no_sense, &wrong_name};
	struct db *scopes[] = {db, db_b};

	(void)argument;
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		snprintf(names[i], sizeof(names[i]), "many.%zu", i);
		snprintf(texts[i], sizeof(texts[i]), "SELECT ? + %zu AS number",
			i);
		many[i] = plus_one;
		many[i].name = names[i];
		many[i].sql = texts[i];
	}
	for (int round = 0; round < 300; round++) {
		size_t which[COUNT_OF(queries)];
		struct db *scope = scopes[round / 37 % 2];

		for (size_t i = 0; i < COUNT_OF(queries); i++) {
			random = random * 1664525 + 1013904223;
			which[i] = (random >> 8) % COUNT_OF(many);
			queries[i] = (struct db_query){
				.statement = &many[which[i]],
				.parameters = &given,
			};
		}
		given.number = round;
		if (round % 5 == 0) {
			queries[round % 7].statement = bad[random >> 8 & 3];
			assert_int_equal(db_queries(scope, queries,
						 COUNT_OF(queries), arena),
				-1);
			continue;
		}
		assert_int_equal(
			db_queries(scope, queries, COUNT_OF(queries), arena),
			0);
		for (size_t i = 0; i < COUNT_OF(queries); i++)
			assert_int_equal(number_of(&queries[i]),
				round + (int64_t)which[i]);
	}
}

static void
many_statements_in_any_order_answer_for_themselves(void **state)
{
	(void)state;
	in_task(many_task, NULL);
}

#define FIRST_RUN_TEST(function)                                               \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define RELAY_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, set_up_relay, tear_down_relay)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RELAY_TEST(a_first_run_takes_one_round_trip),
		RELAY_TEST(a_first_run_goes_with_the_start_of_a_transaction),
		RELAY_TEST(first_runs_share_a_round_trip),
		RELAY_TEST(a_write_whose_answers_are_lost_is_not_run_again),
		FIRST_RUN_TEST(
			what_cannot_be_prepared_leaves_the_connection_in_order),
		FIRST_RUN_TEST(one_that_fails_does_not_touch_those_beside_it),
		FIRST_RUN_TEST(when_no_more_can_be_prepared_no_other_is_run),
		FIRST_RUN_TEST(numbers_that_we_do_not_know_of_do_no_harm),
		FIRST_RUN_TEST(what_writes_is_run_in_its_order),
		FIRST_RUN_TEST(a_write_that_disagrees_is_never_run),
		FIRST_RUN_TEST(
			a_task_that_gives_up_between_the_answers_leaves_nothing),
		FIRST_RUN_TEST(
			many_statements_in_any_order_answer_for_themselves),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

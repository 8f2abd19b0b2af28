/* The same over TCP and TLS: another path through the client library. */
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
#include "db/pool.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "server.h"

#define MILLISECOND INT64_C(1000)

struct name {
	const char *name;
};
static const struct field name_fields[] = {FIELD_TEXT(struct name, name)};
static const struct record name_record = RECORD(struct name, name_fields);

struct number {
	int64_t number;
};
static const struct field number_fields[] = {
	FIELD_INTEGER(struct number, number)};
static const struct record number_record = RECORD(struct number, number_fields);

static const struct db_statement cipher = {
	.name = "cipher",
	.sql = "SELECT variable_value AS name FROM"
	       " information_schema.session_status"
	       " WHERE variable_name = 'Ssl_cipher'",
	.row = &name_record,
	.kind = DB_READ,
};
static const struct db_statement who = {
	.name = "who",
	.sql = "SELECT DATABASE() AS name",
	.row = &name_record,
	.kind = DB_READ,
};
static const struct db_statement doze = {
	.name = "doze",
	.sql = "SELECT SLEEP(300) AS number",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement large = {
	.name = "large",
	.sql = "SELECT REPEAT('x', 3000000) AS name",
	.row = &name_record,
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

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE USER communitya@'127.0.0.1'"
		   " IDENTIFIED BY 'secret-communitya';"
		   "CREATE USER communityb@'127.0.0.1'"
		   " IDENTIFIED BY 'secret-communityb';"
		   "GRANT ALL ON communitya.* TO communitya@'127.0.0.1';"
		   "GRANT ALL ON communityb.* TO communityb@'127.0.0.1'");
	server_use_tls();
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
	arena = arena_new();
	pool = db_pool_new(server_loop, &server_tcp, &server_limits);
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

static void
queries_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct name name = {NULL};
	struct db_pool_state state;

	(void)argument;
	assert_int_equal(db_row(a, &cipher, NULL, arena, &name), 1);
	assert_non_null(strstr(name.name, "TLS_"));
	for (int i = 0; i < 5; i++) {
		assert_int_equal(db_row(a, &who, NULL, arena, &name), 1);
		assert_string_equal(name.name, "communitya");
		assert_int_equal(db_row(b, &who, NULL, arena, &name), 1);
		assert_string_equal(name.name, "communityb");
	}
	assert_int_equal(db_row(a, &large, NULL, arena, &name), 1);
	assert_int_equal(strlen(name.name), 3000000);
	/* All on one connection: what TLS left unread is no sign of death. */
	db_pool_state(pool, &state);
	assert_int_equal(state.connects, 1);
	assert_int_equal(state.failures, 0);
}

static void
queries_and_switches_work(void **state)
{
	struct db_pool_limits limits = server_limits;

	(void)state;
	limits.connections = 1;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_tcp, &limits);
	in_task(queries_task, NULL);
}

static void
killed_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number id = {0};
	char sql[64];

	(void)argument;
	assert_int_equal(db_row(db, &my_id, NULL, arena, &id), 1);
	snprintf(sql, sizeof(sql), "KILL %lld", (long long)id.number);
	server_sql(sql);
	task_sleep(clock_monotonic() + 50 * MILLISECOND);
	assert_int_equal(db_row(db, &my_id, NULL, arena, &id), 1);
}

static void
connection_killed_while_idle_costs_nothing(void **state)
{
	(void)state;
	in_task(killed_task, NULL);
}

static void
deadline_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number number;

	(void)argument;
	assert_int_equal(db_row(db, &my_id, NULL, arena, &number), 1);
	task_set_deadline(
		task_current(), clock_monotonic() + 300 * MILLISECOND);
	assert_int_equal(db_row(db, &doze, NULL, arena, &number), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

static void
deadline_ends_a_query(void **state)
{
	int64_t until = clock_monotonic() + CLOCK_MINUTE;

	(void)state;
	in_task(deadline_task, NULL);
	while (server_number("SELECT COUNT(*) FROM"
			     " information_schema.processlist"
			     " WHERE info LIKE 'SELECT SLEEP%'") > 0)
		assert_true(clock_monotonic() < until);
}

static unsigned ticks;
static struct task *frozen;

/* While the task waits for the server, the loop's timers go on. */
static void
tick(void *argument)
{
	(void)argument;
	if (frozen != NULL && ++ticks == 10)
		task_cancel(frozen);
}

static void
frozen_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number number;

	(void)argument;
	/* Not even connected yet: the handshake gets no answer. */
	server_freeze();
	frozen = task_current();
	assert_int_equal(db_row(db, &my_id, NULL, arena, &number), -1);
	frozen = NULL;
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
	server_thaw();
}

static void
a_silent_server_does_not_stop_the_loop(void **state)
{
	struct loop_timer *timer;

	(void)state;
	ticks = 0;
	timer = loop_timer_new(
		server_loop, 10 * MILLISECOND, 10 * MILLISECOND, tick, NULL);
	in_task(frozen_task, NULL);
	loop_timer_free(timer);
	assert_int_equal(ticks, 10);
}

static void
distrust_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number number;

	(void)argument;
	assert_int_equal(db_row(db, &my_id, NULL, arena, &number), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
}

static void
a_server_of_another_authority_is_refused(void **state)
{
	struct db_pool_limits limits = server_limits;
	struct db_address address = server_tcp;

	(void)state;
	address.ca_file = server_other_authority;
	limits.wait = 300 * MILLISECOND;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &address, &limits);
	in_task(distrust_task, NULL);
}

#define TLS_TEST(function)                                                     \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(queries_and_switches_work),
		TLS_TEST(connection_killed_while_idle_costs_nothing),
		TLS_TEST(deadline_ends_a_query),
		TLS_TEST(a_silent_server_does_not_stop_the_loop),
		TLS_TEST(a_server_of_another_authority_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

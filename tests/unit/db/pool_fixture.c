#include "pool_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "server.h"

struct db_pool *pool;
struct arena *arena;
struct db_account account_c;

static const struct field name_fields[] = {FIELD_TEXT(struct name, name)};
static const struct record name_record = RECORD(struct name, name_fields);

static const struct field number_fields[] = {
	FIELD_INTEGER(struct number, number)};
const struct record number_record = RECORD(struct number, number_fields);

const struct db_statement who = {
	.name = "who",
	.sql = "SELECT name FROM whoami",
	.row = &name_record,
	.kind = DB_READ,
};
const struct db_statement hit = {
	.name = "hit",
	.sql = "UPDATE whoami SET hits = hits + 1",
	.kind = DB_WRITE,
};

int
pool_set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE DATABASE communityc;"
		   "CREATE USER communityc@localhost"
		   " IDENTIFIED BY 'secret-communityc';"
		   "GRANT SELECT ON communityc.* TO communityc@localhost");
	account_c = account_a;
	account_c.user = "communityc";
	account_c.schema = "communityc";
	account_c.owner = "communityc";
	account_c.log_name = "c";
	for (int i = 0; i < 3; i++) {
		char sql[512];
		char letter = (char)('a' + i);

		snprintf(sql, sizeof(sql),
			"CREATE TABLE community%c.whoami ("
			"name VARCHAR(20), hits INT NOT NULL DEFAULT 0);"
			"INSERT INTO community%c.whoami (name)"
			" VALUES ('community%c')",
			letter, letter, letter);
		server_sql(sql);
	}
	return 0;
}

int
pool_tear_down_group(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

int
pool_set_up(void **state)
{
	(void)state;
	arena = arena_new();
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return 0;
}

int
pool_tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	db_pool_free(pool);
	assert_int_equal(task_count(), 0);
	return 0;
}

static FILE *log_file;
static int kept_stderr;

int
pool_set_up_log(void **state)
{
	log_file = tmpfile();
	kept_stderr = dup(STDERR_FILENO);
	assert_non_null(log_file);
	assert_int_equal(dup2(fileno(log_file), STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_DAEMON, LOG_NOTICE, true);
	return pool_set_up(state);
}

/* Shows the log, and with it which assertion failed. */
int
pool_tear_down_log(void **state)
{
	char line[1024];

	assert_int_equal(dup2(kept_stderr, STDERR_FILENO), STDERR_FILENO);
	close(kept_stderr);
	rewind(log_file);
	while (fgets(line, sizeof(line), log_file) != NULL)
		fputs(line, stderr);
	fclose(log_file);
	return pool_tear_down(state);
}

unsigned
occurrences(const char *text)
{
	char line[1024];
	unsigned count = 0;

	rewind(log_file);
	while (fgets(line, sizeof(line), log_file) != NULL)
		if (strstr(line, text) != NULL)
			count++;
	return count;
}

void
use_pool(unsigned connections, unsigned idle_connections, unsigned per_account,
	int64_t wait)
{
	struct db_pool_limits limits = server_limits;

	limits.connections = connections;
	limits.idle_connections = idle_connections;
	limits.per_account = per_account;
	limits.wait = wait;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_address, &limits);
}

struct db_pool_state
state_now(void)
{
	struct db_pool_state state;

	db_pool_state(pool, &state);
	return state;
}

void
assert_is(struct db *db, const char *expected)
{
	struct name name = {NULL};

	assert_int_equal(db_row(db, &who, NULL, arena, &name), 1);
	assert_string_equal(name.name, expected);
}

int64_t
sessions_of(const char *user)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM information_schema.processlist"
		" WHERE user = '%s'",
		user);
	return server_number(sql);
}

void
switch_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);

	(void)argument;
	for (int i = 0; i < 5; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
	}
}

void
ask_all_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct db *c = db_scope_open(pool, arena, &account_c);

	for (int i = 0; i < *(const int *)argument; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
		assert_is(c, "communityc");
	}
}

void
connect_task(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, &account_a);
	struct name name = {NULL};
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	while (db_row(db, &who, NULL, own, &name) < 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
	arena_free(own);
}

unsigned served;

static int
hold_connection(struct db *db, void *argument)
{
	struct holder *holder = argument;
	struct name name = {NULL};

	holder->order = ++served;
	if (db_row(db, &who, NULL, arena, &name) != 1)
		return -1;
	holder->name = name.name;
	if (holder->hold > 0)
		task_sleep(clock_monotonic() + holder->hold);
	while (served < holder->until_served)
		task_sleep(clock_monotonic() + MILLISECOND);
	return 0;
}

void
holder_main(void *argument)
{
	struct holder *holder = argument;

	holder->db = db_scope_open(pool, arena, holder->account);
	holder->result = db_transaction(holder->db, hold_connection, holder);
	holder->failure = db_failure(holder->db);
}

void
run_holders(struct holder *holders, size_t count)
{
	served = 0;
	for (size_t i = 0; i < count; i++)
		task_start(server_loop, "holder", 0, holder_main, &holders[i]);
	loop_stop(server_loop);
	loop_run(server_loop);
}

static unsigned at_once, most, expected_most;

static int
count_at_once(struct db *db, void *argument)
{
	(void)db;
	(void)argument;
	if (++at_once > most)
		most = at_once;
	/* Connections may take their time: until all are there, and a moment
	 * more for one too many. */
	for (int i = 0; i < 1000 && most < expected_most; i++)
		task_sleep(clock_monotonic() + 2 * MILLISECOND);
	task_sleep(clock_monotonic() + 2 * MILLISECOND);
	at_once--;
	return 0;
}

static void
crowd_main(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, argument);

	assert_int_equal(db_transaction(db, count_at_once, NULL), 0);
	arena_free(own);
}

unsigned
most_at_once(struct db_account *accounts, size_t count, unsigned tasks,
	unsigned expected)
{
	expected_most = expected;
	most = 0;
	for (unsigned i = 0; i < tasks; i++)
		task_start(server_loop, "crowd", 0, crowd_main,
			&accounts[i % count]);
	loop_stop(server_loop);
	loop_run(server_loop);
	return most;
}

void
assert_crowd(
	struct db_account *account, unsigned connections, unsigned expected)
{
	account->connections = connections;
	assert_int_equal(most_at_once(account, 1, 12, expected), expected);
}

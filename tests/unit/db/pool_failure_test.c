/* The pool: what when a log-in is refused, a query is given up, or the server
 * breaks, goes or is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "db/client.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "pool_fixture.h"
#include "server.h"

static const struct db_statement doze = {
	.name = "doze",
	.sql = "SELECT SLEEP(?) AS number",
	.parameters = &number_record,
	.row = &number_record,
	.kind = DB_READ,
};
/* As long as the table says. */
static const struct db_statement slow_read = {
	.name = "slow_read",
	.sql = "SELECT SLEEP(hits) AS number FROM whoami",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement slow_write = {
	.name = "slow_write",
	.sql = "UPDATE whoami SET hits = hits + 1 + SLEEP(60)",
	.kind = DB_WRITE,
};

/*
 * After an error of COM_CHANGE_USER the server leaves the old account logged
 * in. Whatever the error: the connection is closed, the new account is
 * refused, and the old account's rows are never given.
 */
static void
refused_switch_task(void *argument)
{
	const enum db_failure *expected = argument;
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct name name = {"nobody"};

	assert_is(a, "communitya");
	/* Twice: the server takes a second for each refusal. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_row(b, &who, NULL, arena, &name), -1);
		assert_int_equal(db_failure(b), *expected);
		assert_string_equal(name.name, "nobody");
		/* Closed, not kept logged in as a. */
		assert_int_equal(state_now().connections, 0);
		assert_is(a, "communitya");
	}
}

static void
try_refused_switch(enum db_failure expected)
{
	use_pool(1, 0, 1, PATIENCE);
	in_task(refused_switch_task, &expected);
	assert_true(state_now().switches >= 2);
}

/* A password that was changed twice since. */
static int guess;

static void
guessed_password(const void *owner, char password[128])
{
	(void)owner;
	snprintf(password, 128, guess < 2 ? "old-%d" : "secret-communitya",
		guess);
}

static bool
guess_again(const void *owner, const char *password)
{
	char now[128];

	guessed_password(owner, now);
	if (strcmp(now, password) == 0)
		guess++;
	return guess < 4;
}

static void
read_with_old_password(void *argument)
{
	struct db_account account = account_a;
	struct name name;

	(void)argument;
	account.password = guessed_password;
	account.denied = guess_again;
	assert_int_equal(db_row(db_scope_open(pool, arena, &account), &who,
				 NULL, arena, &name),
		1);
	assert_string_equal(name.name, "communitya");
	assert_int_equal(guess, 2);
}

static void
read_as_b(void *argument)
{
	struct name name;

	(void)argument;
	assert_int_equal(db_row(db_scope_open(pool, arena, &account_b), &who,
				 NULL, arena, &name),
		1);
}

/* At a new connection, and at one of another account. */
static void
another_password_is_tried(void **state)
{
	struct db_pool_state seen;

	(void)state;
	use_pool(1, 0, 1, PATIENCE);
	guess = 0;
	in_task(read_with_old_password, NULL);
	db_pool_state(pool, &seen);
	assert_int_equal(seen.failures, 2);
	in_task(read_as_b, NULL);
	guess = 0;
	in_task(read_with_old_password, NULL);
	db_pool_state(pool, &seen);
	assert_int_equal(seen.failures, 4);
}

static void
wrong_password_closes_the_connection(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost IDENTIFIED BY 'rotated'");
	try_refused_switch(DB_FAILURE_REFUSED); /* 1045 */
	server_sql("ALTER USER communityb@localhost"
		   " IDENTIFIED BY 'secret-communityb'");
	in_task(switch_task, NULL);
}

static void
locked_account_closes_the_connection(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost ACCOUNT LOCK");
	try_refused_switch(DB_FAILURE_REFUSED); /* 4151 */
	server_sql("ALTER USER communityb@localhost ACCOUNT UNLOCK");
	in_task(switch_task, NULL);
}

static void
account_at_its_limit_closes_the_connection(void **state)
{
	MYSQL *handle = mysql_init(NULL);

	(void)state;
	server_sql("ALTER USER communityb@localhost"
		   " WITH MAX_USER_CONNECTIONS 1");
	assert_non_null(mysql_real_connect(handle, NULL, "communityb",
		"secret-communityb", NULL, 0, server_address.socket, 0));
	try_refused_switch(DB_FAILURE_UNAVAILABLE); /* 1226 */
	mysql_close(handle);
	while (sessions_of("communityb") > 0)
		usleep(10000);
	in_task(switch_task, NULL);
	server_sql("ALTER USER communityb@localhost"
		   " WITH MAX_USER_CONNECTIONS 0");
}

/* The same refusals at a fresh log-in concern that account alone. */
static void
fresh_refusal_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct name name = {NULL};

	(void)argument;
	assert_int_equal(db_row(b, &who, NULL, arena, &name), -1);
	assert_int_equal(db_failure(b), DB_FAILURE_REFUSED);
	assert_false(state_now().away);
	assert_is(a, "communitya");
}

static void
refused_log_in_concerns_that_account_alone(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost ACCOUNT LOCK");
	in_task(fresh_refusal_task, NULL);
	server_sql("ALTER USER communityb@localhost ACCOUNT UNLOCK");
}

static void
wait_until_nobody_sleeps(void)
{
	int64_t until = clock_monotonic() + PATIENCE;

	while (server_number(
		       "SELECT COUNT(*) FROM "
		       "information_schema.processlist WHERE"
		       " user = 'communitya' AND command <> 'Sleep'") > 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
}

static enum db_failure doze_failure;

static void
doze_long(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number seconds = {300};

	(void)argument;
	assert_int_equal(db_row(db, &doze, &seconds, arena, &seconds), -1);
	doze_failure = db_failure(db);
	/* Nothing waits any more. */
	assert_int_equal(db_row(db, &who, NULL, arena, &seconds), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

/* How often anybody said KILL. */
static int64_t
kills(void)
{
	return server_number("SELECT variable_value FROM"
			     " information_schema.global_status"
			     " WHERE variable_name = 'COM_KILL'");
}

static void
cancel_dozing_task(void *argument)
{
	int64_t before = kills();
	struct task *dozing;

	(void)argument;
	dozing = task_start(server_loop, "doze", 0, doze_long, NULL);
	while (server_number("SELECT COUNT(*) FROM "
			     "information_schema.processlist"
			     " WHERE info LIKE 'SELECT SLEEP%'") == 0)
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	task_cancel(dozing);
	wait_until_nobody_sleeps();
	assert_int_equal(doze_failure, DB_FAILURE_CANCELLED);
	/* The server found by itself, some time later, that nobody reads. */
	assert_int_equal(kills(), before + 1);
}

static void
cancelled_query_is_killed_on_the_server(void **state)
{
	(void)state;
	in_task(cancel_dozing_task, NULL);
	assert_int_equal(state_now().connections, 0);
}

static void
wait_until_gone(void *argument)
{
	(void)argument;
	wait_until_nobody_sleeps();
}

static void
deadline_task(void *argument)
{
	(void)argument;
	task_set_deadline(
		task_current(), clock_monotonic() + 200 * MILLISECOND);
	doze_long(NULL);
	assert_int_equal(doze_failure, DB_FAILURE_CANCELLED);
}

static void
deadline_ends_a_query_here_and_there(void **state)
{
	(void)state;
	in_task(deadline_task, NULL);
	in_task(wait_until_gone, NULL);
}

/* Ends a's sessions, and waits until they have. */
static void
kill_sessions(void)
{
	static const char find[] =
		"SELECT id FROM information_schema.processlist"
		" WHERE user = 'communitya' LIMIT 1";
	char sql[64];
	int64_t id;

	while ((id = server_number(find)) >= 0) {
		snprintf(sql, sizeof(sql), "KILL %lld", (long long)id);
		server_sql(sql);
		usleep(20000);
	}
}

static void
idle_killed_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	kill_sessions(); /* of earlier pools, that are not quite gone */
	for (int i = 0; i < 3; i++) {
		assert_is(db, "communitya");
		assert_int_equal(db_execute(db, &hit, NULL), 1);
		assert_int_equal(sessions_of("communitya"), 1);
		kill_sessions();
	}
	assert_int_equal(db_execute(db, &hit, NULL), 1);
	assert_int_equal(state_now().connects, 4);
}

static void
connection_killed_while_idle_costs_nothing(void **state)
{
	(void)state;
	in_task(idle_killed_task, NULL);
}

struct victim {
	const char *text;  /* how its statement begins */
	const char *first; /* what to do before, or NULL */
};

static void
kill_when_busy(void *argument)
{
	const struct victim *victim = argument;
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT id FROM information_schema.processlist"
		" WHERE info LIKE '%s%%'",
		victim->text);
	for (;;) {
		int64_t id = server_number(sql);

		if (id >= 0) {
			if (victim->first != NULL)
				server_sql(victim->first);
			snprintf(sql, sizeof(sql), "KILL %lld", (long long)id);
			server_sql(sql);
			return;
		}
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	}
}

static void
busy_killed_task(void *argument)
{
	/* The second time it is not slow. */
	static struct victim reads = {
		"SELECT SLEEP", "UPDATE communitya.whoami SET hits = 0"};
	static struct victim writes = {
		"UPDATE whoami SET hits = hits + 1 + SLEEP", NULL};
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number result = {-1};

	(void)argument;
	/* What only reads is asked once more. */
	server_sql("UPDATE communitya.whoami SET hits = 300");
	task_start(server_loop, "kill", 0, kill_when_busy, &reads);
	assert_int_equal(db_row(db, &slow_read, NULL, arena, &result), 1);
	/* Whether a write happened nobody knows: this request fails. */
	task_start(server_loop, "kill", 0, kill_when_busy, &writes);
	assert_int_equal(db_execute(db, &slow_write, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	/* And no other. */
	assert_is(db, "communitya");
}

static void
connection_killed_while_busy_costs_that_request(void **state)
{
	(void)state;
	in_task(busy_killed_task, NULL);
}

static void
restart_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);

	(void)argument;
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	server_kill();
	server_restart();
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	assert_false(state_now().away);
}

static void
server_restart_costs_nothing_to_those_who_come_after(void **state)
{
	(void)state;
	in_task(restart_task, NULL);
}

static void
restart_later(void *argument)
{
	(void)argument;
	while (!state_now().away)
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	server_restart();
}

static void
away_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct name name = {NULL};
	int64_t began;

	(void)argument;
	connect_task(NULL);
	server_kill();
	/* Who comes now waits a little: it may be a restart. */
	began = clock_monotonic();
	assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	assert_true(clock_monotonic() - began >= 800 * MILLISECOND);
	assert_true(state_now().away);
	task_sleep(clock_monotonic() + 100 * MILLISECOND);
	/* By now it is known: no more waiting, which would take 16 seconds. */
	began = clock_monotonic();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
	assert_true(clock_monotonic() - began < 12 * CLOCK_SECOND);
	/* Back while somebody waits. */
	server_restart();
	connect_task(NULL);
	assert_false(state_now().away);
	/* A short absence is waited through. */
	server_kill();
	task_start(server_loop, "restart", 0, restart_later, NULL);
	use_pool(2, 0, 2, PATIENCE);
	db = db_scope_open(pool, arena, &account_a);
	assert_is(db, "communitya");
}

static void
an_absence_is_logged_once_and_recovered_from(void **state)
{
	(void)state;
	use_pool(2, 0, 2, 800 * MILLISECOND);
	in_task(away_task, NULL);
	/* Once for each of the two absences. */
	assert_int_equal(occurrences("event=database.away"), 2);
	assert_int_equal(occurrences("event=database.back"), 2);
	assert_int_equal(occurrences("event=database.error"), 0);
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
	struct name name = {NULL};

	(void)argument;
	assert_is(db, "communitya");
	server_freeze();
	frozen = task_current();
	assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(another_password_is_tried),
		POOL_TEST(wrong_password_closes_the_connection),
		POOL_TEST(locked_account_closes_the_connection),
		POOL_TEST(account_at_its_limit_closes_the_connection),
		POOL_TEST(refused_log_in_concerns_that_account_alone),
		POOL_TEST(cancelled_query_is_killed_on_the_server),
		POOL_TEST(deadline_ends_a_query_here_and_there),
		POOL_TEST(connection_killed_while_idle_costs_nothing),
		POOL_TEST(connection_killed_while_busy_costs_that_request),
		POOL_TEST(server_restart_costs_nothing_to_those_who_come_after),
		POOL_LOG_TEST(an_absence_is_logged_once_and_recovered_from),
		POOL_TEST(a_silent_server_does_not_stop_the_loop),
	};
	return cmocka_run_group_tests(
		tests, pool_set_up_group, pool_tear_down_group);
}

/*
 * pool_fixture.h: a pool on the test server (server.h), renewed for each test,
 * with what the tests of the pool share: three communities that each know their
 * name, tasks that hold a connection, and the log.
 */
#ifndef MISSIOND_TESTS_POOL_FIXTURE_H
#define MISSIOND_TESTS_POOL_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/record.h"
#include "db/db.h"
#include "db/pool.h"

#define MILLISECOND INT64_C(1000)

/* For what ends by itself, however busy the machine is. */
#define PATIENCE (60 * CLOCK_SECOND)

/* Of the test that runs. */
extern struct db_pool *pool;
extern struct arena *arena;

/* "communityc", besides those of server.h: it may read. */
extern struct db_account account_c;

/* A community's table "whoami" has one row: its name, and hits. */
struct name {
	const char *name;
};
struct number {
	int64_t number;
};
extern const struct record number_record;
extern const struct db_statement who; /* a struct name */
extern const struct db_statement hit; /* adds one */

int pool_set_up_group(void **state);
int pool_tear_down_group(void **state);
int pool_set_up(void **state);
int pool_tear_down(void **state);

/* The same, with the log at hand; it is shown in the end. */
int pool_set_up_log(void **state);
int pool_tear_down_log(void **state);

/* A test for cmocka's list, and one that looks at the log. */
#define POOL_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, pool_set_up, pool_tear_down)
#define POOL_LOG_TEST(function)                                                \
	cmocka_unit_test_setup_teardown(                                       \
		function, pool_set_up_log, pool_tear_down_log)

/* In how many lines of the log the text is. */
unsigned occurrences(const char *text);

/* Another pool than the usual one: so many connections at work, so many that
 * may lie idle besides them, so many of an account, and the longest wait. */
void use_pool(unsigned connections, unsigned idle_connections,
	unsigned per_account, int64_t wait);

struct db_pool_state state_now(void);
void assert_is(struct db *db, const char *expected);

/* Whose account the server shows for how many sessions. */
int64_t sessions_of(const char *user);

/* Tasks: a and b ask by turns, five times; a, b and c do, as often as the int
 * says that the argument points to; a asks until the pool serves, whatever its
 * shortest wait. */
void switch_task(void *argument);
void ask_all_task(void *argument);
void connect_task(void *argument);

/* One that holds a connection. */
struct holder {
	const struct db_account *account;
	int64_t hold;
	unsigned until_served; /* holds until so many have been served */
	unsigned order;	       /* out: in which order it was served */
	int result;
	enum db_failure failure;
	struct db *db;
	const char *name;
};

/* So many have been since it was set to 0, as run_holders() does. */
extern unsigned served;

void holder_main(void *argument); /* a task for a struct holder */
void run_holders(struct holder *holders, size_t count);

/* How many of so many tasks, which ask for the accounts in turn, hold a
 * connection at the same time; each gives the expected number the time to come
 * together. */
unsigned most_at_once(struct db_account *accounts, size_t count, unsigned tasks,
	unsigned expected);

/* Of twelve that ask for the account, which may have so many connections (0: as
 * the pool says), so many hold one at the same time. */
void assert_crowd(
	struct db_account *account, unsigned connections, unsigned expected);

#endif

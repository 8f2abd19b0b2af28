/* Epochs between two machines: two tables, one control schema. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/epoch.h"
#include "tenants/epoch_news.h"
#include "tenants/epoch_sync.h"

#define PATIENCE CLOCK_MINUTE

struct machine {
	int descriptor;
	struct epoch_table *table;
	struct db_pool *pool;
	struct epoch_sync *sync;
};

static struct machine here, there;
static struct uuid community;

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE DATABASE missiond_control CHARACTER SET utf8mb4;"
		   "CREATE DATABASE missiond_registry CHARACTER SET utf8mb4;"
		   "CREATE USER missiond_registry@localhost"
		   " IDENTIFIED BY 'registry';"
		   "GRANT SELECT, EXECUTE ON missiond_registry.*"
		   " TO missiond_registry@localhost");
	server_script("missiond_control", "schema/control/0001-registry.sql");
	server_script(
		"missiond_control", "schema/control/0002-registry-views.sql");
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
start_sync(struct machine *machine)
{
	const struct epoch_sync_setting setting = {
		.loop = server_loop,
		.pool = machine->pool,
		.account = &registry_account,
		.epochs = machine->table,
		.polls = true,
	};

	machine->sync = epoch_sync_start(&setting);
}

static void
stop_sync(struct machine *machine)
{
	epoch_sync_stop(machine->sync);
	machine->sync = NULL;
}

static void
machine_start(struct machine *machine)
{
	machine->descriptor = epoch_create();
	assert_true(machine->descriptor >= 0);
	machine->table = epoch_map(machine->descriptor, 0);
	machine->pool =
		db_pool_new(server_loop, &server_address, &server_limits);
}

static void
machine_stop(struct machine *machine)
{
	epoch_unmap(machine->table);
	close(machine->descriptor);
	db_pool_free(machine->pool);
}

static struct uuid
new_community(void)
{
	char id[UUID_HYPHENATED_SIZE], key[UUID_TEXT_SIZE], sql[600];
	struct uuid made = uuid_new();

	uuid_format_hyphenated(made, id);
	uuid_format(made, key);
	snprintf(sql, sizeof(sql),
		"INSERT INTO missiond_control.community VALUES ('%s', '%s',"
		" '%s', 'active', 1, 1, 'default', '{}', '', '', '', 'test',"
		" UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		id, key, key);
	server_sql(sql);
	return made;
}

static int
set_up(void **state)
{
	(void)state;
	community = new_community();
	machine_start(&here);
	machine_start(&there);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	machine_stop(&here);
	machine_stop(&there);
	assert_int_equal(task_count(), 0);
	return 0;
}

static int64_t
stored_epoch(void)
{
	char id[UUID_HYPHENATED_SIZE], sql[200];

	uuid_format_hyphenated(community, id);
	snprintf(sql, sizeof(sql),
		"SELECT epoch FROM missiond_control.community_state"
		" WHERE community = '%s'",
		id);
	return server_number(sql);
}

static void
change(struct machine *machine, unsigned kinds)
{
	epoch_begin(machine->table, community);
	epoch_end(machine->table, community, kinds);
}

/* Waits until the counter is another than `before`; returns it. */
static uint64_t
wait_for_move(const struct machine *machine, uint64_t before)
{
	int64_t until = clock_monotonic() + PATIENCE;

	while (epoch_read(machine->table, community) == before) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 10000);
	}
	return epoch_read(machine->table, community);
}

/* Both have asked once, so that what comes now is news. */
static void
wait_until_both_poll(void)
{
	int64_t until = clock_monotonic() + PATIENCE;

	while (epoch_polled(here.table) == 0 ||
		epoch_polled(there.table) == 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 10000);
	}
}

/* What moved last did so when the server's clock was three hours ahead. */
static void
clock_task(void *argument)
{
	uint64_t before = epoch_read(there.table, community);

	(void)argument;
	server_sql("INSERT INTO missiond_control.community_state (community,"
		   " moved_at) SELECT id, UTC_TIMESTAMP(6) + INTERVAL 3 HOUR"
		   " FROM missiond_control.community ORDER BY id"
		   " LIMIT 1"
		   " ON DUPLICATE KEY UPDATE moved_at = VALUES(moved_at)");
	start_sync(&here);
	start_sync(&there);
	wait_until_both_poll();
	change(&here, EPOCH_CONTENT);
	before = wait_for_move(&there, before);
	change(&here, EPOCH_CONTENT);
	wait_for_move(&there, before);
	stop_sync(&here);
	stop_sync(&there);
}

static void
news_task(void *argument)
{
	uint64_t before = epoch_read(there.table, community);
	uint64_t settings;

	(void)argument;
	start_sync(&here);
	start_sync(&there);
	wait_until_both_poll();
	change(&here, EPOCH_CONTENT | EPOCH_SETTINGS);
	before = wait_for_move(&there, before);
	assert_int_equal(stored_epoch(), 1);
	/* Content alone leaves the settings where they were. */
	settings = epoch_settings(there.table, community);
	change(&here, EPOCH_CONTENT);
	before = wait_for_move(&there, before);
	assert_true(epoch_settings(there.table, community) == settings);
	/* And the other way round. */
	change(&there, EPOCH_SETTINGS);
	settings = epoch_settings(here.table, community);
	before = epoch_read(here.table, community);
	while (epoch_settings(here.table, community) == settings)
		before = wait_for_move(&here, before);
	stop_sync(&here);
	stop_sync(&there);
}

/* Each machine's own changes come back to it from the control schema, as moves
 * but not as news. */
static void
told_once_task(void *argument)
{
	uint64_t moved_here, moved_there;

	(void)argument;
	start_sync(&here);
	start_sync(&there);
	wait_until_both_poll();
	for (uint64_t i = 1; i <= 2; i++) {
		change(&here, EPOCH_CONTENT | EPOCH_NEWS);
		moved_here = epoch_read(here.table, community);
		moved_there = epoch_read(there.table, community);
		assert_int_equal(epoch_news(here.table, community), 2 * i - 1);
		wait_for_move(&here, moved_here);
		wait_for_move(&there, moved_there);
		assert_int_equal(epoch_news(here.table, community), 2 * i - 1);
		assert_int_equal(epoch_news(there.table, community), 2 * i - 1);
		/* And the other way round. */
		change(&there, EPOCH_CONTENT | EPOCH_NEWS);
		moved_here = epoch_read(here.table, community);
		moved_there = epoch_read(there.table, community);
		wait_for_move(&here, moved_here);
		wait_for_move(&there, moved_there);
		assert_int_equal(epoch_news(here.table, community), 2 * i);
		assert_int_equal(epoch_news(there.table, community), 2 * i);
	}
	stop_sync(&here);
	stop_sync(&there);
}

static void
news_are_told_once(void **state)
{
	(void)state;
	in_task(told_once_task, NULL);
}

static void
what_moves_here_moves_there(void **state)
{
	(void)state;
	in_task(news_task, NULL);
	assert_int_equal(stored_epoch(), 3);
}

static void
a_clock_that_goes_back_hides_no_move(void **state)
{
	(void)state;
	in_task(clock_task, NULL);
}

/* As a transaction that began so many seconds ago has it, now that it is
 * committed. */
static void
commit_move(struct uuid which, unsigned seconds)
{
	char id[UUID_HYPHENATED_SIZE], sql[300];

	uuid_format_hyphenated(which, id);
	snprintf(sql, sizeof(sql),
		"INSERT INTO missiond_control.community_state (community,"
		" moved_at) VALUES ('%s',"
		" UTC_TIMESTAMP(6) - INTERVAL %u SECOND)",
		id, seconds);
	server_sql(sql);
}

static void
late_task(void *argument)
{
	struct uuid other = new_community();
	uint64_t before = epoch_read(there.table, community);
	int64_t polled, until = clock_monotonic() + PATIENCE;

	(void)argument;
	start_sync(&there);
	while ((polled = epoch_polled(there.table)) == 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 10000);
	}
	commit_move(other, 0);
	while (epoch_polled(there.table) == polled) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 10000);
	}
	commit_move(community, 9);
	wait_for_move(&there, before);
	stop_sync(&there);
}

static void
what_is_committed_late_is_seen(void **state)
{
	(void)state;
	server_sql("DELETE FROM missiond_control.community_state");
	in_task(late_task, NULL);
}

static void
last_words_task(void *argument)
{
	(void)argument;
	start_sync(&here);
	change(&here, EPOCH_CONTENT);
	stop_sync(&here);
}

static void
stopping_tells_what_was_not_told(void **state)
{
	(void)state;
	in_task(last_words_task, NULL);
	assert_int_equal(stored_epoch(), 1);
}

/* A worker that is killed between begin and end. */
static void
die_in_between(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct epoch_table *table = epoch_map(here.descriptor, 3);

		epoch_begin(table, community);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void
successor_task(void *argument)
{
	struct machine successor = {
		.descriptor = here.descriptor,
		.pool = here.pool,
	};
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	die_in_between();
	assert_int_equal(epoch_read(here.table, community) & 1, 1);
	successor.table = epoch_map(here.descriptor, 3);
	assert_int_equal(epoch_read(here.table, community) & 1, 0);
	start_sync(&successor);
	while (stored_epoch() < 1) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 10000);
	}
	stop_sync(&successor);
	while (task_count() > 1)
		task_sleep(clock_monotonic() + 10000);
	epoch_unmap(successor.table);
}

static void
what_a_dead_worker_left_is_told_by_its_successor(void **state)
{
	(void)state;
	in_task(successor_task, NULL);
}

static void
gap_task(void *argument)
{
	uint64_t before;

	(void)argument;
	start_sync(&here);
	start_sync(&there);
	wait_until_both_poll();
	stop_sync(&there);
	while (task_count() > 2)
		task_sleep(clock_monotonic() + 10000);
	/* Moved while nobody there asks. */
	before = epoch_read(there.table, community);
	change(&here, EPOCH_CONTENT);
	while (stored_epoch() < 1)
		task_sleep(clock_monotonic() + 10000);
	task_sleep(clock_monotonic() + EPOCH_POLL_INTERVAL);
	assert_true(epoch_read(there.table, community) == before);
	start_sync(&there);
	wait_for_move(&there, before);
	stop_sync(&here);
	stop_sync(&there);
}

static void
a_machine_goes_on_where_it_stopped_asking(void **state)
{
	(void)state;
	in_task(gap_task, NULL);
}

static void
away_task(void *argument)
{
	uint64_t before = epoch_read(there.table, community);

	(void)argument;
	start_sync(&here);
	start_sync(&there);
	wait_until_both_poll();
	server_kill();
	change(&here, EPOCH_CONTENT);
	task_sleep(clock_monotonic() + 500000);
	server_restart();
	wait_for_move(&there, before);
	stop_sync(&here);
	stop_sync(&there);
}

static void
an_absence_of_the_database_loses_nothing(void **state)
{
	(void)state;
	in_task(away_task, NULL);
	/* The call may have been sent twice, but not never. */
	assert_true(stored_epoch() >= 1);
}

static void
many_task(void *argument)
{
	struct uuid many[450];

	(void)argument;
	for (size_t i = 0; i < COUNT_OF(many); i++)
		many[i] = new_community();
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		epoch_begin(here.table, many[i]);
		epoch_end(here.table, many[i], EPOCH_CONTENT);
	}
	start_sync(&here);
	stop_sync(&here);
}

static void
more_than_a_batch_is_told_at_once(void **state)
{
	int64_t before = server_number(
		"SELECT COUNT(*) FROM missiond_control.community_state");

	(void)state;
	in_task(many_task, NULL);
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.community_state"),
		before + 450);
}

#define SYNC_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SYNC_TEST(what_moves_here_moves_there),
		SYNC_TEST(news_are_told_once),
		SYNC_TEST(what_is_committed_late_is_seen),
		SYNC_TEST(stopping_tells_what_was_not_told),
		SYNC_TEST(what_a_dead_worker_left_is_told_by_its_successor),
		SYNC_TEST(a_machine_goes_on_where_it_stopped_asking),
		SYNC_TEST(an_absence_of_the_database_loses_nothing),
		SYNC_TEST(more_than_a_batch_is_told_at_once),
		SYNC_TEST(a_clock_that_goes_back_hides_no_move),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

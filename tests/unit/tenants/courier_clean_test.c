/* The courier's removal of what has expired: its pace, and what when it or the
 * freeing of a predecessor's claims fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/clock.h"
#include "courier_fixture.h"
#include "loop/loop.h"
#include "loop/task.h"

static struct db_pool *pool;

static int
set_up_group(void **state)
{
	(void)state;
	courier_fixture_start();
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return task_work_start(server_loop, 2);
}

static int
tear_down_group(void **state)
{
	(void)state;
	db_pool_free(pool);
	loop_stop(server_loop);
	loop_run(server_loop);
	courier_fixture_stop();
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	server_sql("DELETE FROM missiond_control.community_state");
	for (int i = 0; i < 2; i++)
		courier_sql(i, "DELETE FROM {s}.outbox");
	return 0;
}

#define FAILED "SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed'"

static void
put_expired(int community)
{
	courier_put(community, "expired@example.org");
	courier_sql(community,
		"UPDATE {s}.outbox SET state = 'failed', body = '',"
		" finished_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY"
		" WHERE recipient = 'expired@example.org'");
}

static int64_t removed_at[2];

/* When each community's expired row was gone. */
static void
note_removal(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2; i++)
		if (removed_at[i] == 0 && courier_number(i, FAILED) == 0)
			removed_at[i] = clock_monotonic();
}

/* All looks of the first sweep come at once, those that remove do not. */
static void
cleaning_has_a_pace_of_its_own(void **state)
{
	struct loop_timer *timer =
		loop_timer_new(server_loop, 20000, 20000, note_removal, NULL);

	(void)state;
	removed_at[0] = removed_at[1] = 0;
	put_expired(0);
	put_expired(1);
	/* What moved of late has a look at once. */
	server_sql("DELETE FROM missiond_control.community_state");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_SECOND / 10,
			.pace = 0,
			.cleaning_pace = CLOCK_SECOND},
		1, FAILED, 0));
	note_removal(NULL);
	loop_timer_free(timer);
	assert_int_not_equal(removed_at[0], 0);
	assert_in_range(removed_at[1] - removed_at[0], CLOCK_SECOND / 2,
		5 * CLOCK_SECOND);
}

/* A sweep from one end to the other: what is there to remove in the second
 * community is gone, so the first was looked at. */
static void
sweep_once(void)
{
	put_expired(1);
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_SECOND / 10,
			.cleaning_pace = CLOCK_SECOND / 10},
		1, FAILED, 0));
}

/* It removed the member and knew of no root. */
static void
what_an_older_program_left_of_a_member_goes(void **state)
{
	(void)state;
	courier_sql(0,
		"USE {s};"
		"INSERT INTO member_root VALUES (@gone := UUID()),"
		" (@there := UUID());"
		"INSERT INTO member (id, username, email, name, state,"
		" joined_at, given_at) VALUES (@there, 'there', 't', 'T',"
		" 'active', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));"
		"INSERT INTO member_password (member, phc, changed_at) VALUES"
		" (@gone, 'x', UTC_TIMESTAMP(6)),"
		" (@there, 'x', UTC_TIMESTAMP(6))");
	sweep_once();
	assert_int_equal(courier_number(0, "SELECT COUNT(*) FROM {s}.member"
					   " JOIN {s}.member_password"
					   " ON member = id"),
		1);
	assert_int_equal(
		courier_number(0, "SELECT COUNT(*) FROM {s}.member_root"), 1);
	assert_int_equal(courier_number(0, "SELECT COUNT(*) FROM"
					   " {s}.member_password"),
		1);
	courier_sql(0, "DELETE FROM {s}.member_root");
}

static void
nothing_is_removed_from_tables_of_another_version(void **state)
{
	(void)state;
	put_expired(0);
	courier_sql(0, "UPDATE missiond_control.community SET"
		       " schema_version = schema_version - 1"
		       " WHERE id = '{i}'");
	sweep_once();
	assert_int_equal(courier_number(0, FAILED), 1);
	courier_sql(0, "UPDATE missiond_control.community SET"
		       " schema_version = schema_version + 1"
		       " WHERE id = '{i}'");
	sweep_once();
	assert_int_equal(courier_number(0, FAILED), 0);
}

#define SWEEP (4 * CLOCK_SECOND)

/* What could be removed is gone, and what could not has failed by now: there is
 * something to remove again, and nothing fails any more. */
#define DETAILS "SELECT COUNT(*) FROM {s}.audit_detail"

static void
put_again(void *unused)
{
	static bool is_back;
	bool is_gone = courier_number(0, FAILED) == 0;

	(void)unused;
	if (removed_at[0] == 0 && is_gone) {
		removed_at[0] = clock_monotonic();
	} else if (!is_back && removed_at[0] != 0 &&
		   clock_monotonic() > removed_at[0] + CLOCK_SECOND / 2) {
		is_back = true;
		/* What failed kept nothing else from being removed. */
		assert_int_equal(courier_number(0, DETAILS), 0);
		put_expired(0);
		courier_sql(0, "RENAME TABLE {s}.away TO {s}.attempt");
	} else if (is_back && removed_at[1] == 0 && is_gone) {
		removed_at[1] = clock_monotonic();
	}
}

/* Neither is it tried again, nor does the mail wait for that. */
static void
cleaning_that_fails_waits_for_the_next_sweep(void **state)
{
	struct loop_timer *timer =
		loop_timer_new(server_loop, 20000, 20000, put_again, NULL);

	(void)state;
	removed_at[0] = removed_at[1] = 0;
	put_expired(0);
	/* Between the second sweep, which is the first to clean, and the third:
	 * the community is looked into for it. */
	courier_put(0, "mail@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET due_at = UTC_TIMESTAMP(6) + INTERVAL 5"
		" SECOND WHERE recipient = 'mail@example.org';"
		"INSERT INTO {s}.audit_detail VALUES (UUID(), REPEAT('s', 16),"
		" '', 'gone', UTC_TIMESTAMP(6));"
		"RENAME TABLE {s}.attempt TO {s}.away");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = SWEEP},
		0,
		"SELECT (SELECT COUNT(*) FROM {s}.outbox WHERE state <> 'sent')"
		" + (SELECT COUNT(*) FROM information_schema.tables WHERE"
		" table_schema = '{s}' AND table_name = 'away')",
		0));
	put_again(NULL);
	loop_timer_free(timer);
	assert_int_not_equal(removed_at[0], 0);
	assert_in_range(
		removed_at[1] - removed_at[0], SWEEP * 3 / 4, 2 * SWEEP);
	assert_in_range(
		courier_number(0,
			"SELECT TIMESTAMPDIFF(MICROSECOND, due_at, finished_at)"
			" FROM {s}.outbox"),
		0, 5 * CLOCK_SECOND / 2);
}

static void
move_when_refused(void *unused)
{
	(void)unused;
	if (courier_number(0, "SELECT COUNT(*) FROM {s}.refusal") > 0)
		courier_move(0);
}

/* Whenever that is: here because a mail came. */
static void
the_look_after_one_that_failed_frees_claims(void **state)
{
	const struct uuid holder = {.bytes = {1, [6] = 0x70, [8] = 0x80}};
	struct loop_timer *timer = loop_timer_new(
		server_loop, 50000, 50000, move_when_refused, NULL);

	(void)state;
	courier_put(0, "killed@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET claimed_until = UTC_TIMESTAMP(6) +"
		" INTERVAL 10 MINUTE, fence = 1, attempts = 1, claimed_by ="
		" '01000000-0000-7000-8000-000000000000';"
		/* What it remembers outlasts the statement that it refuses. */
		"CREATE TABLE {s}.refusal (number INT) ENGINE = Aria"
		" TRANSACTIONAL = 0;"
		"CREATE TRIGGER {s}.refuse_once BEFORE UPDATE ON {s}.outbox"
		" FOR EACH ROW"
		" IF (SELECT COUNT(*) FROM {s}.refusal) = 0 THEN"
		" INSERT INTO {s}.refusal VALUES (1);"
		" SIGNAL SQLSTATE '45000';"
		" END IF");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_HOUR,
			.holder = holder},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" fence = 2 AND attempts = 2",
		1));
	loop_timer_free(timer);
	courier_sql(0, "DROP TRIGGER {s}.refuse_once; DROP TABLE {s}.refusal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(cleaning_has_a_pace_of_its_own, set_up),
		cmocka_unit_test_setup(
			what_an_older_program_left_of_a_member_goes, set_up),
		cmocka_unit_test_setup(
			nothing_is_removed_from_tables_of_another_version,
			set_up),
		cmocka_unit_test_setup(
			cleaning_that_fails_waits_for_the_next_sweep, set_up),
		cmocka_unit_test_setup(
			the_look_after_one_that_failed_frees_claims, set_up),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

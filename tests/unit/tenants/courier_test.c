/* The courier against a real server: two communities, a folder, and SMTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/clock.h"
#include "courier_fixture.h"
#include "courier_mail.h"
#include "crew_report.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "mail/smtp.h"

static struct db_pool *pool;

static int
set_up(void **state)
{
	(void)state;
	courier_fixture_start();
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return task_work_start(server_loop, 2);
}

static int
tear_down(void **state)
{
	(void)state;
	db_pool_free(pool);
	loop_stop(server_loop);
	loop_run(server_loop);
	courier_fixture_stop();
	return 0;
}

#define SENT                                                                   \
	"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND body = ''"
#define FAILED "SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed'"

/* Between sweeps, where what is removed is looked for. */
#define CLEANING (CLOCK_SECOND / 10)

static void
what_waited_before_the_start_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < COURIER_BATCH + 5; i++)
		courier_put(0, "a@example.org");
	courier_put(1, "b@example.org");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, SENT, COURIER_BATCH + 5));
	assert_int_equal(courier_number(1, SENT), 1);
	assert_int_equal(
		courier_count_files("To: <a@example.org>"), COURIER_BATCH + 5);
	assert_int_equal(courier_count_files("To: <b@example.org>"), 1);
	assert_int_equal(courier_count_files("From: =?UTF-8?Q?=C3=89change_"),
		COURIER_BATCH + 6);
}

static void
put_and_move(void *unused)
{
	(void)unused;
	courier_put(1, "moved@example.org");
}

#define DUE                                                                    \
	"SELECT COUNT(*) FROM missiond_control.community_state"                \
	" WHERE community = '{i}' AND due_at IS NOT NULL"

/* A crash came between the mail's commit and the epoch's move. */
static void
what_nobody_was_told_of_is_found_by_a_sweep(void **state)
{
	(void)state;
	courier_put(0, "told@example.org");
	courier_put(1, "untold@example.org");
	courier_sql(1, "DELETE FROM missiond_control.community_state WHERE"
		       " community = '{i}'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, DUE, 0));
	assert_int_equal(courier_count_files("To: <told@example.org>"), 1);
	assert_int_equal(courier_count_files("To: <untold@example.org>"), 0);
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLEANING},
		1, "SELECT COUNT(*) FROM {s}.outbox WHERE state = 'waiting'",
		0));
	assert_int_equal(courier_count_files("To: <untold@example.org>"), 1);
	for (int i = 0; i < 2; i++)
		courier_sql(i, "DELETE FROM {s}.outbox WHERE recipient LIKE"
			       " '%told@example.org'");
}

/* Until when it waits, and not what moved while it was looked at. */
static void
the_registry_is_told_when_mail_is_due(void **state)
{
	static const char later[] =
		"SELECT COUNT(*) FROM missiond_control.community_state"
		" WHERE community = '{i}' AND due_at BETWEEN"
		" UTC_TIMESTAMP() + INTERVAL 20 SECOND"
		" AND UTC_TIMESTAMP() + INTERVAL 51 SECOND";

	(void)state;
	courier_put(0, "later@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET due_at = UTC_TIMESTAMP() + INTERVAL 50"
		" SECOND WHERE recipient = 'later@example.org'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, later, 1));
	courier_sql(0,
		"SET @seen = (SELECT mail_epoch FROM"
		" missiond_control.community_state WHERE community = '{i}');"
		"CALL missiond_registry.community_mail_seen('{i}', @seen - 1,"
		" NULL)");
	assert_int_equal(courier_number(0, later), 1);
	courier_sql(0, "DELETE FROM {s}.outbox WHERE recipient ="
		       " 'later@example.org'");
	courier_move(0);
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, DUE, 0));
}

static void
a_moved_epoch_is_noticed(void **state)
{
	(void)state;
	struct loop_timer *timer =
		loop_timer_new(server_loop, 500000, 0, put_and_move, NULL);

	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		1, SENT, 2));
	loop_timer_free(timer);
}

static void
other_couriers_claims_are_kept(void **state)
{
	(void)state;
	courier_put(0, "claimed@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET claimed_until = UTC_TIMESTAMP(6) +"
		" INTERVAL 2 SECOND, fence = 3, attempts = 1 WHERE state ="
		" 'waiting'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" fence = 4 AND attempts = 2 AND finished_at >= created_at +"
		" INTERVAL 2 SECOND",
		1));
}

/* The one of this supervisor before: it is known to be dead. */
static void
a_predecessors_claims_are_freed(void **state)
{
	(void)state;
	const struct uuid holder = {.bytes = {1, [6] = 0x70, [8] = 0x80}};

	courier_put(0, "killed@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET claimed_until = UTC_TIMESTAMP(6) +"
		" INTERVAL 10 MINUTE, fence = 1, attempts = 1, claimed_by ="
		" '01000000-0000-7000-8000-000000000000'"
		" WHERE state = 'waiting'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_HOUR,
			.holder = holder},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" fence = 2 AND attempts = 2 AND recipient ="
		" 'killed@example.org'",
		1));
}

/* Written by a clock that was three hours ahead. */
static void
a_clock_that_goes_back_holds_no_mail(void **state)
{
	(void)state;
	courier_put(0, "due@example.org");
	courier_sql(0, "UPDATE {s}.outbox SET due_at = due_at + INTERVAL 3 HOUR"
		       " WHERE recipient = 'due@example.org'");
	courier_put(0, "again@example.org");
	courier_sql(0, "UPDATE {s}.outbox SET due_at = due_at + INTERVAL 3 HOUR"
		       ", attempts = 3 WHERE recipient = 'again@example.org'");
	courier_put(0, "claim@example.org");
	courier_sql(0,
		"UPDATE {s}.outbox SET claimed_until = due_at + INTERVAL 3"
		" HOUR, attempts = 1 WHERE recipient = 'claim@example.org'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" recipient IN ('due@example.org', 'again@example.org',"
		" 'claim@example.org')",
		3));
}

static void
what_is_no_address_fails_at_once(void **state)
{
	(void)state;
	courier_put(0, "nobody");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed' AND"
		" body = '' AND failure ="
		" '0 the recipient is not a mail address'",
		1));
}

/* Port 9 of loopback: nobody listens. */
static const struct smtp_server nowhere = {
	.host = "127.0.0.1",
	.port = 9,
	.security = SMTP_PLAIN,
	.connect_limit = 30 * CLOCK_SECOND,
	.total_limit = 30 * CLOCK_SECOND,
};

static void
an_absent_server_delays(void **state)
{
	(void)state;
	courier_put(1, "later@example.org");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.smtp = &nowhere, .sweep = CLOCK_HOUR},
		1,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'waiting' AND"
		" attempts = 1 AND claimed_until IS NULL AND due_at BETWEEN"
		" UTC_TIMESTAMP(6) + INTERVAL 1 SECOND AND UTC_TIMESTAMP(6) +"
		" INTERVAL 60 SECOND AND failure LIKE '0 %connect%' AND body ="
		" 'secret link'",
		1));
}

static void
many_attempts_are_enough(void **state)
{
	(void)state;
	courier_sql(1,
		"UPDATE {s}.outbox SET attempts = 11, due_at = UTC_TIMESTAMP(6)"
		" WHERE state = 'waiting'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.smtp = &nowhere, .sweep = CLOCK_HOUR},
		1,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed' AND"
		" attempts = 12 AND body = ''",
		1));
}

static void
old_rows_are_removed(void **state)
{
	(void)state;
	courier_sql(0, "UPDATE {s}.outbox SET finished_at = UTC_TIMESTAMP(6) -"
		       " INTERVAL 31 DAY WHERE state = 'failed'");
	/* Not by the first look, which is for mail. */
	courier_put(0, "first@example.org");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, SENT, COURIER_BATCH + 11));
	assert_int_equal(courier_number(0, FAILED), 1);
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLEANING},
		0, FAILED, 0));
	assert_int_equal(courier_number(0, SENT), COURIER_BATCH + 11);
}

/* "a" has a live session, token and link, "b" only ended ones; "c" never
 * confirmed, "d" neither but asked for a new link, "e" is new. "f" was declined
 * long ago: that is not forgotten here. */
static void
what_expired_is_removed(void **state)
{
	(void)state;
	courier_sql(0,
		"USE {s};"
		"SET @now = UTC_TIMESTAMP(6);"
		"SET @old = @now - INTERVAL 31 DAY,"
		" @soon = @now + INTERVAL 1 HOUR;"
		"INSERT INTO member_root VALUES (@a := UUID()), (@b := UUID()),"
		" (@c := UUID()), (@d := UUID()), (@e := UUID()),"
		" (@f := UUID());"
		"INSERT INTO member (id, username, email_unconfirmed, name, state,"
		" joined_at, given_at) VALUES"
		" (@a, 'a', 'a', 'A', 'active', @old, @old),"
		" (@b, 'b', 'b', 'B', 'active', @old, @old),"
		" (@c, 'c', 'c', 'C', 'unconfirmed', @old, @old),"
		" (@d, 'd', 'd', 'D', 'unconfirmed', @old, @old),"
		" (@e, 'e', 'e', 'E', 'unconfirmed', @now, @now);"
		"INSERT INTO session SELECT UUID(), UNHEX(SHA2(username, 256)),"
		" id, @old, @old, IF(username = 'b', @now, @soon), '', ''"
		" FROM member;"
		"INSERT INTO api_token SELECT UUID(),"
		" UNHEX(SHA2(username, 256)), id, 'x', @old, NULL,"
		" IF(username = 'b', @now, @soon) FROM member;"
		"INSERT INTO link_token SELECT UUID(),"
		" UNHEX(SHA2(username, 256)), 'confirm', id, NULL, @old,"
		" CASE username WHEN 'b' THEN @old WHEN 'c' THEN @now"
		" ELSE @soon END, NULL FROM member;"
		"INSERT INTO attempt VALUES (1, FALSE, @now), (2, TRUE, @soon);"
		"INSERT INTO known_place VALUES (REPEAT('a', 32), '', @now),"
		" (REPEAT('b', 32), '', @soon);"
		"INSERT INTO audit_detail VALUES"
		" (UUID(), REPEAT('s', 16), '', 'gone', @now),"
		" (UUID(), REPEAT('s', 16), '', 'kept', @soon),"
		" (UUID(), REPEAT('s', 16), '', 'kept', NULL);"
		"INSERT INTO member (id, username, email, name, state,"
		" joined_at, given_at) VALUES (@f, 'f', 'f', 'F',"
		" 'declined', @old - INTERVAL 5 YEAR, @old)");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLEANING},
		0, "SELECT COUNT(*) FROM {s}.member", 5));
	assert_int_equal(
		courier_number(0, "SELECT COUNT(*) FROM {s}.member WHERE"
				  " username IN ('a', 'b', 'd', 'e', 'f')"),
		5);
	assert_int_equal(
		courier_number(0, "SELECT (SELECT COUNT(*) FROM {s}.session) *"
				  " 100 + (SELECT COUNT(*) FROM {s}.api_token)"
				  " * 10 + (SELECT COUNT(*) FROM"
				  " {s}.link_token)"),
		333);
	assert_int_equal(courier_number(0, "SELECT SUM(IF(details = 'kept', 1,"
					   " 10)) FROM {s}.audit_detail"),
		2);
	assert_int_equal(
		courier_number(0, "SELECT (SELECT SUM(slot) FROM {s}.attempt)"
				  " * 10 + (SELECT COUNT(*) FROM"
				  " {s}.known_place WHERE digest ="
				  " REPEAT('b', 32)) + (SELECT COUNT(*) FROM"
				  " {s}.known_place)"),
		22);
	assert_int_equal(
		courier_number(0, "SELECT COUNT(*) FROM {s}.session JOIN"
				  " {s}.member ON member.id = session.member"
				  " WHERE username = 'b'"),
		0);
}

static struct mail_counts counts;
static int64_t most_waiting;

static void
note_waiting(void *unused)
{
	(void)unused;
	if (counts.waiting > most_waiting)
		most_waiting = counts.waiting;
}

static void
what_waits_is_counted(void **state)
{
	(void)state;
	struct loop_timer *timer =
		loop_timer_new(server_loop, 50000, 50000, note_waiting, NULL);

	/* It is there for a second before it is sent. */
	courier_put(1, "later@example.org");
	courier_put(1, "later@example.org");
	courier_put(1, "later@example.org");
	courier_sql(1,
		"UPDATE {s}.outbox SET due_at = UTC_TIMESTAMP(6) + INTERVAL 1"
		" SECOND WHERE recipient = 'later@example.org'");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_HOUR,
			.counts = &counts},
		1,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" recipient = 'later@example.org'",
		3));
	loop_timer_free(timer);
	assert_int_equal(most_waiting, 3);
	assert_int_equal(counts.sent, 3);
	/* Nobody knows any more. */
	assert_int_equal(counts.waiting, 0);
}

static void
a_suspended_community_waits(void **state)
{
	(void)state;
	server_sql("UPDATE missiond_control.community SET state ="
		   " 'suspended' WHERE slug = 'slug1'");
	courier_put(0, "active@example.org");
	courier_put(1, "suspended@example.org");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){
			.folder = courier_folder(), .sweep = CLOCK_HOUR},
		0, SENT, COURIER_BATCH + 12));
	assert_int_equal(courier_number(1,
				 "SELECT COUNT(*) FROM {s}.outbox WHERE state ="
				 " 'waiting' AND attempts = 0"),
		1);
}

static void
delays_grow_and_end(void **state)
{
	(void)state;
	int64_t total = 0;

	assert_true(courier_mail_delay(1, 12) == CLOCK_MINUTE);
	for (int64_t i = 1; i < 12; i++) {
		assert_true(courier_mail_delay(i, 12) >=
			    courier_mail_delay(i > 1 ? i - 1 : 1, 12));
		total += courier_mail_delay(i, 12);
	}
	/* A mail server may be away for a weekend's day. */
	assert_true(total > CLOCK_DAY);
	assert_true(courier_mail_delay(12, 12) == 0);
	assert_true(courier_mail_delay(1, 1) == 0);
	assert_true(courier_mail_delay(0, 12) == 0);
}

#define FINISHED                                                               \
	"SELECT TIMESTAMPDIFF(MICROSECOND, '2020-01-01', MAX(finished_at))"    \
	" FROM {s}.outbox"

/* Thousands of communities do not have their looks all at once. */
static void
a_start_has_a_pace(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		courier_sql(i, "DELETE FROM {s}.outbox");
	server_sql("UPDATE missiond_control.community SET state = 'active'");
	courier_put(0, "a@example.org");
	courier_put(1, "b@example.org");
	/* What moved of late has a look at once. */
	server_sql("UPDATE missiond_control.community_state SET moved_at ="
		   " '2020-01-01';"
		   "INSERT INTO missiond_control.community_state (community,"
		   " moved_at) VALUES (UUID(), UTC_TIMESTAMP(6))");
	assert_true(courier_runs_until(pool,
		(struct courier_settings){.folder = courier_folder(),
			.sweep = CLOCK_HOUR,
			.pace = CLOCK_SECOND},
		1, SENT, 1));
	assert_int_equal(courier_number(0, SENT), 1);
	assert_in_range(
		courier_number(1, FINISHED) - courier_number(0, FINISHED),
		CLOCK_SECOND / 2, 5 * CLOCK_SECOND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_grow_and_end),
		cmocka_unit_test(what_waited_before_the_start_is_found),
		cmocka_unit_test(what_nobody_was_told_of_is_found_by_a_sweep),
		cmocka_unit_test(the_registry_is_told_when_mail_is_due),
		cmocka_unit_test(a_moved_epoch_is_noticed),
		cmocka_unit_test(other_couriers_claims_are_kept),
		cmocka_unit_test(a_predecessors_claims_are_freed),
		cmocka_unit_test(what_waits_is_counted),
		cmocka_unit_test(a_clock_that_goes_back_holds_no_mail),
		cmocka_unit_test(what_is_no_address_fails_at_once),
		cmocka_unit_test(an_absent_server_delays),
		cmocka_unit_test(many_attempts_are_enough),
		cmocka_unit_test(old_rows_are_removed),
		cmocka_unit_test(what_expired_is_removed),
		cmocka_unit_test(a_suspended_community_waits),
		cmocka_unit_test(a_start_has_a_pace),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

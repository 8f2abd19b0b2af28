/* Schemas made ahead: made, taken and removed, the steward killed at every step
 * of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/uuid.h"
#include "lifecycle_fixture.h"
#include "lifecycle_killed.h"
#include "tenants/lifecycle/provision.h"
#include "tenants/lifecycle/warm.h"

#define READY                                                                  \
	"SELECT COUNT(*) FROM missiond_control.warm_schema WHERE state ="      \
	" 'ready' AND schema_version = 5"
#define ROWS "SELECT COUNT(*) FROM missiond_control.warm_schema"

static void
fill(int64_t count)
{
	lifecycle_test_warm = count;
	lifecycle_test_version = 5;
	assert_true(lifecycle_runs_until(READY, count, "steward"));
	/* Also those that are too much are gone. */
	assert_true(lifecycle_runs_until(ROWS, count, "steward"));
}

/* Each schema and each account belongs to one community, or one to come; each
 * of these has both; nobody has rights anywhere else. */
static void
check_all(void)
{
	static const char *const none[] = {
		"SELECT COUNT(*) FROM information_schema.schemata WHERE"
		" LENGTH(schema_name) = 35 AND SUBSTR(schema_name, 10)"
		" NOT IN (SELECT `key` FROM missiond_control.community UNION"
		" ALL SELECT `key` FROM missiond_control.warm_schema)",
		"SELECT COUNT(*) FROM mysql.global_priv WHERE"
		" LENGTH(user) = 35 AND SUBSTR(user, 10) NOT IN (SELECT `key` FROM"
		" missiond_control.community UNION ALL SELECT `key` FROM"
		" missiond_control.warm_schema)",
		"SELECT COUNT(*) FROM missiond_control.warm_schema JOIN"
		" missiond_control.community USING (`key`)",
		"SELECT COUNT(*) FROM (SELECT `key` FROM"
		" missiond_control.community WHERE state = 'active' UNION ALL"
		" SELECT `key` FROM missiond_control.warm_schema WHERE state ="
		" 'ready') AS known WHERE CONCAT('community', `key`) NOT IN"
		" (SELECT schema_name FROM information_schema.schemata) OR"
		" CONCAT('community', `key`) NOT IN (SELECT user FROM"
		" mysql.global_priv)",
		"SELECT COUNT(*) FROM information_schema.schema_privileges"
		" WHERE LENGTH(table_schema) = 35 AND grantee LIKE '\\'community%' AND grantee <>"
		" CONCAT('\\'', table_schema, '\\'@\\'%\\'')",
	};

	for (size_t i = 0; i < COUNT_OF(none); i++)
		if (server_number(none[i]) != 0)
			fail_msg(
				"%s: %d", none[i], (int)server_number(none[i]));
}

static bool
is_ahead(struct uuid id)
{
	return lifecycle_number(id,
		       "SELECT COUNT(*) FROM missiond_control.warm_schema WHERE"
		       " CONCAT('community', `key`) = '{s}'") == 1;
}

static struct uuid
made(const char *slug)
{
	struct control_applied applied = lifecycle_apply_now(slug, "");

	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	check_all();
	return applied.community;
}

static int64_t
as_if_nothing_had_happened(void)
{
	static int64_t cold;

	if (cold == 0) {
		lifecycle_test_version = 0;
		cold = lifecycle_digest(made("cold"));
		lifecycle_test_version = 5;
	}
	return cold;
}

static void
a_community_takes_one(void **state)
{
	(void)state;
	struct control_applied applied;

	fill(2);
	check_all();
	assert_int_equal(
		lifecycle_digest(made("one")), as_if_nothing_had_happened());
	fill(2);
	applied = lifecycle_apply_now("two", "");
	/* It has the schema before any work was done. */
	assert_int_equal(lifecycle_number(applied.community,
				 "SELECT COUNT(*) FROM"
				 " information_schema.schemata WHERE"
				 " schema_name = '{s}'"),
		1);
	assert_false(is_ahead(applied.community));
	assert_int_equal(server_number(ROWS), 1);
	assert_true(lifecycle_lets_in(applied.community, 1));
	check_all();
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	assert_int_equal(lifecycle_digest(applied.community),
		as_if_nothing_had_happened());
}

static int64_t
opened(void)
{
	return server_number("SELECT variable_value FROM"
			     " information_schema.global_status WHERE"
			     " variable_name = 'Opened_table_definitions'");
}

/* The server opens no table for it, and nothing is in one before. */
static void
what_it_begins_with_is_open(void **state)
{
	(void)state;
	struct control_applied applied;
	int64_t before;

	fill(0);
	made("opener");
	fill(1);
	lifecycle_test_warm = 0;
	before = opened();
	applied = lifecycle_apply_now("opened", "");
	assert_int_equal(server_number(ROWS), 0);
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	assert_int_equal(lifecycle_number(applied.community,
				 "SELECT COUNT(*) FROM {s}.listing"),
		0);
	assert_int_equal(opened(), before);
	fill(1);
	applied = lifecycle_apply_now("empty", "");
	assert_int_equal(lifecycle_number(applied.community,
				 "SELECT (SELECT COUNT(*) FROM {s}.settings) +"
				 " (SELECT COUNT(*) FROM {s}.legal_text) +"
				 " (SELECT COUNT(*) FROM {s}.link_token) +"
				 " (SELECT COUNT(*) FROM {s}.outbox)"),
		0);
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
}

/* Past one that somebody else is about to take. */
static void
two_take_two(void **state)
{
	(void)state;
	struct uuid id;

	fill(2);
	server_hold("SELECT * FROM missiond_control.warm_schema WHERE slot = 1"
		    " FOR UPDATE");
	id = lifecycle_apply_now("other", "").community;
	server_let_go();
	assert_int_equal(
		server_number(ROWS " WHERE slot = 1 AND state = 'ready'"), 1);
	assert_int_equal(server_number(ROWS), 1);
	assert_false(is_ahead(id));
	assert_true(lifecycle_runs_until_done(
		lifecycle_last_job("other"), "steward"));
	check_all();
}

static void
kill_at_each(const char *kind, int steps, void (*begin)(int number),
	void (*end)(int number), int first)
{
	for (int i = 2 * (first - 1); i < 2 * steps; i++) {
		char where[40];

		snprintf(where, sizeof(where), "%s:%d:%s", kind, i / 2 + 1,
			i % 2 ? "after" : "before");
		begin(i);
		lifecycle_run_until_killed(where);
		end(i);
		check_all();
	}
}

static void
begin_filling(int number)
{
	fill(0);
	lifecycle_test_warm = number % 3 + 1;
}

static void
end_filling(int number)
{
	fill(number % 3 + 1);
}

static void
filling_survives_a_kill_anywhere(void **state)
{
	(void)state;
	kill_at_each(WARM_KIND, WARM_STEPS, begin_filling, end_filling, 1);
}

static struct control_applied taken;

static void
begin_taking(int number)
{
	char slug[40];

	fill(1);
	snprintf(slug, sizeof(slug), "taken%d", number);
	taken = lifecycle_apply_now(slug, "");
	assert_int_equal(server_number(ROWS), 0);
	check_all();
	/* It would begin to fill again. */
	lifecycle_test_warm = 0;
}

static void
end_taking(int number)
{
	(void)number;
	assert_true(lifecycle_runs_until_done(taken.job, "steward"));
	assert_int_equal(lifecycle_digest(taken.community),
		as_if_nothing_had_happened());
}

static void
taking_survives_a_kill_anywhere(void **state)
{
	(void)state;
	kill_at_each(PROVISION_KIND, PROVISION_STEPS, begin_taking, end_taking,
		PROVISION_TABLES + 1);
}

static void
begin_removing(int number)
{
	(void)number;
	fill(2);
	lifecycle_test_warm = 0;
}

static void
end_removing(int number)
{
	(void)number;
	fill(0);
}

static void
removing_survives_a_kill_anywhere(void **state)
{
	(void)state;
	kill_at_each(COOL_KIND, COOL_STEPS, begin_removing, end_removing, 1);
}

static struct uuid
only_one(void)
{
	struct uuid id;
	const char *text = server_text(
		"SELECT community FROM missiond_control.warm_schema");

	assert_int_equal(server_number(ROWS), 1);
	assert_int_equal(uuid_parse_hyphenated(text, strlen(text), &id), 0);
	return id;
}

/* A program that knows more files gives none of the older to a community, and
 * has new ones in their place. */
static void
an_older_one_is_not_taken(void **state)
{
	(void)state;
	static const char *const left[] = {
		/* Ready, and made of files that are no more. */
		"UPDATE missiond_control.warm_schema SET schema_version = 4;"
		"UPDATE missiond_control.schema_migration SET sha256 ="
		" REPEAT('x', 32) WHERE version = 1 AND community IN (SELECT"
		" community FROM missiond_control.warm_schema)",
		/* Being made, and given up because of that. */
		"UPDATE missiond_control.warm_schema SET schema_version = 0,"
		" state = 'making';"
		"UPDATE missiond_control.schema_migration SET sha256 ="
		" REPEAT('x', 32) WHERE version = 1 AND community IN (SELECT"
		" community FROM missiond_control.warm_schema)",
	};

	for (size_t i = 0; i < COUNT_OF(left); i++) {
		char slug[20];
		struct uuid id, old;

		fill(1);
		old = only_one();
		lifecycle_turn_back(old);
		server_sql(left[i]);
		snprintf(slug, sizeof(slug), "newer%zu", i);
		id = lifecycle_apply_now(slug, "").community;
		assert_false(uuid_equal(id, old));
		assert_int_equal(server_number(ROWS), 1);
		fill(1);
		assert_false(uuid_equal(only_one(), old));
		snprintf(slug, sizeof(slug), "newest%zu", i);
		id = lifecycle_apply_now(slug, "").community;
		assert_int_equal(server_number(ROWS), 0);
		assert_int_equal(
			lifecycle_number(
				id, "SELECT COUNT(*) FROM {s}.member_root"),
			0);
		assert_true(lifecycle_runs_until_done(
			lifecycle_last_job(slug), "steward"));
		check_all();
	}
}

/* Its job is still there: taken up where it was, whatever made a part of it. */
static void
an_older_one_being_made_is_finished(void **state)
{
	(void)state;
	struct uuid id;

	fill(0);
	lifecycle_test_warm = 1;
	lifecycle_run_until_killed("warm:3:after");
	id = only_one();
	lifecycle_turn_back(id);
	fill(1);
	assert_true(uuid_equal(only_one(), id));
	id = lifecycle_apply_now("finished", "").community;
	assert_true(lifecycle_runs_until_done(
		lifecycle_last_job("finished"), "steward"));
	assert_int_equal(lifecycle_digest(id), as_if_nothing_had_happened());
	check_all();
}

/* What was begun before goes on after it. */
static void
a_community_comes_first(void **state)
{
	(void)state;
	struct control_applied applied;

	fill(0);
	lifecycle_test_warm = 1;
	lifecycle_run_until_killed("warm:1:before");
	applied = lifecycle_apply_now("urgent", "");
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	fill(1);
	assert_int_equal(server_number("SELECT MAX(finished_at) ="
				       " (SELECT finished_at FROM"
				       " missiond_control.job WHERE kind ="
				       " 'warm' ORDER BY created_at DESC LIMIT"
				       " 1) FROM missiond_control.job"),
		1);
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_community_takes_one),
		cmocka_unit_test(what_it_begins_with_is_open),
		cmocka_unit_test(two_take_two),
		cmocka_unit_test(filling_survives_a_kill_anywhere),
		cmocka_unit_test(taking_survives_a_kill_anywhere),
		cmocka_unit_test(removing_survives_a_kill_anywhere),
		cmocka_unit_test(an_older_one_is_not_taken),
		cmocka_unit_test(an_older_one_being_made_is_finished),
		cmocka_unit_test(a_community_comes_first),
	};

	if (count == 3)
		return lifecycle_be_steward(arguments);
	return cmocka_run_group_tests(
		tests, lifecycle_set_up, lifecycle_tear_down);
}

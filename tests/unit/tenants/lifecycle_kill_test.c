/*
 * The steward killed before and after every step of provisioning, and started
 * again: the community is the same as one that nothing happened to. The killed
 * steward is this program again; only here the steps are built with their fault
 * points (fault.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../db/server.h"
#include "lifecycle_fixture.h"
#include "lifecycle_killed.h"
#include "tenants/lifecycle/discard.h"
#include "tenants/lifecycle/provision.h"
#include "tenants/lifecycle/rotate.h"
#include "tenants/lifecycle/update.h"

/* The account has four rights; the link in the mail is the one whose digest is
 * stored. */
static void
check(struct uuid id)
{
	assert_int_equal(lifecycle_number(id,
				 "SELECT COUNT(*) FROM"
				 " information_schema.schema_privileges WHERE"
				 " table_schema = '{s}' AND grantee ="
				 " '\\'{s}\\'@\\'%\\''"),
		4);
	assert_int_equal(
		lifecycle_number(id,
			"SELECT COUNT(*) FROM {s}.link_token JOIN {s}.outbox ON"
			" link_token.digest = UNHEX(SHA2(REGEXP_SUBSTR(body,"
			" '(?<=/claim/)[A-Za-z0-9_-]{43}'), 256))"),
		1);
}

static int64_t
run_with_kill(const char *slug, const char *where)
{
	struct control_applied applied = lifecycle_apply_now(slug, "");

	if (where != NULL)
		lifecycle_run_until_killed(where);
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	check(applied.community);
	return lifecycle_digest(applied.community);
}

static void
provisioning_survives_a_kill_anywhere(void **state)
{
	(void)state;
	const int64_t whole = run_with_kill("whole", NULL);

	assert_true(whole > 0);
	for (int step = 1; step <= PROVISION_STEPS; step++)
		for (int after = 0; after < 2; after++) {
			char slug[40], where[40];

			snprintf(slug, sizeof(slug), "step%d%c", step,
				after ? 'a' : 'b');
			snprintf(where, sizeof(where), "%s:%d:%s",
				PROVISION_KIND, step,
				after ? "after" : "before");
			assert_int_equal(run_with_kill(slug, where), whole);
		}
}

/* By another machine's steward, when the claim has run out. */
static void
another_steward_takes_over(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("orphan", "");

	lifecycle_run_until_killed("provision:3:after");
	server_sql("UPDATE missiond_control.job SET claimed_until ="
		   " UTC_TIMESTAMP(6) + INTERVAL 1 SECOND"
		   " WHERE state = 'running'");
	assert_true(lifecycle_runs_until_done(applied.job, "another"));
	assert_int_equal(lifecycle_digest(applied.community),
		run_with_kill("untroubled", NULL));
}

static void
an_update_survives_a_kill_anywhere(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("changing", "");
	const struct uuid id = applied.community;

	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	for (int i = 0; i < 2 * UPDATE_STEPS; i++) {
		char where[40], file[100], sql[200];

		snprintf(where, sizeof(where), "%s:%d:%s", UPDATE_KIND,
			i / 2 + 1, i % 2 ? "after" : "before");
		snprintf(file, sizeof(file), "theme: {colour: \"#00000%d\"}\n",
			i + 1);
		applied = lifecycle_apply_now("changing", file);
		lifecycle_run_until_killed(where);
		assert_true(lifecycle_runs_until_done(applied.job, "steward"));
		snprintf(sql, sizeof(sql),
			"SELECT COUNT(*) FROM {s}.settings WHERE colour ="
			" '#00000%d'",
			i + 1);
		assert_int_equal(lifecycle_number(id, sql), 1);
		assert_int_equal(
			lifecycle_number(id, "SELECT COUNT(*) FROM {s}.outbox"),
			1);
	}
}

/* What the registry says lets the community in, whatever happened. */
static void
a_rotation_survives_a_kill_anywhere(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("rotating", "");
	const struct uuid id = applied.community;

	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	for (int i = 0; i < 2 * ROTATE_STEPS; i++) {
		struct uuid job = lifecycle_rotate_now("rotating");
		char where[40];

		snprintf(where, sizeof(where), "%s:%d:%s", ROTATE_KIND,
			i / 2 + 1, i % 2 ? "after" : "before");
		lifecycle_run_until_killed(where);
		assert_true(lifecycle_runs_until_done(job, "steward"));
		assert_int_equal(lifecycle_number(id,
					 "SELECT generation FROM"
					 " missiond_control.community WHERE"
					 " CONCAT('community', `key`) = '{s}'"),
			i + 2);
		assert_true(lifecycle_lets_in(id, i + 2));
		assert_false(lifecycle_lets_in(id, i + 1));
		assert_int_equal(lifecycle_number(id,
					 "SELECT COUNT(*) FROM"
					 " missiond_control.host_audit"
					 " WHERE action ="
					 " 'community.credentials-rotated'"),
			i + 1);
	}
}

/* Schema, account and every row are gone. */
static void
a_removal_survives_a_kill_anywhere(void **state)
{
	(void)state;
	for (int i = 0; i < 2 * DISCARD_STEPS; i++) {
		struct control_applied applied =
			lifecycle_apply_now("selftest-x", "");
		const struct uuid id = applied.community;
		struct uuid job;
		char where[40];

		assert_true(lifecycle_runs_until_done(applied.job, "steward"));
		job = lifecycle_discard_now("selftest-x");
		snprintf(where, sizeof(where), "%s:%d:%s", DISCARD_KIND,
			i / 2 + 1, i % 2 ? "after" : "before");
		lifecycle_run_until_killed(where);
		assert_true(lifecycle_runs_until_done(job, "steward"));
		assert_int_equal(lifecycle_number(id,
					 "SELECT (SELECT COUNT(*) FROM"
					 " missiond_control.community WHERE"
					 " slug = 'selftest-x') + (SELECT"
					 " COUNT(*) FROM"
					 " missiond_control.community_domain"
					 " WHERE domain ="
					 " 'selftest-x.example') + (SELECT"
					 " COUNT(*) FROM"
					 " information_schema.schemata WHERE"
					 " schema_name = '{s}') + (SELECT"
					 " COUNT(*) FROM mysql.global_priv"
					 " WHERE user = '{s}')"),
			0);
	}
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(provisioning_survives_a_kill_anywhere),
		cmocka_unit_test(another_steward_takes_over),
		cmocka_unit_test(an_update_survives_a_kill_anywhere),
		cmocka_unit_test(a_rotation_survives_a_kill_anywhere),
		cmocka_unit_test(a_removal_survives_a_kill_anywhere),
	};

	if (count == 3)
		return lifecycle_be_steward(arguments);
	return cmocka_run_group_tests(
		tests, lifecycle_set_up, lifecycle_tear_down);
}

/* A community from its file to the founder's mail, and changed files after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/script.h"
#include "lifecycle_fixture.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/job.h"

#define COUNT(table_and_condition)                                             \
	"SELECT COUNT(*) FROM {s}." table_and_condition

/* What a provisioned community has, however it came about. */
static void
check_provisioned(struct uuid id)
{
	assert_int_equal(lifecycle_number(id, COUNT("settings")), 1);
	assert_int_equal(lifecycle_number(id, COUNT("legal_text")), 4);
	assert_int_equal(
		lifecycle_number(id, COUNT("link_token WHERE purpose = 'claim'"
					   " AND used_at IS NULL AND expires_at"
					   " > UTC_TIMESTAMP(6)")),
		1);
	assert_int_equal(lifecycle_number(id, COUNT("link_token")), 1);
	assert_int_equal(lifecycle_number(id, COUNT("outbox")), 1);
	assert_int_equal(
		lifecycle_number(id,
			"SELECT COUNT(*) FROM missiond_control.community WHERE"
			" CONCAT('community', `key`) = '{s}' AND state ="
			" 'active' AND schema_version = 5"),
		1);
}

static void
a_file_becomes_a_community(void **state)
{
	(void)state;
	struct control_applied applied =
		lifecycle_apply_now("first", "time_zone: Asia/Kathmandu\n");

	assert_true(applied.created);
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	check_provisioned(applied.community);
	assert_int_equal(
		lifecycle_number(applied.community,
			COUNT("outbox WHERE language = 'fr' AND recipient ="
			      " 'helene@example.org' AND body LIKE"
			      " '%http://first.example:8080/claim/%' AND"
			      " body LIKE '%Ville de Toulouse%' AND"
			      " body LIKE '% (Asia/Kathmandu)%'")),
		1);
	assert_int_equal(
		lifecycle_number(applied.community,
			COUNT("settings WHERE name = 'Le cercle' AND"
			      " description = 'Before' AND changed_by IS"
			      " NULL")),
		1);
	assert_int_equal(server_number("SELECT mail_epoch FROM"
				       " missiond_control.community_state"),
		1);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM missiond_control.host_audit"
			      " WHERE action = 'community.created' AND"
			      " operator = 'tester'"),
		1);
	/* Nothing of the text that was drawn is in the control schema. */
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.job WHERE payload IS"
				       " NOT NULL"),
		0);
}

static void
the_same_file_changes_nothing(void **state)
{
	(void)state;
	struct control_applied applied =
		lifecycle_apply_now("first", "time_zone: Asia/Kathmandu\n");

	assert_false(applied.created);
	assert_true(uuid_is_none(applied.job));
}

static void
a_changed_file_is_followed(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("second", "");
	const struct uuid id = applied.community;

	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	/* The founder describes the community in other words. */
	lifecycle_sql(
		id, "UPDATE {s}.settings SET description = 'My own words'");
	applied = lifecycle_apply_now("second",
		"theme: {colour: \"#123456\"}\n"
		"terms:\n  version: '2'\n  texts:\n"
		"  - {language: fr, title: Conditions, body: Neuves}\n"
		"  - {language: en, title: Terms, body: New}\n");
	assert_false(applied.created);
	assert_true(uuid_equal(applied.community, id));
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	assert_int_equal(
		lifecycle_number(id, COUNT("settings WHERE colour = '#123456'"
					   " AND description = 'My own"
					   " words'")),
		1);
	/* The old texts stay: somebody may have accepted them. */
	assert_int_equal(lifecycle_number(id, COUNT("legal_text")), 6);
	assert_int_equal(
		lifecycle_number(id, COUNT("legal_text WHERE version = '2' AND"
					   " sha256 = UNHEX(SHA2(body, 256))")),
		2);
	/* No second mail. */
	assert_int_equal(lifecycle_number(id, COUNT("outbox")), 1);
	/* What the founder may not change follows the file in any case. */
	applied = lifecycle_apply_now(
		"second", "founder_may_change: {description: false}\n");
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	assert_int_equal(
		lifecycle_number(
			id, COUNT("settings WHERE description = 'Before'")),
		1);
}

struct refused {
	struct db_pool *pool;
	const char *slug, *more;
	int outcome;
	struct error refusal;
};

static void
apply_refused(void *argument)
{
	struct refused *refused = argument;
	struct arena *arena = arena_new();
	struct control_applied applied;
	const char *yaml = arena_printf(arena,
		"slug: %s\nname: N\n%sfounder: {name: A, email: a@example.org}"
		"\n",
		refused->slug, refused->more);

	refused->outcome = lifecycle_apply(
		db_scope_open(refused->pool, arena, &lifecycle_steward), arena,
		yaml, &applied, &refused->refusal);
	arena_free(arena);
	db_pool_free(refused->pool);
}

static void
a_domain_belongs_to_one_community(void **state)
{
	(void)state;
	struct refused refused = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.slug = "thief",
		.more = "domains: [thief.example, first.example]\n",
	};

	in_task(apply_refused, &refused);
	assert_int_equal(refused.outcome, 1);
	assert_string_equal(refused.refusal.text,
		"the domain first.example belongs to the community \"first\"");
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.community WHERE slug"
				       " = 'thief'"),
		0);
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.community_domain"
				       " WHERE domain = 'thief.example'"),
		0);
}

struct asked {
	struct db_pool *pool;
	const char *slug;
	bool mail;
	int outcome;
	char link[200];
	struct error refusal;
};

static void
ask_for_link(void *argument)
{
	struct asked *asked = argument;
	struct arena *arena = arena_new();
	struct lifecycle_settings settings =
		lifecycle_test_settings(server_loop, asked->pool, "one");
	const struct claim_order order = {asked->slug, "tester", asked->mail};
	const char *link = "";

	asked->outcome = claim_link(&settings,
		db_scope_open(asked->pool, arena, &lifecycle_steward), arena,
		&order, &link, &asked->refusal);
	snprintf(asked->link, sizeof(asked->link), "%s", link);
	arena_free(arena);
	db_pool_free(asked->pool);
}

static struct asked
ask(const char *slug, bool mail)
{
	struct asked asked = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.slug = slug,
		.mail = mail,
	};

	in_task(ask_for_link, &asked);
	return asked;
}

static void
a_new_link_ends_the_old_one(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("third", "");
	const struct uuid id = applied.community;
	struct asked asked = ask("third", false);
	char sql[400];

	assert_int_equal(asked.outcome, 1);
	assert_non_null(strstr(asked.refusal.text, "pending"));
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	asked = ask("third", true);
	assert_int_equal(asked.outcome, 0);
	snprintf(sql, sizeof(sql),
		COUNT("link_token WHERE expires_at > UTC_TIMESTAMP(6) AND"
		      " digest = UNHEX(SHA2('%s', 256))"),
		strrchr(asked.link, '/') + 1);
	assert_int_equal(
		strncmp(asked.link, "http://third.example:8080/claim/", 32), 0);
	assert_int_equal(lifecycle_number(id, COUNT("link_token")), 2);
	assert_int_equal(
		lifecycle_number(id, COUNT("link_token WHERE expires_at >"
					   " UTC_TIMESTAMP(6)")),
		1);
	assert_int_equal(lifecycle_number(id, sql), 1);
	assert_int_equal(lifecycle_number(id, COUNT("outbox")), 2);
	lifecycle_sql(id,
		"INSERT INTO {s}.member_root VALUES (@root := UUID());"
		"INSERT INTO {s}.member (id, username, email, name,"
		" state, founder, joined_at, given_at) VALUES"
		" (@root, 'f', 'f@example.org', 'F', 'active', 1,"
		" NOW(), NOW())");
	asked = ask("third", false);
	assert_int_equal(asked.outcome, 1);
	assert_non_null(strstr(asked.refusal.text, "has a founder"));
	assert_int_equal(ask("nobody", false).outcome, 1);
}

static int64_t
version_of(const char *slug)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT schema_version FROM missiond_control.community WHERE"
		" slug = '%s'",
		slug);
	return server_number(sql);
}

/* As after the installation of a program that brings another file. */
static void
what_is_behind_is_brought_up(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("late", "");
	const struct uuid id = applied.community;

	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	lifecycle_turn_back(id);
	lifecycle_sql(id,
		"INSERT INTO {s}.member (id, username, email, name, state,"
		" joined_at, given_at) VALUES (UUID(), 'm', 'm@example.org',"
		" 'M', 'active', NOW(), NOW());"
		"UPDATE missiond_control.community SET schema_version = 4"
		" WHERE slug = 'late'");
	/* Any job: the steward queues the update when it starts. */
	applied = lifecycle_apply_now("early", "");
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.job WHERE"
				       " requested_by = 'steward'"),
		1);
	assert_true(
		lifecycle_runs_until_done(lifecycle_last_job("late"), "one"));
	assert_int_equal(
		lifecycle_number(id, COUNT("member JOIN {s}.member_root"
					   " USING (id)")),
		1);
	assert_int_equal(version_of("late"), 5);
}

/* What nobody can tell what it is stays as it is. */
static void
what_was_made_of_other_files_is_left_alone(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("changed", "");
	const struct uuid id = applied.community;

	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	lifecycle_turn_back(id);
	server_sql("UPDATE missiond_control.schema_migration JOIN"
		   " missiond_control.community ON community.id ="
		   " schema_migration.community SET schema_version = 4,"
		   " sha256 = REPEAT('x', 32) WHERE slug = 'changed' AND"
		   " version = 3");
	assert_true(lifecycle_runs_until(
		"SELECT COUNT(*) FROM missiond_control.job JOIN"
		" missiond_control.community ON community.id = job.community"
		" WHERE slug = 'changed' AND job.state = 'waiting' AND error ="
		" 'tables: 0003-listings.sql: this file was applied with"
		" another content (as 0003-listings.sql); what was applied must"
		" not be changed: restore it and put the change into a new"
		" file'",
		1, "one"));
	assert_int_equal(version_of("changed"), 4);
	assert_int_equal(
		lifecycle_number(id, "SELECT COUNT(*) FROM"
				     " information_schema.tables WHERE"
				     " table_schema = '{s}' AND table_name ="
				     " 'member_root'"),
		0);
	server_sql("UPDATE missiond_control.job SET state = 'done' WHERE state"
		   " = 'waiting';"
		   "UPDATE missiond_control.community SET schema_version = 5"
		   " WHERE slug = 'changed'");
}

/* A program that knew fewer files made the tables and was ended before the last
 * step: the version that is noted then is that of the tables. */
static void
who_takes_over_looks_at_the_tables_again(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("older", "");
	const struct uuid id = applied.community;

	/* With a ledger, or ended before that was written. */
	for (int i = 0; i < 2; i++) {
		assert_true(lifecycle_runs_until_done(applied.job, "one"));
		lifecycle_turn_back(id);
		server_sql(
			"UPDATE missiond_control.job JOIN"
			" missiond_control.community ON community.id ="
			" job.community SET job.state = 'waiting', job.step ="
			" 5, job.finished_at = NULL, community.state ="
			" 'pending', community.schema_version = 4 WHERE slug"
			" = 'older'");
		if (i > 0)
			server_sql("DELETE FROM"
				   " missiond_control.schema_migration WHERE"
				   " community = (SELECT id FROM"
				   " missiond_control.community WHERE slug ="
				   " 'older')");
		assert_true(lifecycle_runs_until_done(applied.job, "one"));
		assert_int_equal(
			lifecycle_number(id,
				"SELECT COUNT(*) FROM information_schema"
				".referential_constraints WHERE"
				" constraint_schema = '{s}' AND"
				" referenced_table_name = 'member_root'"),
			9);
		assert_int_equal(version_of("older"), 5);
	}
}

/* Queued, and claimed by one that died, when the clock was three hours ahead.
 */
static void
a_clock_that_goes_back_holds_no_job(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("ahead", "");

	server_sql("UPDATE missiond_control.job SET due_at = due_at + INTERVAL"
		   " 3 HOUR WHERE state = 'waiting'");
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
	applied = lifecycle_apply_now("claimed", "");
	server_sql("UPDATE missiond_control.job SET state = 'running',"
		   " claimed_by = 'another', claimed_until = due_at + INTERVAL"
		   " 3 HOUR WHERE state = 'waiting'");
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
}

struct losing {
	struct db_pool *pool;
	struct uuid job;
};

static void
lose_a_claim(void *argument)
{
	struct losing *losing = argument;
	struct arena *arena = arena_new();
	struct db *db = db_scope_open(losing->pool, arena, &lifecycle_steward);
	const int64_t lease = CLOCK_MINUTE;
	struct job lost, held;

	assert_int_equal(
		job_claim(db, arena, "one", lease, true, true, &lost), 1);
	assert_true(uuid_equal(lost.id, losing->job));
	server_sql("UPDATE missiond_control.job SET claimed_until = NULL"
		   " WHERE claimed_by = 'one'");
	assert_int_equal(
		job_claim(db, arena, "two", lease, true, true, &held), 1);
	assert_true(uuid_equal(held.id, losing->job));
	lost.step = 1;
	assert_int_equal(job_advance(db, &lost, "another", lease), 0);
	assert_int_equal(job_finish(db, &lost, NULL), 0);
	assert_int_equal(job_finish(db, &lost, "why"), 0);
	assert_int_equal(job_retry(db, &lost, lease, "why"), 0);
	assert_int_equal(job_release(db, &lost), 0);
	assert_int_equal(server_number("SELECT COUNT(*) FROM"
				       " missiond_control.job WHERE claimed_by"
				       " = 'two' AND state = 'running' AND"
				       " claimed_until IS NOT NULL AND step ="
				       " 0 AND error IS NULL AND attempts = 2"),
		1);
	/* Who holds it writes. */
	assert_int_equal(job_advance(db, &held, "its own", lease), 1);
	assert_int_equal(job_release(db, &held), 1);
	arena_free(arena);
}

static void
who_lost_a_claim_writes_nothing(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("lost", "");
	struct losing losing = {.job = applied.job};

	losing.pool = db_pool_new(server_loop, &server_address, &server_limits);
	in_task(lose_a_claim, &losing);
	db_pool_free(losing.pool);
	assert_true(lifecycle_runs_until_done(applied.job, "steward"));
}

static struct control_applied
apply_as(const char *holder, int64_t lease, const char *slug)
{
	struct control_applied applied;

	lifecycle_test_holder = holder;
	lifecycle_test_lease = lease;
	applied = lifecycle_apply_now(slug, "");
	lifecycle_test_holder = NULL;
	return applied;
}

/* Who was killed before it began goes on when started again; another when the
 * claim has run out, and not before. */
static void
who_queues_a_job_may_have_it(void **state)
{
	(void)state;
	struct control_applied applied = apply_as("one", CLOCK_MINUTE, "mine");

	assert_string_equal(applied.claimed.kind, "provision");
	assert_true(uuid_equal(applied.claimed.id, applied.job));
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM missiond_control.job WHERE"
			      " claimed_by = 'one' AND state = 'running' AND"
			      " claimed_until > UTC_TIMESTAMP(6) + INTERVAL 30"
			      " SECOND AND fence = 1 AND attempts = 1"),
		1);
	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	check_provisioned(applied.community);

	applied = apply_as("one", 3 * CLOCK_SECOND, "theirs");
	assert_true(lifecycle_runs_until_done(applied.job, "two"));
	check_provisioned(applied.community);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM missiond_control.job WHERE"
			      " claimed_by = 'two' AND attempts = 2 AND"
			      " finished_at >= created_at + INTERVAL 3 SECOND"),
		1);
	/* What is changed waits for its turn. */
	lifecycle_test_holder = "one";
	applied = lifecycle_apply_now("mine", "time_zone: Asia/Kathmandu\n");
	lifecycle_test_holder = NULL;
	assert_null(applied.claimed.kind);
	assert_true(lifecycle_runs_until_done(applied.job, "two"));
}

struct beginning {
	struct lifecycle *lifecycle;
	struct db_pool *pool;
	struct control_applied applied;
	bool done;
};

/* What who waited was told is what stands there. */
static void
check_told(struct db *db, struct arena *arena, const struct job_state *job)
{
	struct job_state stored;

	assert_int_equal(job_read(db, arena, job->id, &stored), 1);
	assert_string_equal(job->state, "done");
	assert_string_equal(stored.state, "done");
	assert_string_equal(job->kind, stored.kind);
	assert_string_equal(job->slug, stored.slug);
	assert_string_equal(job->requested_by, stored.requested_by);
	assert_true(uuid_equal(job->community, stored.community));
	assert_int_equal(job->step, job->steps);
	assert_int_equal(job->step, stored.step);
	assert_int_equal(job->attempts, stored.attempts);
	assert_true(job->finished_at.microseconds ==
		    stored.finished_at.microseconds);
}

static void
begin_one(void *argument)
{
	const struct control_applied nothing = {.created = false};
	struct beginning *beginning = argument;
	struct lifecycle *lifecycle = beginning->lifecycle;
	struct arena *arena = arena_new();
	struct db *db =
		db_scope_open(beginning->pool, arena, &lifecycle_steward);
	struct error refusal = {{0}};
	struct job_state job = {.state = ""};
	int64_t until = clock_monotonic() + CLOCK_MINUTE;

	/* Not before what it had is free. */
	assert_false(lifecycle_reserve(lifecycle));
	while (!lifecycle_reserve(lifecycle) && clock_monotonic() < until)
		task_sleep(clock_monotonic() + CLOCK_SECOND / 50);
	assert_false(lifecycle_reserve(lifecycle));
	lifecycle_begin(lifecycle, &nothing);
	assert_true(lifecycle_reserve(lifecycle));
	lifecycle_test_holder =
		lifecycle_holder(lifecycle, &lifecycle_test_lease);
	assert_int_equal(
		lifecycle_apply(db, arena, lifecycle_yaml(arena, "at-once", ""),
			&beginning->applied, &refusal),
		0);
	lifecycle_test_holder = NULL;
	lifecycle_begin(lifecycle, &beginning->applied);
	job.id = beginning->applied.job;
	while (!beginning->done && clock_monotonic() < until) {
		uint64_t before = job_moves();

		job_wait(db, arena, until, before, &job);
		beginning->done = job_is_over(&job);
	}
	check_told(db, arena, &job);
	lifecycle_spare(lifecycle, true);
	assert_false(lifecycle_reserve(lifecycle));
	arena_free(arena);
	lifecycle_stop(lifecycle);
	assert_false(lifecycle_reserve(lifecycle));
}

/* Without a look for jobs. */
static void
a_job_begins_at_once(void **state)
{
	(void)state;
	struct beginning beginning = {.pool = db_pool_new(server_loop,
					      &server_address, &server_limits)};
	struct lifecycle_settings settings =
		lifecycle_test_settings(server_loop, beginning.pool, "one");
	struct error error = {{0}};

	settings.side_by_side = 1;
	settings.poll = 10 * CLOCK_MINUTE;
	beginning.lifecycle = lifecycle_start(&settings, &error);
	assert_string_equal(error.text, "");
	in_task(begin_one, &beginning);
	assert_true(beginning.done);
	check_provisioned(beginning.applied.community);
	lifecycle_free(beginning.lifecycle);
	db_pool_free(beginning.pool);
}

struct twins {
	struct lifecycle *lifecycles[2];
	struct db_pool *pool;
	struct uuid job;
	bool done;
};

static void
watch_twins(void *argument)
{
	struct twins *twins = argument;
	int64_t until = clock_monotonic() + 2 * CLOCK_MINUTE;
	struct arena *arena = arena_new();
	struct db *db = db_scope_open(twins->pool, arena, &lifecycle_steward);
	struct job_state state = {0};
	struct error error;

	while (!twins->done && clock_monotonic() < until) {
		lifecycle_wake(twins->lifecycles[0]);
		lifecycle_wake(twins->lifecycles[1]);
		db_script(db,
			"UPDATE job SET claimed_until = NULL WHERE fence < 6",
			NULL, &error);
		task_sleep(clock_monotonic() + CLOCK_SECOND / 500);
		twins->done = job_read(db, arena, twins->job, &state) == 1 &&
			      strcmp(state.state, "done") == 0;
	}
	arena_free(arena);
	lifecycle_stop(twins->lifecycles[0]);
	lifecycle_stop(twins->lifecycles[1]);
}

/* Their claims are ended again and again, so that each takes the job away from
 * the other while that is at work. */
static void
two_stewards_do_one_job(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("twins", "");
	const struct db_pool_limits limits = {
		.connections = 20,
		.per_account = 16,
		.connecting = 4,
		.wait = 30 * CLOCK_SECOND,
		.idle = CLOCK_MINUTE,
	};
	struct twins twins = {.job = applied.job};
	struct error error = {{0}};

	twins.pool = db_pool_new(server_loop, &server_address, &limits);
	for (int i = 0; i < 2; i++) {
		struct lifecycle_settings settings = lifecycle_test_settings(
			server_loop, twins.pool, i == 0 ? "one" : "two");

		settings.side_by_side = 1;
		settings.poll = 1000;
		twins.lifecycles[i] = lifecycle_start(&settings, &error);
		assert_string_equal(error.text, "");
	}
	in_task(watch_twins, &twins);
	assert_true(twins.done);
	check_provisioned(applied.community);
	for (int i = 0; i < 2; i++)
		lifecycle_free(twins.lifecycles[i]);
	db_pool_free(twins.pool);
	/* They did come in each other's way. */
	assert_true(server_number("SELECT MAX(fence) FROM"
				  " missiond_control.job") > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_becomes_a_community),
		cmocka_unit_test(the_same_file_changes_nothing),
		cmocka_unit_test(a_changed_file_is_followed),
		cmocka_unit_test(a_domain_belongs_to_one_community),
		cmocka_unit_test(a_new_link_ends_the_old_one),
		cmocka_unit_test(what_is_behind_is_brought_up),
		cmocka_unit_test(what_was_made_of_other_files_is_left_alone),
		cmocka_unit_test(who_takes_over_looks_at_the_tables_again),
		cmocka_unit_test(a_clock_that_goes_back_holds_no_job),
		cmocka_unit_test(who_lost_a_claim_writes_nothing),
		cmocka_unit_test(who_queues_a_job_may_have_it),
		cmocka_unit_test(a_job_begins_at_once),
		cmocka_unit_test(two_stewards_do_one_job),
	};

	return cmocka_run_group_tests(
		tests, lifecycle_set_up, lifecycle_tear_down);
}

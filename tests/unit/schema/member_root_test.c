/* A community of version 4 gets member_root with all that it has: at once,
 * killed before each statement, with a twin, and while an older program serves
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/uuid.h"
#include "migrate_fixture.h"

/* Statements of 0005-member-root.sql, and two of them that move rows. */
#define STATEMENTS 14
#define FILL	   2
#define FIRST_KEY  3
#define LAST	   STATEMENTS

/* As programs of that version write them, @m being the member's id. */
#define MEMBER(id, name)                                                       \
	"SET @m = '" id "';"                                                   \
	"INSERT INTO member (id, username, email, name, state, joined_at,"     \
	" given_at) VALUES (@m, '" name "', '" name "@example.org', '" name    \
	"', 'active', NOW(), NOW());"
#define WITH_ALL(id, name)                                                      \
	MEMBER(id, name)                                                        \
	"INSERT INTO member_password VALUES (@m, 'phc', NOW());"                \
	"INSERT INTO member_detail VALUES (@m, 'phone', '1', 'self', NOW(),"    \
	" NULL);"                                                               \
	"INSERT INTO session VALUES (UUID(), RANDOM_BYTES(32), @m, NOW(),"      \
	" NOW(), NOW(), '', '');"                                               \
	"INSERT INTO api_token VALUES (UUID(), RANDOM_BYTES(32), @m, 'n',"      \
	" NOW(), NULL, NOW());"                                                 \
	"INSERT INTO link_token VALUES (UUID(), RANDOM_BYTES(32), 'reset', @m," \
	" NULL, NOW(), NOW(), NULL);"                                           \
	"INSERT INTO terms_acceptance VALUES (@m, '1', RANDOM_BYTES(32), 'en'," \
	" NOW(), '');"                                                          \
	"INSERT INTO appointment VALUES (@m, 'members', NULL, NOW());"          \
	"INSERT INTO listing (id, author, kind, category, title, body,"         \
	" excerpt, state, posted_at, changed_at) VALUES (UUID(), @m, 'offer',"  \
	" 'other', 'T', 'B', 'B', 'open', NOW(), NOW());"

#define ANN "01900000-0000-7000-8000-00000000000a"
#define BEN "01900000-0000-7000-8000-00000000000b"
#define EVE "01900000-0000-7000-8000-00000000000e"

/* Rows that hang on a member, and the member's own. */
#define HANGING(id)                                                            \
	"SELECT (SELECT COUNT(*) FROM target.member WHERE id = '" id "')"      \
	" + (SELECT COUNT(*) FROM target.member_password WHERE member = '" id  \
	"')"                                                                   \
	" + (SELECT COUNT(*) FROM target.member_detail WHERE member = '" id    \
	"')"                                                                   \
	" + (SELECT COUNT(*) FROM target.session WHERE member = '" id "')"     \
	" + (SELECT COUNT(*) FROM target.api_token WHERE member = '" id "')"   \
	" + (SELECT COUNT(*) FROM target.link_token WHERE member = '" id "')"  \
	" + (SELECT COUNT(*) FROM target.terms_acceptance WHERE member = '" id \
	"')"                                                                   \
	" + (SELECT COUNT(*) FROM target.appointment WHERE member = '" id "')" \
	" + (SELECT COUNT(*) FROM target.listing WHERE author = '" id "')"
#define ALL 9

/* A schema of version 4 in which two members have something of everything. */
static struct run
version_4(void)
{
	struct run run = migrate_run(uuid_new(), migrate_folder("tenant"));

	migrate_new_target();
	run.by_numbers = true;
	run.up_to = 4;
	migrate_do(&run);
	assert_string_equal(run.error.text, "");
	server_sql("USE target;" WITH_ALL(ANN, "ann") WITH_ALL(BEN,
		"ben") "INSERT INTO known_place VALUES (RANDOM_BYTES(32),"
		       " NOW());"
		       "INSERT INTO attempt VALUES (1, 0, NOW());"
		       "INSERT INTO link_token VALUES (UUID(),"
		       " RANDOM_BYTES(32), 'claim', NULL, NULL, NOW(), NOW(),"
		       " NULL)");
	run = migrate_run(run.community, run.folder);
	return run;
}

/* Whether all that refers to members refers to their roots, once. */
static void
check_keys(void)
{
	assert_string_equal(
		server_text("SELECT GROUP_CONCAT(constraint_name ORDER BY"
			    " constraint_name) FROM information_schema"
			    ".referential_constraints WHERE constraint_schema"
			    " = 'target' AND referenced_table_name ="
			    " 'member_root' AND delete_rule = 'CASCADE'"),
		"api_token_root,appointment_root,link_token_root,listing_root,"
		"member_detail_root,member_password_root,member_root,"
		"session_root,terms_acceptance_root");
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema"
			      ".referential_constraints WHERE constraint_schema"
			      " = 'target'"),
		9);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema"
			      ".columns WHERE table_schema = 'target' AND"
			      " table_name = 'known_place'"),
		3);
}

/* All rows are there; and with a root all that is the member's goes. */
static void
check(const struct run *run)
{
	ok(run_it(run->community, run->folder), 0);
	check_keys();
	assert_int_equal(
		server_number(
			"SELECT COUNT(*) FROM target.member_root JOIN target.member"
			" USING (id)"),
		2);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM target.member_root"), 2);
	assert_int_equal(server_number(HANGING(ANN)), ALL);
	assert_int_equal(server_number(HANGING(BEN)), ALL);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM target.attempt"), 1);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM target.link_token"), 3);
	server_sql("DELETE FROM target.member_root WHERE id = '" ANN "'");
	assert_int_equal(server_number(HANGING(ANN)), 0);
	assert_int_equal(server_number(HANGING(BEN)), ALL);
}

static void
all_rows_are_kept(void **state)
{
	(void)state;
	struct run run = version_4();

	migrate_do(&run);
	ok(run, STATEMENTS);
	check(&run);
}

static void
killed_before(int statement, int64_t record_after)
{
	struct run run = version_4();

	run.kill_before = statement;
	run.record_after = record_after;
	migrate_kill(&run);
	run.kill_before = 0;
	migrate_do(&run);
	assert_string_equal(run.error.text, "");
	check(&run);
}

static void
killed_before_each_statement(void **state)
{
	(void)state;

	for (int i = 1; i <= STATEMENTS; i++)
		killed_before(i, 1);
	/* Nothing of it is recorded: all runs again. */
	killed_before(FIRST_KEY + 1, 0);
	killed_before(LAST, 0);
}

static int stops_at;

/* Stands still before a statement until a twin has done it all, and the
 * community has a member more that today's program wrote. */
static void
let_the_twin_pass(struct run *run)
{
	struct run twin = migrate_run(run->community, run->folder);

	if (run->statements != stops_at)
		return;
	migrate_do_in_task(&twin);
	assert_string_equal(twin.error.text, "");
	server_sql("USE target; INSERT INTO member_root VALUES ('" EVE
		   "');" WITH_ALL(EVE, "eve"));
}

static void
with_a_twin_that_is_ahead(void **state)
{
	(void)state;

	for (stops_at = 1; stops_at <= STATEMENTS; stops_at++) {
		struct run run = version_4();

		run.before = let_the_twin_pass;
		migrate_do(&run);
		ok(run, STATEMENTS);
		assert_int_equal(server_number(HANGING(EVE)), ALL);
		server_sql(
			"DELETE FROM target.member_root WHERE id = '" EVE "'");
		assert_int_equal(server_number(HANGING(EVE)), 0);
		check(&run);
	}
}

static void
with_a_twin_at_the_same_time(void **state)
{
	(void)state;

	for (int i = 0; i < 5; i++) {
		struct run run = version_4();
		int child = migrate_begin(&run);

		migrate_do(&run);
		assert_string_equal(run.error.text, "");
		assert_int_equal(migrate_wait(child), 0);
		check(&run);
	}
}

static const char *meanwhile;

static void
do_meanwhile(struct run *run)
{
	if (run->statements == stops_at)
		server_sql(meanwhile);
}

static struct run
with(const char *sql, int before)
{
	struct run run = version_4();

	meanwhile = sql;
	stops_at = before;
	run.before = do_meanwhile;
	migrate_do(&run);
	return run;
}

static void
an_older_program_adds_a_member(void **state)
{
	(void)state;
	/* After the fill: it, and the key, once more. */
	struct run run = with("USE target;" WITH_ALL(EVE, "eve"), FIRST_KEY);

	ok(run, STATEMENTS + 2);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM target.member_root"), 3);
	server_sql("DELETE FROM target.member_root WHERE id = '" EVE "'");
	assert_int_equal(server_number(HANGING(EVE)), 0);
	check(&run);
}

/* Before, amidst and after what moves the keys. */
static void
an_older_program_removes_a_member(void **state)
{
	(void)state;

	for (int i = FILL; i <= LAST; i++) {
		struct run run = with(
			"DELETE FROM target.member WHERE id = '" BEN "'", i);

		ok(run, STATEMENTS);
		check_keys();
		assert_int_equal(
			server_number(
				"SELECT COUNT(*) FROM target.member_root"),
			1);
		assert_int_equal(server_number(HANGING(BEN)), 0);
		assert_int_equal(server_number(HANGING(ANN)), ALL);
	}
}

/* Who is late removes no root whose member is being written. */
static void
who_joins_meanwhile_stays(void **state)
{
	(void)state;
	struct run run = version_4();
	int child;

	migrate_do(&run);
	ok(run, STATEMENTS);
	server_sql("DELETE FROM missiond_control.schema_migration WHERE"
		   " version = 5");
	server_hold("USE target; INSERT INTO member_root VALUES ('" EVE
		    "');" WITH_ALL(EVE, "eve"));
	child = migrate_begin(&run);
	assert_true(server_wait_for_waiter());
	server_let_go();
	assert_int_equal(migrate_wait(child), 0);
	assert_int_equal(server_number(HANGING(EVE)), ALL);
}

static int
set_up(void **state)
{
	(void)state;
	migrate_fixture_start();
	migrate_do(&(struct run){
		.address = &server_address,
		.loop = server_loop,
		.folder = migrate_folder("control"),
	});
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows_are_kept),
		cmocka_unit_test(killed_before_each_statement),
		cmocka_unit_test(with_a_twin_that_is_ahead),
		cmocka_unit_test(with_a_twin_at_the_same_time),
		cmocka_unit_test(an_older_program_adds_a_member),
		cmocka_unit_test(an_older_program_removes_a_member),
		cmocka_unit_test(who_joins_meanwhile_stays),
	};

	if (count == MIGRATE_ARGUMENTS)
		return migrate_be_other(arguments);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

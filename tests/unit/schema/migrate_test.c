/* Numbered SQL on a real server: once, twice, after a kill, changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/uuid.h"
#include "migrate_fixture.h"

static char folder[64];

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

static void
kill_before(struct uuid community, const char *files, int statement,
	int64_t record_after)
{
	struct run run = migrate_run(community, files);

	run.kill_before = statement;
	run.record_after = record_after;
	migrate_kill(&run);
}

static void
control_makes_its_own_ledger(void **state)
{
	(void)state;
	struct run run;

	/* Killed before there is a ledger, and after. */
	kill_before(UUID_NONE, migrate_folder("control"), 2, 0);
	kill_before(UUID_NONE, migrate_folder("control"), 6, 0);
	run = run_it(UUID_NONE, migrate_folder("control"));
	assert_string_equal(run.error.text, "");
	assert_int_equal(run.result, 0);
	assert_true(run.statements > 0);
	/* Again: nothing. */
	ok(run_it(UUID_NONE, migrate_folder("control")), 0);
	assert_int_equal(
		server_number(
			"SELECT COUNT(*) FROM missiond_control.schema_migration"
			" WHERE finished_at IS NOT NULL"),
		4);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.views"
			      " WHERE table_schema = 'missiond_registry'"),
		3);
}

/* Rows that a run writes into it. */
static int64_t
writes_of_the_ledger(struct uuid id)
{
	server_sql("USE missiond_control;"
		   "CREATE OR REPLACE TABLE writes (version INT);"
		   "CREATE TRIGGER write_new AFTER INSERT ON schema_migration"
		   " FOR EACH ROW INSERT INTO writes VALUES (NEW.version);"
		   "CREATE TRIGGER write_more AFTER UPDATE ON schema_migration"
		   " FOR EACH ROW INSERT INTO writes VALUES (NEW.version)");
	ok(run_it(id, folder), 4);
	server_sql("USE missiond_control; DROP TRIGGER write_new;"
		   " DROP TRIGGER write_more");
	return server_number("SELECT COUNT(*) FROM missiond_control.writes");
}

#define THREE                                                                  \
	"CREATE TABLE IF NOT EXISTS one (id INT PRIMARY KEY);\n"               \
	"-- a comment; with a semicolon\n"                                     \
	"CREATE TABLE IF NOT EXISTS two (id INT PRIMARY KEY);\n"               \
	"DELIMITER //\n"                                                       \
	"CREATE OR REPLACE TRIGGER two_no BEFORE DELETE ON two FOR EACH ROW\n" \
	"BEGIN\n"                                                              \
	"	SIGNAL SQLSTATE '45000';\n"                                          \
	"END//\n"                                                              \
	"DELIMITER ;\n"

static void
what_is_missing_is_applied(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	write_file("0001-first.sql", THREE);
	ok(run_it(id, folder), 3);
	ok(run_it(id, folder), 0);
	write_file("0002-second.sql", "ALTER TABLE one ADD COLUMN IF NOT EXISTS"
				      " name VARCHAR(9);\n");
	ok(run_it(id, folder), 1);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.columns"
			      " WHERE table_schema = 'target'"),
		3);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.triggers"
			      " WHERE trigger_schema = 'target'"),
		1);
}

static void
a_killed_migration_goes_on(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	migrate_new_target();
	kill_before(id, folder, 3, 1);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.tables"
			      " WHERE table_schema = 'target'"),
		2);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.triggers"
			      " WHERE trigger_schema = 'target'"),
		0);
	/* The trigger of the first file, then the second file. */
	ok(run_it(id, folder), 2);
	ok(run_it(id, folder), 0);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.triggers"
			      " WHERE trigger_schema = 'target'"),
		1);
}

/* Done in less than a second: one write at the end, and none of what a kill
 * cut short. */
static void
what_is_quick_is_recorded_once(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	migrate_new_target();
	kill_before(id, folder, 4, 0);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.triggers"
			      " WHERE trigger_schema = 'target'"),
		1);
	ok(run_it(id, folder), 4);
	ok(run_it(id, folder), 0);
	id = uuid_new();
	assert_int_equal(writes_of_the_ledger(id), 2);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM"
			      " missiond_control.schema_migration WHERE"
			      " statements_done IN (1, 3) AND started_at <="
			      " finished_at GROUP BY community HAVING COUNT(*)"
			      " = 2 ORDER BY community DESC LIMIT 1"),
		2);
}

static void
an_applied_file_never_changes(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	ok(run_it(id, folder), 4);
	write_file("0001-first.sql", THREE "CREATE TABLE three (id INT);\n");
	refused(run_it(id, folder),
		"0001-first.sql: this file was applied with another content");
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.tables"
			      " WHERE table_schema = 'target' AND table_name ="
			      " 'three'"),
		0);
	write_file("0001-first.sql", THREE);
	ok(run_it(id, folder), 0);
	/* But one that never got anywhere may be mended. */
	write_file("0003-third.sql", "CREATE TABEL three (id INT);\n");
	refused(run_it(id, folder), "0003-third.sql:1: You have an error");
	write_file("0003-third.sql",
		"CREATE TABLE IF NOT EXISTS three (id INT);\n");
	ok(run_it(id, folder), 1);
}

static void
an_older_program_keeps_away(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	ok(run_it(id, folder), 5);
	server_sql("UPDATE missiond_control.schema_migration SET version = 9"
		   " WHERE version = 3");
	refused(run_it(id, folder), "has version 9, this program knows");
}

static void
bad_folders_are_refused(void **state)
{
	(void)state;
	refused(run_it(uuid_new(), "/nonexistent"), "/nonexistent: No such");
	write_file("0005-gap.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder), "expected a name that begins with"
					    " 0004-");
	remove_file("0005-gap.sql");
	write_file("baseline.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder), "begins with 0004-");
	remove_file("baseline.sql");
	write_file("baseline-0002-two.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder),
		"/baseline-0002-two.sql: expected a name like"
		" baseline-0001.sql");
	remove_file("baseline-0002-two.sql");
	write_file("baseline-0004.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder),
		"/baseline-0004.sql: the numbered files end with 0003");
	write_file("baseline-0002.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder),
		"/baseline-0004.sql: there is a baseline already:"
		" baseline-0002.sql");
	remove_file("baseline-0002.sql");
	remove_file("baseline-0004.sql");
}

/* What the ledger says of a community, as "1 0001-first.sql, …". */
static void
recorded(struct uuid id, const char *expected)
{
	char hyphenated[UUID_HYPHENATED_SIZE], sql[512];

	uuid_format_hyphenated(id, hyphenated);
	snprintf(sql, sizeof(sql),
		"SELECT GROUP_CONCAT(CONCAT(version, ' ', file,"
		" IF(finished_at IS NULL, ' unfinished', '')) ORDER BY"
		" version SEPARATOR ', ') FROM"
		" missiond_control.schema_migration WHERE community = '%s'",
		hyphenated);
	assert_string_equal(server_text(sql), expected);
}

#define BASELINE                                                               \
	"CREATE TABLE one (id INT PRIMARY KEY, name VARCHAR(9));\n"            \
	"CREATE TABLE two (id INT PRIMARY KEY);\n"                             \
	"DELIMITER //\n"                                                       \
	"CREATE OR REPLACE TRIGGER two_no BEFORE DELETE ON two FOR EACH ROW\n" \
	"SIGNAL SQLSTATE '45000'//\n"                                          \
	"DELIMITER ;\n"

static void
a_new_schema_begins_with_the_baseline(void **state)
{
	(void)state;
	struct uuid old = uuid_new(), id = uuid_new();

	migrate_new_target();
	ok(run_it(old, folder), 5);
	write_file("baseline-0002.sql", BASELINE);
	/* Who has the files before goes on with these. */
	ok(run_it(old, folder), 0);
	recorded(old, "1 0001-first.sql, 2 0002-second.sql, 3 0003-third.sql");
	migrate_new_target();
	ok(run_it(id, folder), 4);
	recorded(id, "2 baseline-0002.sql, 3 0003-third.sql");
	ok(run_it(id, folder), 0);
	assert_int_equal(
		server_number("SELECT COUNT(*) FROM information_schema.columns"
			      " WHERE table_schema = 'target'"),
		4);
	write_file("0004-fourth.sql",
		"CREATE TABLE IF NOT EXISTS four (id INT);\n");
	ok(run_it(id, folder), 1);
	ok(run_it(old, folder), 1);
	/* Another content is refused as of any file. */
	write_file("baseline-0002.sql", BASELINE "-- More.\n");
	refused(run_it(id, folder),
		"baseline-0002.sql: this file was applied with another content"
		" (as baseline-0002.sql)");
	ok(run_it(old, folder), 0);
	/* A later one takes its place. */
	remove_file("baseline-0002.sql");
	write_file("baseline-0003.sql", BASELINE);
	write_file("0005-fifth.sql",
		"CREATE TABLE IF NOT EXISTS five (id INT);\n");
	ok(run_it(id, folder), 1);
	recorded(id, "2 baseline-0002.sql, 3 0003-third.sql, 4 0004-fourth.sql,"
		     " 5 0005-fifth.sql");
	ok(run_it(id, folder), 0);
	remove_file("baseline-0003.sql");
	ok(run_it(id, folder), 0);
	remove_file("0004-fourth.sql");
	remove_file("0005-fifth.sql");
}

/* Nobody knows in which form it is there. */
static void
what_is_there_already_goes_by_the_numbers(void **state)
{
	(void)state;
	struct uuid id;

	write_file("baseline-0002.sql", BASELINE);
	for (int statement = 2; statement <= 3; statement++) {
		migrate_new_target();
		id = uuid_new();
		kill_before(id, folder, statement, 1);
		/* One more than by the numbers: the one that finds it. */
		ok(run_it(id, folder), 6);
		recorded(id, "1 0001-first.sql, 2 0002-second.sql,"
			     " 3 0003-third.sql");
	}
	migrate_new_target();
	server_sql("CREATE TABLE target.two (id INT PRIMARY KEY)");
	id = uuid_new();
	ok(run_it(id, folder), 7);
	ok(run_it(id, folder), 0);
	/* A later file's table is another matter. */
	migrate_new_target();
	write_file("0004-fourth.sql", "CREATE TABLE one (id INT);\n");
	id = uuid_new();
	refused(run_it(id, folder), "0004-fourth.sql:1: Table 'one' already");
	recorded(id, "2 baseline-0002.sql, 3 0003-third.sql");
	remove_file("0004-fourth.sql");
	remove_file("baseline-0002.sql");
}

#define FILLED                                                                 \
	"CREATE TABLE IF NOT EXISTS root (id INT PRIMARY KEY);\n"              \
	"-- Words; UPDATE\n\n"                                                 \
	"INSERT IGNORE INTO root\nSELECT id FROM one;\n"                       \
	"ALTER TABLE one ADD CONSTRAINT one_root FOREIGN KEY IF NOT EXISTS"    \
	" (id) REFERENCES root (id);\n"                                        \
	"update root SET id = id;\n"                                           \
	"DELETE\nFROM root WHERE id > 100;\n"

static int adds_at, adds_times;

/* Somebody comes between what fills and what asks for it. */
static void
add_at(struct run *run)
{
	if (run->statements < adds_at || adds_times == 0)
		return;
	adds_times--;
	adds_at += 2;
	server_sql("INSERT INTO target.one SELECT 1 + COALESCE(MAX(id), 0),"
		   " 'x' FROM target.one");
}

static struct run
fill(struct uuid id, int times)
{
	struct run run = migrate_run(id, folder);

	adds_at = 3;
	adds_times = times;
	run.before = add_at;
	migrate_do(&run);
	return run;
}

static void
rows_are_moved_by_their_own_account(void **state)
{
	(void)state;
	struct uuid id = uuid_new();
	struct run run;

	migrate_new_target();
	ok(run_it(id, folder), 5);
	server_sql("INSERT INTO target.one VALUES (1, 'a')");
	write_file("0004-rows.sql", FILLED);
	run = migrate_run(id, folder);
	run.without_rows = true;
	migrate_do(&run);
	refused(run, "0004-rows.sql:2: no account is there that may move rows");
	/* Only what begins so: the other account may not. */
	write_file("0004-rows.sql", "CREATE TABLE IF NOT EXISTS root"
				    " (id INT PRIMARY KEY);\n"
				    "REPLACE INTO root SELECT id FROM one;\n");
	refused(run_it(uuid_new(), folder), "0004-rows.sql:2: INSERT, DELETE"
					    " command denied to user 'ddl'");
	write_file("0004-rows.sql", FILLED);
	/* The four that follow the first, which is recorded. */
	ok(run_it(id, folder), 4);
	ok(run_it(id, folder), 0);
	assert_int_equal(server_number("SELECT COUNT(*) FROM target.root"), 1);
}

/* Whatever of it was done before; what makes tables is not done twice. */
static void
rows_are_moved_at_each_attempt(void **state)
{
	(void)state;
	struct uuid id = uuid_new();

	write_file("0004-rows.sql", FILLED);
	migrate_new_target();
	kill_before(id, folder, 8, 1);
	server_sql("INSERT INTO target.one VALUES (1, 'a')");
	/* The first of five is done: the fill again, and all that follow. */
	ok(run_it(id, folder), 4);
	migrate_new_target();
	id = uuid_new();
	kill_before(id, folder, 10, 1);
	/* The INSERT and the UPDATE again, the table and the key not. */
	ok(run_it(id, folder), 3);
	ok(run_it(id, folder), 0);
}

static void
a_row_that_comes_between_is_found(void **state)
{
	(void)state;
	struct uuid id = uuid_new();
	struct run run;

	remove_file("0004-rows.sql");
	migrate_new_target();
	ok(run_it(id, folder), 5);
	write_file("0004-rows.sql", FILLED);
	/* Twice: fill and key, fill and key, then these and the rest. */
	ok(fill(id, 2), 5 + 2 + 2);
	assert_int_equal(server_number("SELECT COUNT(*) FROM target.root"), 2);
	/* Again and again: given up, and tried later. */
	remove_file("0004-rows.sql");
	migrate_new_target();
	id = uuid_new();
	ok(run_it(id, folder), 5);
	write_file("0004-rows.sql", FILLED);
	run = fill(id, 100);
	refused(run, "0004-rows.sql:6: Cannot add or update a child row");
	recorded(id, "1 0001-first.sql, 2 0002-second.sql, 3 0003-third.sql,"
		     " 4 0004-rows.sql unfinished");
	ok(run_it(id, folder), 4);
}

/* A community's account is cut off where a page would take too long; its rows
 * may be many. */
static void
rows_may_take_longer_than_pages(void **state)
{
	(void)state;
	struct uuid id = uuid_new();
	struct run run;

	migrate_new_target();
	remove_file("0004-rows.sql");
	ok(run_it(id, folder), 5);
	write_file("0004-rows.sql", "INSERT INTO one SELECT 1, SLEEP(0.5);\n"
				    "UPDATE one SET name = SLEEP(0.5);\n"
				    "DELETE FROM one WHERE SLEEP(0.5) = 0;\n");
	server_sql("ALTER USER writer@localhost WITH MAX_STATEMENT_TIME 0.1");
	run = run_it(id, folder);
	server_sql("ALTER USER writer@localhost WITH MAX_STATEMENT_TIME 0");
	ok(run, 3);
	remove_file("0004-rows.sql");
}

static int
set_up(void **state)
{
	(void)state;
	migrate_fixture_start();
	snprintf(folder, sizeof(folder), "/tmp/missiond-migrate-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	char command[128];

	server_stop();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int
main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_makes_its_own_ledger),
		cmocka_unit_test(what_is_missing_is_applied),
		cmocka_unit_test(a_killed_migration_goes_on),
		cmocka_unit_test(what_is_quick_is_recorded_once),
		cmocka_unit_test(an_applied_file_never_changes),
		cmocka_unit_test(an_older_program_keeps_away),
		cmocka_unit_test(bad_folders_are_refused),
		cmocka_unit_test(a_new_schema_begins_with_the_baseline),
		cmocka_unit_test(what_is_there_already_goes_by_the_numbers),
		cmocka_unit_test(rows_are_moved_by_their_own_account),
		cmocka_unit_test(rows_are_moved_at_each_attempt),
		cmocka_unit_test(a_row_that_comes_between_is_found),
		cmocka_unit_test(rows_may_take_longer_than_pages),
	};

	if (count == MIGRATE_ARGUMENTS)
		return migrate_be_other(arguments);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

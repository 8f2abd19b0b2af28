/* Numbered SQL on a real server: once, twice, after a kill, changed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "schema/migrate.h"

/* The ledger stands in one schema, what is migrated in another. */
static void
root_password(const void *owner, char password[128])
{
	(void)owner;
	password[0] = '\0';
}

static const struct db_account ledger_account = {
	.user = "root",
	.schema = "missiond_control",
	.password = root_password,
	.log_name = "ledger",
};
static const struct db_account target_account = {
	.user = "root",
	.schema = "target",
	.password = root_password,
	.log_name = "target",
};

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

static const char *
control_folder(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/../schema/control",
		getenv("MISSIOND_TEMPLATES"));
	return path;
}

struct run {
	const struct db_address *address;
	struct loop *loop;
	struct uuid community;
	const char *folder;
	int kill_before; /* the statement, from 1; 0: none */
	int64_t record_after;
	int statements;
	int result;
	struct error error;
};

static int
count_or_die(void *argument)
{
	struct run *run = argument;

	if (++run->statements == run->kill_before)
		raise(SIGKILL);
	return 0;
}

static void
run_in_task(void *argument)
{
	struct run *run = argument;
	struct db_pool *pool =
		db_pool_new(run->loop, run->address, &server_limits);
	struct arena *arena = arena_new();
	struct migrations migrations;
	struct migrate orders = {
		.migrations = &migrations,
		.community = run->community,
		.proceed = count_or_die,
		.argument = run,
		.record_after = run->record_after,
	};

	orders.ledger = db_scope_open(pool, arena, &ledger_account);
	orders.target = uuid_is_none(run->community)
				? orders.ledger
				: db_scope_open(pool, arena, &target_account);
	run->result =
		migrations_read(arena, run->folder, &migrations, &run->error);
	if (run->result == 0)
		run->result = migrate(&orders, arena, &run->error);
	arena_free(arena);
	db_pool_free(pool);
}

static struct run
run_it(struct uuid community, const char *files)
{
	struct run run = {
		.address = &server_address,
		.loop = server_loop,
		.community = community,
		.folder = files,
	};

	in_task(run_in_task, &run);
	return run;
}

/* The child of a test that is killed. */
static int
be_killed(const char *socket_path, const char *id, const char *files,
	const char *statement, const char *record_after)
{
	const struct db_address address = {.socket = socket_path};
	struct run run = {
		.address = &address,
		.loop = loop_new(),
		.folder = files,
		.kill_before = atoi(statement),
		.record_after = atoi(record_after),
	};

	if (uuid_parse(id, &run.community) != 0)
		return 1;
	task_start(run.loop, "test", 0, run_in_task, &run);
	loop_stop(run.loop);
	loop_run(run.loop);
	return 2;
}

static void
kill_before(struct uuid community, const char *files, const char *statement,
	const char *record_after)
{
	char id[UUID_TEXT_SIZE], program[512] = "";
	pid_t child;
	int status;

	/* Under Valgrind the link itself leads elsewhere. */
	assert_true(
		readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		uuid_format(community, id);
		execl(program, "migrate", server_address.socket, id, files,
			statement, record_after, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
ok(struct run run, int statements)
{
	assert_string_equal(run.error.text, "");
	assert_int_equal(run.result, 0);
	assert_int_equal(run.statements, statements);
}

static void
refused(struct run run, const char *words)
{
	assert_int_equal(run.result, -1);
	if (strstr(run.error.text, words) == NULL)
		fail_msg("%s: %s", words, run.error.text);
}

static void
control_makes_its_own_ledger(void **state)
{
	(void)state;
	struct run run;

	server_sql("CREATE DATABASE missiond_registry");
	/* Killed before there is a ledger, and after. */
	kill_before(UUID_NONE, control_folder(), "2", "0");
	kill_before(UUID_NONE, control_folder(), "6", "0");
	run = run_it(UUID_NONE, control_folder());
	assert_string_equal(run.error.text, "");
	assert_int_equal(run.result, 0);
	assert_true(run.statements > 0);
	/* Again: nothing. */
	ok(run_it(UUID_NONE, control_folder()), 0);
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

	server_sql("DROP DATABASE target; CREATE DATABASE target");
	kill_before(id, folder, "3", "1");
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

	server_sql("DROP DATABASE target; CREATE DATABASE target");
	kill_before(id, folder, "4", "0");
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
	char path[128];

	refused(run_it(uuid_new(), "/nonexistent"), "/nonexistent: No such");
	write_file("0005-gap.sql", "SELECT 1;\n");
	refused(run_it(uuid_new(), folder), "expected a name that begins with"
					    " 0004-");
	snprintf(path, sizeof(path), "%s/0005-gap.sql", folder);
	unlink(path);
}

static int
set_up(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE DATABASE missiond_control; CREATE DATABASE target");
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
	};

	if (count == 6)
		return be_killed(arguments[1], arguments[2], arguments[3],
			arguments[4], arguments[5]);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

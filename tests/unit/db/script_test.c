#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"
#include "db/db.h"
#include "db/script.h"
#include "server.h"

static char seen[2048];

/* Writes "line:statement|" for each. */
static int
note(const char *statement, size_t length, size_t line, void *argument)
{
	size_t used = strlen(seen);
	const size_t *stop_at = argument;

	snprintf(seen + used, sizeof(seen) - used, "%zu:%.*s|", line,
		(int)length, statement);
	return stop_at != NULL && line >= *stop_at ? 5 : 0;
}

static void
assert_statements(const char *script, const char *expected)
{
	seen[0] = '\0';
	assert_int_equal(db_script_each(script, note, NULL), 0);
	assert_string_equal(seen, expected);
}

static void
statements_end_with_a_line(void **state)
{
	(void)state;
	assert_statements("", "");
	assert_statements("SELECT 1;", "1:SELECT 1|");
	assert_statements(
		"SELECT 1;\n\nSELECT\n  2;  \n", "1:SELECT 1|3:SELECT\n  2|");
	assert_statements("INSERT INTO a VALUES ('x;y');\nSELECT 2;\n",
		"1:INSERT INTO a VALUES ('x;y')|2:SELECT 2|");
	assert_statements("SELECT 1", "1:SELECT 1|");
}

static void
comments_stay_with_their_statement(void **state)
{
	(void)state;
	assert_statements("-- What it is;\nSELECT 1;\n-- the end;\n",
		"1:-- What it is;\nSELECT 1|");
	assert_statements("SELECT 1 -- no end here;\n, 2;\n",
		"1:SELECT 1 -- no end here|2:, 2|");
}

static void
bodies_have_another_delimiter(void **state)
{
	(void)state;
	assert_statements("DELIMITER //\nCREATE PROCEDURE p()\nBEGIN\n"
			  "  SELECT 1;\nEND //\nDELIMITER ;\nSELECT 2;\n",
		"2:CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND |"
		"7:SELECT 2|");
}

static void
stops_when_told(void **state)
{
	size_t stop_at = 2;

	(void)state;
	seen[0] = '\0';
	assert_int_equal(db_script_each("A;\nB;\nC;\n", note, &stop_at), 5);
	assert_string_equal(seen, "1:A|2:B|");
}

static struct db_pool *pool;
static struct arena *arena;

static void
script_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	unsigned number = 99;
	struct error error = {""};

	(void)argument;
	assert_int_equal(
		db_script(db, "INSERT INTO entry VALUES (1)", &number, &error),
		0);
	assert_int_equal(number, 0);
	/* Results are allowed, and forgotten. */
	assert_int_equal(db_script(db, "SELECT * FROM entry", NULL, NULL), 0);
	assert_int_equal(db_script(db, "CALL answers()", NULL, NULL), 0);
	assert_int_equal(
		db_script(db, "CREATE TABLE other (id INT)", &number, &error),
		-1);
	assert_int_equal(number, 1142);
	assert_non_null(strstr(error.text, "CREATE command denied"));
	assert_non_null(strstr(error.text, "1142"));
	assert_int_equal(db_failure(db), DB_FAILURE_REFUSED);
	/* One text is one statement. */
	assert_int_equal(
		db_script(db, "SELECT 1; SELECT 2", &number, &error), -1);
	assert_int_equal(number, 1064);
	assert_int_equal(db_script(db, "SELECT 1", &number, &error), 0);
}

static void
runs_on_a_server(void **state)
{
	(void)state;
	server_start();
	server_sql("USE communitya; CREATE TABLE entry (id INT PRIMARY KEY);"
		   "CREATE PROCEDURE answers() BEGIN SELECT 1; SELECT 2; END;"
		   "GRANT EXECUTE ON communitya.* TO communitya@localhost");
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	arena = arena_new();
	in_task(script_task, NULL);
	arena_free(arena);
	db_pool_free(pool);
	server_stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_end_with_a_line),
		cmocka_unit_test(comments_stay_with_their_statement),
		cmocka_unit_test(bodies_have_another_delimiter),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(runs_on_a_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

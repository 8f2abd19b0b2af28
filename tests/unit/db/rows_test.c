/* Typed rows: everything that goes in comes out as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "loop/loop.h"
#include "server.h"

struct place {
	const char *town;
	int64_t number;
};
static const struct field place_fields[] = {
	FIELD_TEXT(struct place, town),
	FIELD_INTEGER(struct place, number),
};
static const struct record place_record = RECORD(struct place, place_fields);

struct sample {
	struct uuid id;
	const char *title;
	int64_t count;
	bool open;
	struct timestamp posted;
	struct slice digest;
	struct slice body;
	struct place place;
};
static const struct field sample_fields[] = {
	FIELD_UUID(struct sample, id),
	FIELD_TEXT(struct sample, title),
	FIELD_INTEGER(struct sample, count),
	FIELD_BOOLEAN(struct sample, open),
	FIELD_TIME(struct sample, posted),
	FIELD_BYTES(struct sample, digest),
	FIELD_BYTES(struct sample, body),
	FIELD_RECORD(struct sample, place, struct place, place_record),
};
static const struct record sample_record = RECORD(struct sample, sample_fields);

struct key {
	struct uuid id;
};
static const struct field key_fields[] = {FIELD_UUID(struct key, id)};
static const struct record key_record = RECORD(struct key, key_fields);

struct number {
	int64_t number;
};
static const struct field number_fields[] = {
	FIELD_INTEGER(struct number, number)};
static const struct record number_record = RECORD(struct number, number_fields);

struct truth {
	bool truth;
};
static const struct field truth_fields[] = {FIELD_BOOLEAN(struct truth, truth)};
static const struct record truth_record = RECORD(struct truth, truth_fields);

static const struct db_statement insert = {
	.name = "sample.insert",
	.sql = "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	.parameters = &sample_record,
	.kind = DB_WRITE,
};
static const struct db_statement find = {
	.name = "sample.find",
	.sql = "SELECT * FROM sample WHERE id = ?",
	.parameters = &key_record,
	.row = &sample_record,
	.kind = DB_READ,
};
static const struct db_statement list = {
	.name = "sample.list",
	.sql = "SELECT * FROM sample ORDER BY id",
	.row = &sample_record,
	.kind = DB_READ,
	.limit = 100,
};
static const struct db_statement list_few = {
	.name = "sample.list_few",
	.sql = "SELECT * FROM sample",
	.row = &sample_record,
	.kind = DB_READ,
	.limit = 5,
};
static const struct db_statement clear = {
	.name = "sample.clear",
	.sql = "DELETE FROM sample",
	.kind = DB_WRITE,
};
static const struct db_statement count = {
	.name = "sample.count",
	.sql = "SELECT COUNT(*) AS number FROM sample",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement total = {
	.name = "sample.total",
	.sql = "SELECT SUM(count) AS number FROM sample",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement touch = {
	.name = "sample.touch",
	.sql = "UPDATE sample SET open = 1 WHERE id = ?",
	.parameters = &key_record,
	.kind = DB_WRITE,
};
static const struct db_statement wrong_name = {
	.name = "wrong.name",
	.sql = "SELECT 1 AS other",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement wrong_count = {
	.name = "wrong.count",
	.sql = "SELECT 1 AS number, 2 AS more",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement wrong_parameters = {
	.name = "wrong.parameters",
	.sql = "SELECT 1 AS number",
	.parameters = &key_record,
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement too_large = {
	.name = "wrong.large",
	.sql = "SELECT CAST(18446744073709551615 AS UNSIGNED) AS number",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement null_truth = {
	.name = "wrong.truth",
	.sql = "SELECT NULL AS truth",
	.row = &truth_record,
	.kind = DB_READ,
};
static const struct db_statement syntax = {
	.name = "wrong.syntax",
	.sql = "SELEKT 1",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement elsewhere = {
	.name = "wrong.schema",
	.sql = "SELECT id AS number FROM communityb.secret",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement settings = {
	.name = "session.settings",
	.sql = "SELECT @@tx_isolation = 'READ-COMMITTED'"
	       " AND @@time_zone = '+00:00'"
	       " AND @@character_set_client = 'utf8mb4'"
	       " AND @@character_set_results = 'utf8mb4'"
	       " AND @@collation_connection = 'utf8mb4_uca1400_ai_ci'"
	       " AND @@sql_mode LIKE '%STRICT_ALL_TABLES%' AS truth",
	.row = &truth_record,
	.kind = DB_READ,
};
struct converted {
	const char *number, *price, *date;
	int64_t sum;
	bool flag;
	struct timestamp day;
};
static const struct field converted_fields[] = {
	FIELD_TEXT(struct converted, number),
	FIELD_TEXT(struct converted, price),
	FIELD_TEXT(struct converted, date),
	FIELD_INTEGER(struct converted, sum),
	FIELD_BOOLEAN(struct converted, flag),
	FIELD_TIME(struct converted, day),
};
static const struct record converted_record =
	RECORD(struct converted, converted_fields);
static const struct db_statement convert = {
	.name = "convert",
	.sql = "SELECT -42 AS number, CAST(12.50 AS DECIMAL(6, 2)) AS price,"
	       " CAST('2026-11-23 10:00:00' AS DATETIME) AS date,"
	       " CAST(300 AS DECIMAL(20, 0)) AS sum, 256 AS flag,"
	       " CAST('1970-01-02' AS DATE) AS day",
	.row = &converted_record,
	.kind = DB_READ,
};
static const struct db_statement returning = {
	.name = "sample.returning",
	.sql = "INSERT INTO counted (size) VALUES (?) RETURNING id AS number",
	.parameters = &number_record,
	.row = &number_record,
	.kind = DB_WRITE,
};
static const struct db_statement called = {
	.name = "procedure.called",
	.sql = "CALL twice(?)",
	.parameters = &number_record,
	.row = &number_record,
	.kind = DB_READ,
};

static struct db_pool *pool;
static struct arena *arena;
static struct db *db;

static int
set_up(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE TABLE communitya.sample (id UUID PRIMARY KEY,"
		   " title LONGTEXT, count BIGINT, open TINYINT(1) NOT NULL,"
		   " posted DATETIME(6), digest BINARY(4), body LONGBLOB,"
		   " town VARCHAR(100), number INT)"
		   " CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;"
		   "CREATE TABLE communitya.counted"
		   " (id INT PRIMARY KEY AUTO_INCREMENT, size INT NOT NULL);"
		   "CREATE TABLE communityb.secret (id INT PRIMARY KEY);"
		   "CREATE PROCEDURE communityb.twice(IN given BIGINT)"
		   " SELECT given * 2 AS number");
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	db_pool_free(pool);
	server_stop();
	return 0;
}

static void
empty_the_table(void *argument)
{
	(void)argument;
	assert_true(db_execute(db, &clear, NULL) >= 0);
}

static int
scope_open(void **state)
{
	(void)state;
	arena = arena_new();
	db = db_scope_open(pool, arena, &account_a);
	in_task(empty_the_table, NULL);
	return 0;
}

static int
scope_end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct slice
slice_of(const void *data, size_t length)
{
	return (struct slice){data, length};
}

static void
assert_same(const struct sample *a, const struct sample *b)
{
	assert_true(uuid_equal(a->id, b->id));
	if (a->title == NULL)
		assert_null(b->title);
	else
		assert_string_equal(a->title, b->title);
	assert_true(a->count == b->count);
	assert_true(a->open == b->open);
	assert_true(a->posted.microseconds == b->posted.microseconds);
	assert_true(a->digest.length == b->digest.length);
	assert_true((a->digest.data == NULL) == (b->digest.data == NULL));
	if (a->digest.length > 0)
		assert_memory_equal(
			a->digest.data, b->digest.data, a->digest.length);
	assert_true(a->body.length == b->body.length);
	assert_true((a->body.data == NULL) == (b->body.data == NULL));
	if (a->body.length > 0)
		assert_memory_equal(a->body.data, b->body.data, a->body.length);
	if (a->place.town == NULL)
		assert_null(b->place.town);
	else
		assert_string_equal(a->place.town, b->place.town);
	assert_true(a->place.number == b->place.number);
}

static void
round_trip(const struct sample *sent)
{
	struct key key = {sent->id};
	struct sample got = {.title = "untouched"};

	assert_int_equal(db_execute(db, &insert, sent), 1);
	assert_int_equal(db_row(db, &find, &key, arena, &got), 1);
	assert_same(sent, &got);
}

static void
values_task(void *argument)
{
	static const unsigned char digest[] = {0, 1, 254, 255};
	const struct sample full = {
		.id = uuid_new(),
		.title = "Ünïcödé 🦆 with 'quotes' \\ and\nlines",
		.count = INT64_MAX,
		.open = true,
		.posted = {INT64_C(1795424645123456)},
		.digest = slice_of(digest, 4),
		.body = slice_of("a\0b", 3),
		.place = {"Toulouse", -42},
	};
	const struct sample small = {
		.id = uuid_new(),
		.title = "",
		.count = INT64_MIN + 1,
		.open = false,
		.posted = {-1},
		.digest = slice_of(digest, 4),
		.body = slice_of("", 0),
		.place = {"", 0},
	};
	const struct sample early = {
		.id = uuid_new(),
		.posted = {INT64_C(-62135596800000000)}, /* year 1 */
		.count = 0,
		.place = {NULL, 1},
	};

	(void)argument;
	round_trip(&full);
	round_trip(&small);
	round_trip(&early);
}

static void
values_come_back_as_they_went(void **state)
{
	(void)state;
	in_task(values_task, NULL);
}

static void
none_task(void *argument)
{
	const struct sample none = {
		.id = uuid_new(),
		.count = INTEGER_NONE,
		.posted = TIME_NONE,
		.place = {NULL, INTEGER_NONE},
	};
	struct key nobody = {uuid_new()};
	struct sample got = {.count = 7};

	(void)argument;
	round_trip(&none);
	/* No such row: the result is left alone. */
	assert_int_equal(db_row(db, &find, &nobody, arena, &got), 0);
	assert_int_equal(got.count, 7);
	assert_int_equal(db_failure(db), DB_FAILURE_NONE);
	/* A sum over nothing is NULL. */
	db_execute(db, &clear, NULL);
	assert_int_equal(db_row(db, &total, NULL, arena, &got), 1);
}

static void
nothing_is_null_both_ways(void **state)
{
	(void)state;
	in_task(none_task, NULL);
}

static void
long_task(void *argument)
{
	size_t length = 3000000;
	char *text = malloc(length + 1);
	struct sample sent = {
		.id = uuid_new(),
		.posted = {0},
	};

	(void)argument;
	for (size_t i = 0; i < length; i++)
		text[i] = (char)('a' + i % 26);
	text[length] = '\0';
	sent.title = text;
	sent.body = slice_of(text, length);
	round_trip(&sent);
	free(text);
}

static void
long_texts_are_not_cut(void **state)
{
	(void)state;
	in_task(long_task, NULL);
}

static void
rows_task(void *argument)
{
	struct record_list rows = {NULL, 0};
	const struct sample *samples;
	struct number number = {0};
	struct uuid ids[30];

	(void)argument;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct sample sample = {
			.id = ids[i] = uuid_new(),
			.title = "one of many",
			.count = (int64_t)i,
			.posted = TIME_NONE,
		};
		assert_int_equal(db_execute(db, &insert, &sample), 1);
	}
	assert_int_equal(db_rows(db, &list, NULL, arena, &rows), 30);
	assert_int_equal(rows.count, 30);
	samples = rows.items;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		assert_true(uuid_equal(samples[i].id, ids[i]));
		assert_int_equal(samples[i].count, i);
		assert_string_equal(samples[i].title, "one of many");
	}
	assert_int_equal(db_row(db, &total, NULL, arena, &number), 1);
	assert_int_equal(number.number, 435);
	/* More than a statement promises is a defect, and costs nothing. */
	assert_int_equal(db_rows(db, &list_few, NULL, arena, &rows), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_DEFECT);
	assert_int_equal(db_row(db, &count, NULL, arena, &number), 1);
	assert_int_equal(number.number, 30);
}

static void
lists_are_whole_and_bounded(void **state)
{
	(void)state;
	in_task(rows_task, NULL);
}

static void
affected_task(void *argument)
{
	struct sample sample = {.id = uuid_new(), .posted = TIME_NONE};
	struct key key = {sample.id}, other = {uuid_new()};

	(void)argument;
	assert_int_equal(db_execute(db, &insert, &sample), 1);
	assert_int_equal(db_execute(db, &touch, &key), 1);
	/* Found, though nothing was left to change. */
	assert_int_equal(db_execute(db, &touch, &key), 1);
	assert_int_equal(db_execute(db, &touch, &other), 0);
	assert_int_equal(db_execute(db, &insert, &sample), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_DUPLICATE);
	assert_int_equal(db_execute(db, &clear, NULL), 1);
	assert_int_equal(db_failure(db), DB_FAILURE_NONE);
}

static void
affected_rows_are_the_rows_found(void **state)
{
	(void)state;
	in_task(affected_task, NULL);
}

static void
returning_task(void *argument)
{
	struct number size = {5}, first = {0}, second = {0}, result = {0};
	struct arena *other = arena_new();
	struct db *db_b = db_scope_open(pool, other, &account_b);

	(void)argument;
	assert_int_equal(db_row(db, &returning, &size, arena, &first), 1);
	assert_int_equal(db_row(db, &returning, &size, arena, &second), 1);
	assert_int_equal(second.number, first.number + 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
			db_row(db_b, &called, &size, arena, &result), 1);
		assert_int_equal(result.number, 10);
	}
	assert_int_equal(
		db_row(db_b, &settings, NULL, arena, &(struct truth){false}),
		1);
	arena_free(other);
}

static void
writes_and_procedures_may_answer_with_rows(void **state)
{
	(void)state;
	in_task(returning_task, NULL);
}

static void
settings_task(void *argument)
{
	struct truth truth = {false};
	struct db *db_b = db_scope_open(pool, arena, &account_b);

	(void)argument;
	/* After a log-in, and after each change of account. */
	for (int i = 0; i < 3; i++) {
		truth.truth = false;
		assert_int_equal(db_row(db, &settings, NULL, arena, &truth), 1);
		assert_true(truth.truth);
		truth.truth = false;
		assert_int_equal(
			db_row(db_b, &settings, NULL, arena, &truth), 1);
		assert_true(truth.truth);
	}
}

static void
every_session_has_our_settings(void **state)
{
	(void)state;
	in_task(settings_task, NULL);
}

static void
convert_task(void *argument)
{
	struct converted got = {0};

	(void)argument;
	assert_int_equal(db_row(db, &convert, NULL, arena, &got), 1);
	assert_string_equal(got.number, "-42");
	assert_string_equal(got.price, "12.50");
	assert_string_equal(got.date, "2026-11-23 10:00:00");
	assert_int_equal(got.sum, 300);
	assert_true(got.flag);
	assert_true(got.day.microseconds == CLOCK_DAY);
}

static void
columns_of_other_types_are_converted(void **state)
{
	(void)state;
	in_task(convert_task, NULL);
}

static void
disagreement_task(void *argument)
{
	const struct db_statement *wrong[] = {&wrong_name, &wrong_count,
		&wrong_parameters, &too_large, &null_truth, &syntax};
	struct key key = {uuid_new()};
	struct number number = {-7};

	(void)argument;
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT_OF(wrong); i++) {
			assert_int_equal(
				db_row(db, wrong[i], &key, arena, &number), -1);
			assert_int_equal(db_failure(db), DB_FAILURE_DEFECT);
			assert_int_equal(number.number, -7);
		}
	assert_int_equal(db_row(db, &elsewhere, NULL, arena, &number), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_REFUSED);
	/* The connection is as good as before. */
	assert_int_equal(db_row(db, &count, NULL, arena, &number), 1);
}

static void
disagreements_are_defects_and_harmless(void **state)
{
	(void)state;
	in_task(disagreement_task, NULL);
}

static void
queries_task(void *argument)
{
	struct sample sample = {
		.id = uuid_new(), .title = "found", .posted = TIME_NONE};
	struct key key = {sample.id}, nobody = {uuid_new()};
	struct db_query queries[] = {
		{.statement = &count},
		{.statement = &find, .parameters = &key},
		{.statement = &find, .parameters = &nobody},
		{.statement = &find, .parameters = &key},
		{.statement = &list},
	};
	struct db_query broken[] = {
		{.statement = &count},
		{.statement = &syntax},
		{.statement = &count},
	};
	struct db_query changes[] = {
		{.statement = &touch, .parameters = &nobody},
		{.statement = &touch, .parameters = &key},
		{.statement = &find, .parameters = &key},
	};
	struct db_query large[] = {
		{.statement = &insert, .parameters = &sample},
		{.statement = &count},
	};
	char *text = malloc(200001);

	(void)argument;
	memset(text, 'x', 200000);
	text[200000] = '\0';
	assert_int_equal(db_execute(db, &insert, &sample), 1);
	for (int i = 0; i < 3; i++) {
		const struct sample *got;

		assert_int_equal(
			db_queries(db, queries, COUNT_OF(queries), arena), 0);
		assert_int_equal(queries[0].rows.count, 1);
		assert_int_equal(
			((const struct number *)queries[0].rows.items)->number,
			1);
		assert_int_equal(queries[2].rows.count, 0);
		assert_int_equal(queries[3].rows.count, 1);
		got = queries[3].rows.items;
		assert_string_equal(got->title, "found");
		assert_int_equal(queries[4].rows.count, 1);
		/* One that fails leaves the connection in order. */
		assert_int_equal(
			db_queries(db, broken, COUNT_OF(broken), arena), -1);
		assert_int_equal(db_failure(db), DB_FAILURE_DEFECT);
	}
	assert_int_equal(db_queries(db, changes, COUNT_OF(changes), arena), 0);
	assert_int_equal(changes[0].affected, 0);
	assert_int_equal(changes[1].affected, 1);
	assert_int_equal(changes[2].rows.count, 1);
	/* Too large to be sent together. */
	sample.id = uuid_new();
	sample.title = text;
	assert_int_equal(db_queries(db, large, COUNT_OF(large), arena), 0);
	assert_int_equal(large[0].affected, 1);
	assert_int_equal(
		((const struct number *)large[1].rows.items)->number, 2);
	/* Its result is larger than any socket's buffer. */
	key.id = sample.id;
	assert_int_equal(db_queries(db, queries, COUNT_OF(queries), arena), 0);
	assert_int_equal(
		strlen(((const struct sample *)queries[1].rows.items)->title),
		200000);
	free(text);
}

static void
queries_share_a_round_trip(void **state)
{
	(void)state;
	in_task(queries_task, NULL);
}

#define SCOPE_TEST(function)                                                   \
	cmocka_unit_test_setup_teardown(function, scope_open, scope_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SCOPE_TEST(values_come_back_as_they_went),
		SCOPE_TEST(nothing_is_null_both_ways),
		SCOPE_TEST(long_texts_are_not_cut),
		SCOPE_TEST(lists_are_whole_and_bounded),
		SCOPE_TEST(affected_rows_are_the_rows_found),
		SCOPE_TEST(writes_and_procedures_may_answer_with_rows),
		SCOPE_TEST(every_session_has_our_settings),
		SCOPE_TEST(columns_of_other_types_are_converted),
		SCOPE_TEST(disagreements_are_defects_and_harmless),
		SCOPE_TEST(queries_share_a_round_trip),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

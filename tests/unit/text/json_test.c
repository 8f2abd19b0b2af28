#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "text/json.h"

struct tag {
	const char *name;
};
static const struct field tag_fields[] = {FIELD_TEXT(struct tag, name)};
static const struct record tag_record = RECORD(struct tag, tag_fields);

struct sample {
	const char *title;
	const char *html;
	bool open;
	int64_t count;
	struct timestamp posted;
	struct uuid id;
	struct slice hash;
	struct tag main;
	const struct tag *other;
	struct record_list tags;
	struct record_list words;
};
static const struct field sample_fields[] = {
	FIELD_TEXT(struct sample, title),
	FIELD_HTML(struct sample, html),
	FIELD_BOOLEAN(struct sample, open),
	FIELD_INTEGER(struct sample, count),
	FIELD_TIME(struct sample, posted),
	FIELD_UUID(struct sample, id),
	FIELD_BYTES(struct sample, hash),
	FIELD_RECORD(struct sample, main, struct tag, tag_record),
	FIELD_OPTIONAL(struct sample, other, struct tag, tag_record),
	FIELD_LIST(struct sample, tags, tag_record),
	FIELD_TEXTS(struct sample, words),
};
static const struct record sample_record = RECORD(struct sample, sample_fields);

static const char full[] =
	"{\"title\":\"a\\\"b\\\\\\n\\u0001é\",\"open\":true,\"count\":-7,"
	"\"posted\":\"2026-11-23T10:00:00.000000Z\","
	"\"id\":\"0123456789abcdefghjkmnpqrs\",\"hash\":\"Zm9v\","
	"\"main\":{\"name\":\"m\"},\"other\":{\"name\":\"o\"},"
	"\"tags\":[{\"name\":\"x\"},{\"name\":null}],\"words\":[\"u\",\"v\"]}";
static const char none[] =
	"{\"title\":null,\"open\":false,\"count\":null,\"posted\":null,"
	"\"id\":null,\"hash\":null,\"main\":{\"name\":null},\"other\":null,"
	"\"tags\":[],\"words\":[]}";

/* Reads, writes, and compares with what was read. */
static void
assert_round_trip(const char *json)
{
	struct arena *arena = arena_new();
	struct buffer buffer = BUFFER_EMPTY;
	struct error error = {""};
	struct sample sample;
	struct json_t *tree = json_parse(arena, json, strlen(json), &error);

	if (!tree || json_read_record(arena, tree, &sample_record, true,
			     &sample, &error))
		fail_msg("%s", error.text);
	json_add_record(&buffer, &sample_record, &sample);
	assert_string_equal(buffer_text(&buffer), json);
	buffer_release(&buffer);
	arena_free(arena);
}

static void
records_survive_a_round_trip(void **state)
{
	(void)state;
	assert_round_trip(full);
	assert_round_trip(none);
}

static void
absent_keys_leave_none(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct buffer buffer = BUFFER_EMPTY;
	struct sample sample;

	assert_int_equal(
		json_read_record(arena, json_parse(arena, "{}", 2, NULL),
			&sample_record, true, &sample, NULL),
		0);
	json_add_record(&buffer, &sample_record, &sample);
	assert_string_equal(buffer_text(&buffer), none);
	buffer_release(&buffer);
	arena_free(arena);
}

static void
wrong_values_are_named(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"[]", "expected an object"},
		{"{\"title\":1}", "title: expected a text"},
		{"{\"open\":null}", "open: expected true or false"},
		{"{\"count\":1.5}", "count: expected an integer"},
		{"{\"posted\":\"soon\"}",
			"posted: expected a time as in RFC 3339"},
		{"{\"id\":\"1\"}", "id: expected an id of 26 characters"},
		{"{\"hash\":\"*\"}", "hash: expected bytes in base64"},
		{"{\"main\":3}", "main: expected an object"},
		{"{\"main\":{\"name\":3}}", "main.name: expected a text"},
		{"{\"tags\":[{},{\"name\":[]}]}",
			"tags[1].name: expected a text"},
		{"{\"tags\":[{},2]}", "tags[1]: expected an object"},
		{"{\"words\":[\"a\",2]}", "words[1]: expected a text"},
		{"{\"other\":{\"nome\":\"\"}}", "other.nome: unknown key"},
		{"{\"html\":\"<b>\"}", "html: unknown key"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *arena = arena_new();
		struct error error = {""};
		struct sample sample;
		struct json_t *tree = json_parse(
			arena, cases[i][0], strlen(cases[i][0]), &error);

		assert_non_null(tree);
		assert_int_equal(json_read_record(arena, tree, &sample_record,
					 true, &sample, &error),
			-1);
		assert_string_equal(error.text, cases[i][1]);
		arena_free(arena);
	}
}

static void
unknown_keys_pass_when_not_strict(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct sample sample;

	assert_int_equal(json_read_record(arena,
				 json_parse(arena, "{\"new\":1}", 9, NULL),
				 &sample_record, false, &sample, NULL),
		0);
	arena_free(arena);
}

static void
malformed_documents_are_refused(void **state)
{
	(void)state;
	static const char syntax[] = "a comma, a colon, a quotation mark or a "
				     "bracket is missing, or something stands "
				     "where it cannot.";
	static const struct {
		const char *text;
		int line, column;
		const char *reason;
	} cases[] = {
		{"", 1, 1, "the text ends too early."},
		{"{", 1, 1, "the text ends too early."},
		{"{\"a\": [1,\n2", 2, 1, "the text ends too early."},
		{"{\"a\": \"b", 1, 8, "the text ends too early."},
		{"{}x", 1, 3, "the document has ended, but something follows."},
		{"3", 1, 1, syntax},
		{"{\"a\":1,}", 1, 8, syntax},
		{"{\"a\":1\n \"b\":2}", 2, 4, syntax},
		{"{\"a\" 1}", 1, 6, syntax},
		{"{\"a\":'1'}", 1, 6, syntax},
		{"{\"a\":\"1\n\"}", 1, 7, syntax},
		{"{\"é\":1,\n \"é\":2}", 2, 4, "the same key stands twice."},
		{"{\"a\":\"\\u0000\"}", 1, 13,
			"the character U+0000 cannot stand in a text."},
		{"{\"\\u0000\":1}", 1, 9,
			"the character U+0000 cannot stand in a text."},
		{"{\"a\":\"\xff\"}", 1, 6, "this is not UTF-8."},
		{"{\"a\":99999999999999999999}", 1, 25,
			"the number is too large."},
	};
	struct arena *arena = arena_new();
	struct json_fault fault;
	struct error error;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *text = cases[i].text;

		memset(&fault, 0, sizeof(fault));
		assert_null(
			json_parse_exactly(arena, text, strlen(text), &fault));
		if (fault.line != cases[i].line ||
			fault.column != cases[i].column ||
			strcmp(fault.reason, cases[i].reason) != 0)
			fail_msg("%s: %d:%d %s", text, fault.line, fault.column,
				fault.reason);
	}
	assert_null(json_parse(arena, "{\"a\":1,\n \"a\":2}", 16, &error));
	assert_string_equal(
		error.text, "line 2, column 4: the same key stands twice.");
	arena_free(arena);
}

/* A list of so many values, the last of which has commas of its own. */
static const char *
list_of(size_t count)
{
	static char text[3 * JSON_VALUES_LIMIT];
	char *end = stpcpy(text, "[\n");

	while (--count > 0)
		end = stpcpy(end, "1,");
	stpcpy(end, "\",,[\\\",[\"]");
	return text;
}

static void
crowded_bodies_are_refused(void **state)
{
	struct arena *arena = arena_new();
	struct json_fault fault;
	struct error error;
	const char *text;

	(void)state;
	text = list_of(JSON_VALUES_LIMIT);
	assert_non_null(json_parse_exactly(arena, text, strlen(text), &fault));
	text = list_of(JSON_VALUES_LIMIT + 1);
	assert_null(json_parse_exactly(arena, text, strlen(text), &fault));
	assert_string_equal(fault.reason, "there are too many values.");
	assert_int_equal(fault.line, 2);
	assert_int_equal(fault.column, 2 * JSON_VALUES_LIMIT);
	/* What an operator sends is not a visitor's. */
	assert_non_null(json_parse(arena, text, strlen(text), &error));
	arena_free(arena);
}

static void
deep_documents_are_refused(void **state)
{
	(void)state;
	static const char quoted[] =
		"[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]";
	struct arena *arena = arena_new();
	struct json_fault fault;
	char deep[4096];

	memset(deep, '[', sizeof(deep));
	assert_null(json_parse_exactly(arena, deep, sizeof(deep), &fault));
	assert_string_equal(
		fault.reason, "arrays and objects nest too deeply here.");
	assert_int_equal(fault.line, 1);
	assert_int_equal(fault.column, JSON_DEPTH_LIMIT + 1);
	memcpy(deep, "[\"\xc3\xa9\",\n\"\xc3\xa9\",", 12);
	assert_null(json_parse_exactly(arena, deep, sizeof(deep), &fault));
	assert_int_equal(fault.line, 2);
	assert_int_equal(fault.column, 5 + JSON_DEPTH_LIMIT - 1);
	memset(deep, '[', 32);
	memset(deep + 32, ']', 32);
	assert_non_null(json_parse_exactly(arena, deep, 64, &fault));
	assert_non_null(
		json_parse_exactly(arena, quoted, strlen(quoted), &fault));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_survive_a_round_trip),
		cmocka_unit_test(absent_keys_leave_none),
		cmocka_unit_test(wrong_values_are_named),
		cmocka_unit_test(unknown_keys_pass_when_not_strict),
		cmocka_unit_test(malformed_documents_are_refused),
		cmocka_unit_test(crowded_bodies_are_refused),
		cmocka_unit_test(deep_documents_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/digits.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/parse.h"
#include "base/utf8.h"
#include "base/uuid.h"

static void
count_release(void *object)
{
	(*(int *)object)++;
}

static void
arena_gives_zeroed_aligned_memory(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	int released = 0;

	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *memory = arena_alloc(arena, size);

		assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
	arena_on_free(arena, count_release, &released);
	arena_clear(arena);
	assert_int_equal(released, 1);
	assert_int_equal(*(char *)arena_alloc(arena, 100), 0);
	assert_null(arena_text(arena, NULL));
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	arena_on_free(arena, count_release, &released);
	arena_free(arena);
	assert_int_equal(released, 2);
	arena_free(NULL);
}

static void
buffer_grows_and_escapes(void **state)
{
	(void)state;
	struct buffer buffer = BUFFER_EMPTY;
	char many[1000];

	assert_string_equal(buffer_text(&buffer), "");
	memset(many, 'x', sizeof(many));
	buffer_add(&buffer, many, sizeof(many));
	buffer_add_byte(&buffer, '|');
	buffer_printf(&buffer, "%03d", 5);
	assert_int_equal(buffer.length, sizeof(many) + 4);
	assert_string_equal(buffer_text(&buffer) + sizeof(many) - 2, "xx|005");
	buffer_clear(&buffer);
	buffer_add_html(&buffer, "a<b>&\"'c", 8);
	assert_string_equal(
		buffer_text(&buffer), "a&lt;b&gt;&amp;&quot;&#39;c");
	buffer_clear(&buffer);
	buffer_add_url(&buffer, "a b/é~");
	assert_string_equal(buffer_text(&buffer), "a%20b%2F%C3%A9~");
	buffer_release(&buffer);
	assert_null(buffer.data);
}

static void
memory_keeps_what_fits(void **state)
{
	(void)state;
	char *memory = memory_wipe_resize(NULL, 4);

	memcpy(memory, "abc", 4);
	memory = memory_wipe_resize(memory, 5000);
	assert_string_equal(memory, "abc");
	memory = memory_wipe_resize(memory, 2);
	assert_memory_equal(memory, "ab", 2);
	memory_wipe(memory);
	memory_wipe(NULL);
}

static void
error_is_prefixed_and_cut(void **state)
{
	(void)state;
	struct error error;
	char many[600];

	assert_int_equal(error_set(NULL, "ignored"), -1);
	assert_int_equal(error_set(&error, "line %d", 3), -1);
	error_prefix(&error, "%s", "file");
	assert_string_equal(error.text, "file: line 3");
	memset(many, 'm', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	error_prefix(&error, "%s", many);
	assert_in_range(strlen(error.text), 500, sizeof(error.text) - 1);
}

static void
map_keeps_what_was_set(void **state)
{
	(void)state;
	struct map *map = map_new();
	static int values[500];
	char key[16];
	const char *name;
	size_t position = 0, seen = 0;
	void *value;

	assert_null(map_get(map, "absent"));
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_null(map_set(map, key, &values[i]));
	}
	for (int i = 0; i < 500; i += 2) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_ptr_equal(map_remove(map, key), &values[i]);
		assert_null(map_remove(map, key));
	}
	for (int i = 0; i < 500; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		assert_ptr_equal(map_get(map, key), i % 2 ? &values[i] : NULL);
	}
	assert_int_equal(map_count(map), 250);
	while (map_next(map, &position, &name, &value))
		seen++;
	assert_int_equal(seen, 250);
	assert_ptr_equal(map_set(map, "key1", &values[0]), &values[1]);
	map_free(map);
	map_free(NULL);
}

/* The test vector of the SipHash paper, appendix A. */
static void
map_hash_is_siphash(void **state)
{
	(void)state;
	const uint64_t key[2] = {
		UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	unsigned char data[15];

	for (unsigned char i = 0; i < sizeof(data); i++)
		data[i] = i;
	assert_true(map_hash_keyed(key, data, sizeof(data)) ==
		    UINT64_C(0xa129ca6149be45e5));
	assert_true(map_hash("a", 1) != map_hash("b", 1));
}

static void
utf8_refuses_what_is_not_well_formed(void **state)
{
	(void)state;
	static const char *const bad[] = {"\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
		"\x80", "\xc3", "\xe2\x82", "\xff"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
	assert_false(utf8_valid("a\0b", 3));
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("é€😀", 9));
	assert_false(utf8_valid("é€😀", 8));
	assert_int_equal(utf8_length("é€😀"), 3);
	assert_false(utf8_has_control("a\tb\nc\r"));
	assert_true(utf8_has_control("\x1b"));
	assert_true(utf8_has_control("\x7f"));
	assert_true(utf8_has_control("\xc2\x85"));
	assert_false(utf8_has_control("\xc2\xa0"));
	assert_true(utf8_has_invisible("a\u202eb"));
	assert_true(utf8_has_invisible("\ufeff"));
	assert_true(utf8_has_invisible("a\u061cb"));
	assert_true(utf8_has_invisible("\u3164"));
	assert_true(utf8_has_invisible("a\u2060"));
	assert_true(utf8_has_invisible("\U000e0041"));
	assert_false(utf8_has_invisible("Zoé\u2014"));
	assert_false(utf8_has_invisible("❤\ufe0f"));
}

static void
parse_reads_numbers_and_units(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1x",
		"9223372036854775808", "-9223372036854775809", "0x1"};
	int64_t value = 42;
	char text[PARSE_TEXT_SIZE];

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(
			parse_integer(bad[i], INT64_MIN, INT64_MAX, &value),
			-1);
	assert_int_equal(parse_integer("11", 0, 10, &value), -1);
	assert_int_equal(value, 42);
	assert_int_equal(parse_integer("-9223372036854775808", INT64_MIN,
				 INT64_MAX, &value),
		0);
	assert_true(value == INT64_MIN);
	assert_int_equal(parse_duration("20m", &value), 0);
	assert_true(value == INT64_C(1200000000));
	assert_int_equal(parse_duration("7", &value), 0);
	assert_true(value == 7000000);
	assert_int_equal(parse_duration("20 m", &value), -1);
	assert_int_equal(parse_duration("-1s", &value), -1);
	assert_int_equal(parse_duration("999999999999999d", &value), -1);
	assert_int_equal(parse_duration("100ms", &value), 0);
	assert_int_equal(value, 100000);
	parse_print_duration(value, text);
	assert_string_equal(text, "100ms");
	parse_print_duration(INT64_C(90) * 60 * 1000000, text);
	assert_string_equal(text, "90m");
	parse_print_duration(INT64_C(86400) * 365 * 1000000, text);
	assert_string_equal(text, "365d");
	parse_print_size(INT64_C(8) << 20, text);
	assert_string_equal(text, "8MiB");
	parse_print_size(1, text);
	assert_string_equal(text, "1");
	assert_int_equal(parse_size("8KiB", &value), 0);
	assert_true(value == 8192);
	assert_int_equal(parse_size("8kb", &value), -1);
}

static void
uuid_round_trips_and_ascends(void **state)
{
	(void)state;
	char text[UUID_TEXT_SIZE], last[UUID_TEXT_SIZE] = "";
	char hyphens[UUID_HYPHENATED_SIZE];
	struct uuid id, again;

	for (int i = 0; i < 5000; i++) {
		id = uuid_new();
		uuid_format(id, text);
		assert_true(strcmp(last, text) < 0);
		assert_int_equal(uuid_parse(text, &again), 0);
		assert_true(uuid_equal(id, again));
		memcpy(last, text, sizeof(last));
	}
	assert_int_equal(id.bytes[6] >> 4, 7);
	assert_int_equal(id.bytes[8] >> 6, 2);
	uuid_format_hyphenated(id, hyphens);
	assert_int_equal(uuid_parse_hyphenated(hyphens, 36, &again), 0);
	assert_true(uuid_equal(id, again));
	hyphens[8] = 'a';
	assert_int_equal(uuid_parse_hyphenated(hyphens, 36, &again), -1);
}

static void
uuid_has_one_spelling(void **state)
{
	(void)state;
	struct uuid id;
	char text[UUID_TEXT_SIZE];

	assert_int_equal(uuid_parse("7zzzzzzzzzzzzzzzzzzzzzzzzz", &id), 0);
	for (size_t i = 0; i < sizeof(id.bytes); i++)
		assert_int_equal(id.bytes[i], 0xff);
	assert_int_equal(uuid_parse("8zzzzzzzzzzzzzzzzzzzzzzzzz", &id), -1);
	assert_int_equal(uuid_parse("0123456789ABCDEFGHJKMNPQRS", &id), 0);
	uuid_format(id, text);
	assert_string_equal(text, "0123456789abcdefghjkmnpqrs");
	assert_int_equal(uuid_parse("o123456789abcdefghjkmnpqrs", &id), -1);
	assert_int_equal(uuid_parse("0123456789abcdefghjkmnpqr", &id), -1);
	assert_true(uuid_is_none(UUID_NONE));
	assert_false(uuid_is_none(id));
}

/* RFC 4648, section 10. */
static void
base64_round_trips(void **state)
{
	(void)state;
	static const char *const bad[] = {"Zg",
		"Zg=", "Z===", "Zm9=", "Zh==", "Zg==Zg==", "Zm9v\n", "Zm9-"};
	static const char *const good[] = {
		"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	struct arena *arena = arena_new();
	struct slice bytes;

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(base64_parse(arena, bad[i], &bytes), -1);
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct buffer buffer = BUFFER_EMPTY;

		assert_int_equal(base64_parse(arena, good[i], &bytes), 0);
		assert_int_equal(bytes.length, i);
		assert_memory_equal(bytes.data, "foobar", i);
		base64_add(&buffer, "foobar", i);
		assert_string_equal(buffer_text(&buffer), good[i]);
		buffer_release(&buffer);
	}
	arena_free(arena);
}

static void
knows_addresses(void **state)
{
	(void)state;
	static const char *const good[] = {"a@b", "zoe+x@example.org",
		"o'neil@e.org", "!#$%&*=?^_`{|}~@x"};
	static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c",
		"a@b\r\nRCPT TO:<x@y>", "a@b\n", "<a@b>", "a@b>", "\"a\"@b",
		"a,b@c", "a@[1.2.3.4]", "zoé@e.org", "a\x7f@b", "a\\@b",
		"a@b;c", "f@é.org", "a..b@c", ".a@b", "a.@b", "a@b..c", "a@.b",
		"a@b.", "a@b_c", "a:b@c"};
	char many[300] = "a@";

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(mailbox_valid(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(mailbox_valid(bad[i]));
	memset(many + 2, 'b', 252);
	assert_true(mailbox_valid(many));
	many[254] = 'b';
	assert_false(mailbox_valid(many));
	memset(many, 'a', 65);
	memcpy(many + 65, "@b", sizeof("@b"));
	assert_false(mailbox_valid(many));
	assert_true(mailbox_valid(many + 1));
}

static void
digits_are_those_of_printf(void **state)
{
	static const int64_t numbers[] = {0, 1, -1, 9, 10, -10, 999, 1000,
		INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
	char text[DIGITS_SIZE], expected[32], padded[7] = "......";

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct buffer buffer = BUFFER_EMPTY;

		snprintf(expected, sizeof(expected), "%lld",
			(long long)numbers[i]);
		assert_string_equal(digits_text(numbers[i], text), expected);
		buffer_add_integer(&buffer, numbers[i]);
		assert_string_equal(buffer_text(&buffer), expected);
		buffer_release(&buffer);
	}
	assert_ptr_equal(digits_padded(padded + 1, 7, 3), padded + 4);
	assert_string_equal(padded, ".007..");
	digits_padded(padded, 12345, 3);
	assert_string_equal(padded, "3457..");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(buffer_grows_and_escapes),
		cmocka_unit_test(memory_keeps_what_fits),
		cmocka_unit_test(error_is_prefixed_and_cut),
		cmocka_unit_test(base64_round_trips),
		cmocka_unit_test(digits_are_those_of_printf),
		cmocka_unit_test(knows_addresses),
		cmocka_unit_test(map_keeps_what_was_set),
		cmocka_unit_test(map_hash_is_siphash),
		cmocka_unit_test(utf8_refuses_what_is_not_well_formed),
		cmocka_unit_test(parse_reads_numbers_and_units),
		cmocka_unit_test(uuid_round_trips_and_ascends),
		cmocka_unit_test(uuid_has_one_spelling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

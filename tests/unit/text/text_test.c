#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "text/catalogue.h"
#include "text/dates.h"
#include "text/mo.h"

#define BOTH (1U << LANGUAGE_ENGLISH | 1U << LANGUAGE_FRENCH)

static void
negotiates_the_language(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		enum language otherwise, expected;
	} cases[] = {
		{NULL, LANGUAGE_FRENCH, LANGUAGE_FRENCH},
		{"", LANGUAGE_FRENCH, LANGUAGE_FRENCH},
		{"fr", LANGUAGE_ENGLISH, LANGUAGE_FRENCH},
		{"FR-ca", LANGUAGE_ENGLISH, LANGUAGE_FRENCH},
		{"de, fr;q=0.5", LANGUAGE_ENGLISH, LANGUAGE_FRENCH},
		{"en;q=0.7,fr;q=0.8", LANGUAGE_ENGLISH, LANGUAGE_FRENCH},
		{"fr;q=0.7, en ; q=0.75", LANGUAGE_FRENCH, LANGUAGE_ENGLISH},
		{"de", LANGUAGE_FRENCH, LANGUAGE_FRENCH},
		{"*", LANGUAGE_FRENCH, LANGUAGE_FRENCH},
		{"fr;q=0, *", LANGUAGE_FRENCH, LANGUAGE_ENGLISH},
		{"en, *;q=0.1", LANGUAGE_FRENCH, LANGUAGE_ENGLISH},
		{"french", LANGUAGE_ENGLISH, LANGUAGE_ENGLISH},
		{"fr;q=1.5", LANGUAGE_ENGLISH, LANGUAGE_FRENCH},
		{"fr;q=x,,;;,en;q=0.001", LANGUAGE_FRENCH, LANGUAGE_ENGLISH},
		{"fr;q", LANGUAGE_ENGLISH, LANGUAGE_ENGLISH},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(language_negotiate(cases[i].header, BOTH,
					 cases[i].otherwise),
			cases[i].expected);
	assert_int_equal(language_negotiate("fr", 1U << LANGUAGE_ENGLISH,
				 LANGUAGE_ENGLISH),
		LANGUAGE_ENGLISH);
}

static void
names_languages(void **state)
{
	(void)state;
	enum language language;

	assert_int_equal(language_parse("fr", &language), 0);
	assert_int_equal(language, LANGUAGE_FRENCH);
	assert_int_equal(language_parse("de", &language), -1);
	assert_string_equal(language_code(LANGUAGE_ENGLISH), "en");
	assert_string_equal(language_name(LANGUAGE_FRENCH), "Français");
}

static void
load(void)
{
	struct error error = {""};
	const char *directory = getenv("MISSIOND_TEXTS");

	assert_non_null(directory);
	if (catalogue_load(directory, &error))
		fail_msg("%s", error.text);
}

static void
translates_what_the_build_compiled(void **state)
{
	(void)state;
	struct error error;
	const char *text;

	load();
	text = text_get(LANGUAGE_FRENCH, "yesterday");
	assert_string_equal(text, "hier");
	assert_string_equal(
		text_get(LANGUAGE_ENGLISH, "yesterday"), "yesterday");
	assert_string_equal(text_get(LANGUAGE_FRENCH, "no such"), "no such");
	assert_string_equal(text_get(LANGUAGE_FRENCH, ""), "");
	assert_int_equal(catalogue_load("/nonexistent", &error), -1);
	assert_string_equal(text_get(LANGUAGE_FRENCH, "yesterday"), "hier");
	load();
	assert_string_equal(text, "hier");
}

static void
counts_by_the_rule_of_the_language(void **state)
{
	(void)state;
	const char *one = "{{count}} day ago", *many = "{{count}} days ago";

	load();
	assert_string_equal(text_plural(LANGUAGE_ENGLISH, one, many, 0), many);
	assert_string_equal(text_plural(LANGUAGE_ENGLISH, one, many, 1), one);
	assert_string_equal(text_plural(LANGUAGE_FRENCH, one, many, 0),
		"il y a {{count}} jour");
	assert_string_equal(text_plural(LANGUAGE_FRENCH, one, many, 2),
		"il y a {{count}} jours");
	assert_string_equal(
		text_plural(LANGUAGE_FRENCH, "a cat", "cats", 0), "cats");
}

static void
fills_placeholders(void **state)
{
	(void)state;
	struct arena *arena = arena_new();

	assert_string_equal(text_fill(arena, "{{a}}, {{b}}{{a}}!", "a", "x",
				    "b", "{{a}}", NULL),
		"x, {{a}}x!");
	assert_string_equal(
		text_fill(arena, "{{none}} {{", "a", "x", NULL), "{{none}} {{");
	assert_string_equal(text_fill(arena, "", NULL), "");
	arena_free(arena);
}

static void
writes_dates(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct timestamp march, november;

	assert_int_equal(clock_parse("2026-03-01", &march), 0);
	assert_int_equal(clock_parse("2026-11-23T10:05:00Z", &november), 0);
	assert_string_equal(dates_day(arena, LANGUAGE_ENGLISH, NULL, march),
		"1 March 2026");
	assert_string_equal(dates_day(arena, LANGUAGE_FRENCH, NULL, march),
		"1er mars 2026");
	assert_string_equal(
		dates_minute(arena, LANGUAGE_ENGLISH, NULL, november),
		"23 November 2026 at 10:05 UTC");
	assert_string_equal(
		dates_minute(arena, LANGUAGE_FRENCH, NULL, november),
		"23 novembre 2026 à 10\u00a0h\u00a005 UTC");
	arena_free(arena);
}

static void
writes_ages(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct timestamp now;
	static const struct {
		int64_t age;
		const char *english, *french;
	} cases[] = {
		{-5 * CLOCK_SECOND, "just now", "à l’instant"},
		{CLOCK_MINUTE, "1 minute ago", "il y a 1 minute"},
		{59 * CLOCK_MINUTE, "59 minutes ago", "il y a 59 minutes"},
		{CLOCK_HOUR, "1 hour ago", "il y a 1 heure"},
		{23 * CLOCK_HOUR, "23 hours ago", "il y a 23 heures"},
		{CLOCK_DAY, "yesterday", "hier"},
		{12 * CLOCK_DAY, "12 days ago", "il y a 12 jours"},
		{30 * CLOCK_DAY, "24 October 2026", "24 octobre 2026"},
		{-CLOCK_DAY, "24 November 2026", "24 novembre 2026"},
	};

	load();
	assert_int_equal(clock_parse("2026-11-23", &now), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct timestamp time = {now.microseconds - cases[i].age};

		assert_string_equal(
			dates_ago(arena, LANGUAGE_ENGLISH, NULL, time, now),
			cases[i].english);
		assert_string_equal(
			dates_ago(arena, LANGUAGE_FRENCH, NULL, time, now),
			cases[i].french);
	}
	arena_free(arena);
}

static void
writes_amounts(void **state)
{
	(void)state;
	struct arena *arena = arena_new();

	assert_string_equal(
		dates_money(arena, LANGUAGE_ENGLISH, 1250, "EUR"), "€12.50");
	assert_string_equal(dates_money(arena, LANGUAGE_FRENCH, 1250, "EUR"),
		"12,50\u00a0€");
	assert_string_equal(
		dates_money(arena, LANGUAGE_ENGLISH, -123456789, "CHF"),
		"-CHF\u00a01,234,567.89");
	assert_string_equal(dates_money(arena, LANGUAGE_FRENCH, 1000, "JPY"),
		"1\u202f000\u00a0¥");
	assert_string_equal(
		dates_money(arena, LANGUAGE_ENGLISH, 5, "EUR"), "€0.05");
	assert_string_equal(dates_money(arena, LANGUAGE_FRENCH, 12, "TND"),
		"0,012\u00a0TND");
	assert_string_equal(
		dates_money(arena, LANGUAGE_ENGLISH, INT64_MIN, "EUR"),
		"-€92,233,720,368,547,758.08");
	arena_free(arena);
}

/* Every file that is cut, and every file with one byte changed, is either
 * refused or read without harm (the sanitizers watch). */
static void
survives_broken_catalogues(void **state)
{
	(void)state;
	char path[] = "/tmp/missiond-mo-XXXXXX", source[4096];
	static char good[65536], bad[65536];
	int descriptor = mkstemp(path);
	struct error error;
	size_t size;
	FILE *file;

	assert_true(descriptor >= 0);
	snprintf(source, sizeof(source), "%s/fr.mo", getenv("MISSIOND_TEXTS"));
	file = fopen(source, "rb");
	assert_non_null(file);
	size = fread(good, 1, sizeof(good), file);
	fclose(file);
	for (size_t i = 0; i < size && i < 400; i++) {
		struct mo *mo;

		memcpy(bad, good, size);
		bad[i] = (char)(bad[i] ^ 0x80);
		assert_int_equal(ftruncate(descriptor, 0), 0);
		assert_int_equal(pwrite(descriptor, bad, size, 0), size);
		mo = mo_load(path, &error);
		if (mo)
			mo_find(mo, "yesterday", 1);
		mo_free(mo);
		assert_int_equal(ftruncate(descriptor, (off_t)i), 0);
		assert_null(mo_load(path, &error));
	}
	close(descriptor);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negotiates_the_language),
		cmocka_unit_test(names_languages),
		cmocka_unit_test(translates_what_the_build_compiled),
		cmocka_unit_test(counts_by_the_rule_of_the_language),
		cmocka_unit_test(fills_placeholders),
		cmocka_unit_test(writes_dates),
		cmocka_unit_test(writes_ages),
		cmocka_unit_test(writes_amounts),
		cmocka_unit_test(survives_broken_catalogues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

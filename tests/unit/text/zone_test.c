/* Clocks of zones, at the edges: hours that exist twice or not at all, halves
 * and quarters of hours, the date line, years beyond the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "text/dates.h"
#include "text/zone.h"

static struct timestamp
at(const char *text)
{
	struct timestamp time;

	if (clock_parse(text, &time) < 0)
		fail_msg("%s is no time", text);
	return time;
}

static struct zone *
open_zone(const char *name)
{
	struct zone *zone = zone_new(name);

	if (zone == NULL)
		fail_msg("this machine has no %s: install tzdata", name);
	return zone;
}

static void
shows_the_clocks_of_a_zone(void **state)
{
	static const struct {
		const char *zone, *utc, *there;
	} cases[] = {
		{"Europe/Paris", "2026-07-01T12:05:00Z", "2026-07-01 14:05:00"},
		{"Europe/Paris", "2026-12-01T12:05:00Z", "2026-12-01 13:05:00"},
		/* 02:00 to 03:00 does not exist on 29 March 2026. */
		{"Europe/Paris", "2026-03-29T00:59:59Z", "2026-03-29 01:59:59"},
		{"Europe/Paris", "2026-03-29T00:59:59.999999Z",
			"2026-03-29 01:59:59"},
		{"Europe/Paris", "2026-03-29T01:00:00Z", "2026-03-29 03:00:00"},
		/* … and is there twice on 25 October. */
		{"Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-25 02:30:00"},
		{"Europe/Paris", "2026-10-25T01:30:00Z", "2026-10-25 02:30:00"},
		{"Europe/Paris", "2026-10-25T02:00:00Z", "2026-10-25 03:00:00"},
		{"Asia/Kolkata", "2026-07-01T18:30:00Z", "2026-07-02 00:00:00"},
		{"Asia/Kathmandu", "2026-07-01T00:00:00Z",
			"2026-07-01 05:45:00"},
		/* Put forward by half an hour. */
		{"Australia/Lord_Howe", "2026-07-01T00:00:00Z",
			"2026-07-01 10:30:00"},
		{"Australia/Lord_Howe", "2026-12-01T00:00:00Z",
			"2026-12-01 11:00:00"},
		{"Pacific/Kiritimati", "2026-12-31T10:00:00Z",
			"2027-01-01 00:00:00"},
		{"Pacific/Pago_Pago", "2026-01-01T10:59:59Z",
			"2025-12-31 23:59:59"},
		/* Beyond the tables by rule, before them by the sun. */
		{"Europe/Paris", "2099-07-01T12:05:00Z", "2099-07-01 14:05:00"},
		{"Europe/Paris", "1850-01-01T00:00:00Z", "1850-01-01 00:09:21"},
		{"America/New_York", "1969-12-31T23:59:59.5Z",
			"1969-12-31 18:59:59"},
		{"UTC", "2026-07-01T12:05:00Z", "2026-07-01 12:05:00"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct zone *zone = open_zone(cases[i].zone);
		struct clock_date date;
		char text[64];

		zone_split(zone, at(cases[i].utc), &date);
		snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d",
			date.year, date.month, date.day, date.hour, date.minute,
			date.second);
		if (strcmp(text, cases[i].there) != 0)
			fail_msg("%s in %s: %s, expected %s", cases[i].utc,
				cases[i].zone, text, cases[i].there);
		zone_free(zone);
	}
}

static void
knows_the_day_there(void **state)
{
	struct zone *line = open_zone("Pacific/Kiritimati");
	struct zone *samoa = open_zone("Pacific/Pago_Pago");
	struct timestamp noon = at("2026-06-15T10:30:00Z");

	(void)state;
	assert_int_equal(zone_day(NULL, noon).microseconds,
		at("2026-06-15").microseconds);
	assert_int_equal(zone_day(line, noon).microseconds,
		at("2026-06-16").microseconds);
	assert_int_equal(zone_day(samoa, noon).microseconds,
		at("2026-06-14").microseconds);
	assert_int_equal(
		zone_day(line, at("2026-06-15T10:00:00Z")).microseconds,
		at("2026-06-16").microseconds);
	assert_int_equal(
		zone_day(line, at("2026-06-15T09:59:59.999999Z")).microseconds,
		at("2026-06-15").microseconds);
	assert_int_equal(
		zone_day(NULL, at("1969-12-31T23:00:00Z")).microseconds,
		-CLOCK_DAY);
	zone_free(line);
	zone_free(samoa);
}

static void
opens_names_and_nothing_else(void **state)
{
	static const char *const bad[] = {"", "Europe", "Europe/Pari",
		"europe/paris", "/etc/localtime", "../zoneinfo/Europe/Paris",
		"Europe/../Europe/Paris", "Europe//Paris", "Europe/Paris/",
		"tzdata.zi", "zone.tab", "EST5EDT,M3.2.0,M11.1.0", "+02:00",
		"Europe/Paris\n",
		"Europe/ParisParisParisParisParisParisParisParisParisParisParis"
		"Paris"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (zone_new(bad[i]) != NULL)
			fail_msg("\"%s\" was opened", bad[i]);
	zone_free(NULL);
	struct zone *none = zone_new(NULL);
	assert_string_equal(zone_label(none), "UTC");
	zone_free(none);
}

static void
is_named_as_people_write_it(void **state)
{
	static const struct {
		const char *name, *label;
	} cases[] = {
		{"Europe/Paris", "Europe/Paris"},
		{"America/New_York", "America/New York"},
		{"UTC", "UTC"},
		{"Etc/UTC", "UTC"},
		{"Zulu", "UTC"},
		/* The same clocks in winter are not the same clocks. */
		{"Europe/London", "Europe/London"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct zone *zone = open_zone(cases[i].name);

		assert_string_equal(zone_label(zone), cases[i].label);
		assert_int_equal(
			zone_is_utc(zone), strcmp(cases[i].label, "UTC") == 0);
		zone_free(zone);
	}
	assert_string_equal(zone_label(NULL), "UTC");
	assert_true(zone_is_utc(NULL));
}

static void
guesses_what_was_meant(void **state)
{
	static const struct {
		const char *name, *guess;
	} cases[] = {
		{"Europe/Pari", "Europe/Paris"},
		{"europe/paris", "Europe/Paris"},
		{"Paris", "Europe/Paris"},
		{"new_york", "America/New_York"},
		{"utc", "UTC"},
		{"Asia/Kathmandoo", "Asia/Kathmandu"},
		{"Etc/GMT+40", NULL},
		{"+02:00", NULL},
		{"posix/Europe/Paris", NULL},
		{"localtime", NULL},
		{"Factory", NULL},
	};
	static const char *const good[] = {"UTC", "Europe/Paris", "CET",
		"Asia/Calcutta", "Etc/GMT+5", "America/Indiana/Knox"};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		const char *guess = NULL;

		if (zone_check(arena, good[i], &guess) != 0)
			fail_msg("%s was refused", good[i]);
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *guess = NULL;

		assert_int_equal(zone_check(arena, cases[i].name, &guess), -1);
		if (cases[i].guess == NULL)
			continue;
		assert_non_null(guess);
		assert_string_equal(guess, cases[i].guess);
	}
	arena_free(arena);
}

static void
writes_times_on_those_clocks(void **state)
{
	struct zone *paris = open_zone("Europe/Paris");
	struct arena *arena = arena_new();
	struct timestamp summer = at("2026-06-30T22:05:00Z");

	(void)state;
	assert_string_equal(dates_day(arena, LANGUAGE_ENGLISH, paris, summer),
		"1 July 2026");
	assert_string_equal(
		dates_minute(arena, LANGUAGE_ENGLISH, paris, summer),
		"1 July 2026 at 0:05");
	assert_string_equal(dates_minute(arena, LANGUAGE_FRENCH, paris, summer),
		"1er juillet 2026 à 0\u00a0h\u00a005");
	assert_string_equal(
		dates_minute_there(arena, LANGUAGE_ENGLISH, paris, summer),
		"1 July 2026 at 0:05 (Europe/Paris)");
	assert_string_equal(
		dates_minute_there(arena, LANGUAGE_ENGLISH, NULL, summer),
		"30 June 2026 at 22:05 UTC");
	arena_free(arena);
	zone_free(paris);
}

static void
counts_calendar_days(void **state)
{
	struct zone *paris = open_zone("Europe/Paris");
	struct arena *arena = arena_new();
	static const struct {
		const char *time, *now, *words;
	} cases[] = {
		/* 31 hours, of which two midnights. */
		{"2026-06-15T20:00:00+02:00", "2026-06-17T03:00:00+02:00",
			"2 days ago"},
		{"2026-06-15T01:00:00+02:00", "2026-06-16T23:00:00+02:00",
			"yesterday"},
		{"2026-06-15T23:50:00+02:00", "2026-06-16T00:10:00+02:00",
			"20 minutes ago"},
		/* One day in UTC, two there. */
		{"2026-06-15T00:30:00+02:00", "2026-06-17T00:20:00+02:00",
			"2 days ago"},
		/* The day of 25 hours. */
		{"2026-10-25T00:00:00+02:00", "2026-10-25T23:30:00+01:00",
			"24 hours ago"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
			dates_ago(arena, LANGUAGE_ENGLISH, paris,
				at(cases[i].time), at(cases[i].now)),
			cases[i].words);
	arena_free(arena);
	zone_free(paris);
}

/* Two communities in one process, and the process's own zone as it was. */
static void
leaves_the_process_alone(void **state)
{
	struct zone *paris = open_zone("Europe/Paris");
	struct zone *again = open_zone("Europe/Paris");
	struct zone *kolkata = open_zone("Asia/Kolkata");
	struct clock_date date;
	time_t second = 1782000000;
	struct tm before, after;

	(void)state;
	localtime_r(&second, &before);
	zone_free(paris);
	zone_split(again, at("2026-07-01T12:05:00Z"), &date);
	assert_int_equal(date.hour, 14);
	zone_split(kolkata, at("2026-07-01T12:05:00Z"), &date);
	assert_int_equal(date.hour, 17);
	localtime_r(&second, &after);
	assert_int_equal(before.tm_gmtoff, after.tm_gmtoff);
	zone_free(again);
	zone_free(kolkata);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_clocks_of_a_zone),
		cmocka_unit_test(knows_the_day_there),
		cmocka_unit_test(opens_names_and_nothing_else),
		cmocka_unit_test(is_named_as_people_write_it),
		cmocka_unit_test(guesses_what_was_meant),
		cmocka_unit_test(writes_times_on_those_clocks),
		cmocka_unit_test(counts_calendar_days),
		cmocka_unit_test(leaves_the_process_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

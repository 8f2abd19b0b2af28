/*
 * clock.h: two clocks that are never mixed. clock_now() is wall time for what
 * is stored and shown; clock_monotonic() is microseconds of CLOCK_MONOTONIC for
 * deadlines and durations, unmoved by changes of the wall clock.
 */
#ifndef MISSIOND_BASE_CLOCK_H
#define MISSIOND_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

#define CLOCK_SECOND INT64_C(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR   (60 * CLOCK_MINUTE)
#define CLOCK_DAY    (24 * CLOCK_HOUR)

struct timestamp clock_now(void);
int64_t clock_monotonic(void);

/* RFC 3339 in UTC with microseconds, "2026-11-23T10:00:00.000000Z". */
#define CLOCK_TEXT_SIZE 28
void clock_format(struct timestamp time, char text[CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 (any offset, fraction optional) or "YYYY-MM-DD" (midnight
 * UTC). 0, or -1 when it is neither. */
int clock_parse(const char *text, struct timestamp *time);

/* RFC 9110 HTTP-date, "Mon, 23 Nov 2026 10:00:00 GMT". */
#define CLOCK_HTTP_SIZE 30
void clock_format_http(struct timestamp time, char text[CLOCK_HTTP_SIZE]);

/* Civil date of a time in UTC. month 1–12, day 1–31, weekday 0 = Sunday. */
struct clock_date {
	int year, month, day, hour, minute, second, weekday;
	int microsecond;
};
void clock_split(struct timestamp time, struct clock_date *date);
struct timestamp clock_join(const struct clock_date *date);

#endif

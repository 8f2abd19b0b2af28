/* dates.h: times and amounts as people of a language write them, times on the
 * clocks of a zone (zone.h; NULL: UTC). */
#ifndef MISSIOND_TEXT_DATES_H
#define MISSIOND_TEXT_DATES_H

#include "base/record.h"
#include "text/catalogue.h"

struct arena;
struct zone;

/* "23 November 2026", "23 novembre 2026" ("1er mars 2026"). What is a calendar
 * day and no time (zone_day()) has no zone. */
char *dates_day(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time);

/* "23 November 2026 at 10:15", "23 novembre 2026 à 10 h 15"; with " UTC" where
 * clocks show that, for few people's do. */
char *dates_minute(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time);

/* With the zone, for those who may live elsewhere: "23 November 2026 at 10:15
 * (Europe/Paris)", "… at 09:15 UTC". */
char *dates_minute_there(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time);

/* "just now", "5 minutes ago", "23 hours ago", then by calendar days:
 * "yesterday", "12 days ago", else the day. */
char *dates_ago(struct arena *arena, enum language language,
	const struct zone *zone, struct timestamp time, struct timestamp now);

/* Minor units with a currency (ISO 4217) as the language writes them:
 * "€12.50", "12,50 €". */
char *dates_money(struct arena *arena, enum language language, int64_t minor,
	const char *currency);

/* How many decimals the currency's minor unit stands for: EUR 2, JPY 0. */
unsigned dates_money_digits(const char *currency);

#endif

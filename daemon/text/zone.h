/*
 * zone.h: time zones as people know them ("Europe/Paris"), from the machine's
 * own data (Debian's tzdata below ZONE_FOLDER), read with GLib. A zone is read
 * once, when it is opened; what is asked of it afterwards opens nothing. The
 * process's own zone (tzset(3), TZ) is never touched: several communities share
 * a process.
 *
 * Where a zone or its name is taken, NULL stands for UTC.
 */
#ifndef MISSIOND_TEXT_ZONE_H
#define MISSIOND_TEXT_ZONE_H

#include <stdbool.h>

#include "base/record.h"

struct arena;
struct clock_date;
struct zone;

#define ZONE_FOLDER "/usr/share/zoneinfo"

/* Reads a file of some KiB. NULL when the machine has no such zone. zone_free()
 * takes NULL. An open zone stays as it was read: also one that is opened while
 * another of that name is open (GLib shares them), so new data count from the
 * next start on. */
struct zone *zone_new(const char *name);
void zone_free(struct zone *zone);

/* What clocks there show at that time. */
void zone_split(const struct zone *zone, struct timestamp time,
	struct clock_date *date);

/* The calendar day there, as a day without place is kept: the midnight UTC it
 * begins with. */
struct timestamp zone_day(const struct zone *zone, struct timestamp time);

/* "Europe/Paris", "America/New York"; "UTC". */
const char *zone_label(const struct zone *zone);

/* Whether its clocks show UTC, so that times are marked as such. */
bool zone_is_utc(const struct zone *zone);

/*
 * Whether the name is one of the list that comes with the data, and can be
 * opened: 0, or -1 and the name that was probably meant (in the arena), or
 * NULL. Reads a file of a hundred KiB: for checking configuration.
 */
int zone_check(struct arena *arena, const char *name, const char **ret_guess);

#endif

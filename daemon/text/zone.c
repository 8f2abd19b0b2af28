#include "text/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/memory.h"

#define NAME_SIZE 64
#define PATH_SIZE (sizeof(ZONE_FOLDER) + 1 + NAME_SIZE)

struct zone {
	GTimeZone *rules;
	char label[NAME_SIZE];
};

static const char utc[] = "UTC";

/* Words of letters, digits and "_+-" between single slashes: nothing that leads
 * out of the folder, and nothing that GLib takes for a rule instead of a name.
 */
static bool
is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-/";
	size_t length = strlen(name);

	return length > 0 && length < NAME_SIZE &&
	       strspn(name, allowed) == length && name[0] != '/' &&
	       name[length - 1] != '/' && strstr(name, "//") == NULL;
}

/* RFC 8536, 3.1: begins "TZif". GLib complains of other files on standard
 * error. */
static bool
is_zone_file(const char *path)
{
	char magic[4];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (file < 0)
		return false;
	do {
		count = read(file, magic, sizeof(magic));
	} while (count < 0 && errno == EINTR);
	close(file);
	return count == (ssize_t)sizeof(magic) &&
	       memcmp(magic, "TZif", sizeof(magic)) == 0;
}

static bool
is_utc_file(GTimeZone *rules)
{
	int interval =
		g_time_zone_find_interval(rules, G_TIME_TYPE_UNIVERSAL, 0);

	return interval >= 0 &&
	       strcmp(g_time_zone_get_abbreviation(rules, interval), utc) == 0;
}

struct zone *
zone_new(const char *name)
{
	char path[PATH_SIZE];
	struct zone *zone;
	GTimeZone *rules;

	if (name == NULL || strcmp(name, utc) == 0) {
		name = utc;
		rules = g_time_zone_new_utc();
	} else {
		if (!is_name(name))
			return NULL;
		/* By its path, for GLib's own choice of folder depends on the
		 * environment. */
		snprintf(path, sizeof(path), ZONE_FOLDER "/%s", name);
		if (!is_zone_file(path))
			return NULL;
		rules = g_time_zone_new_identifier(path);
	}
	if (rules == NULL)
		return NULL;
	zone = memory_new(1, sizeof(*zone));
	zone->rules = rules;
	/* UTC has other names, "Etc/UTC" and "Zulu" among them. */
	snprintf(zone->label, sizeof(zone->label), "%s",
		is_utc_file(rules) ? utc : name);
	for (char *at = zone->label; *at != '\0'; at++)
		if (*at == '_')
			*at = ' ';
	return zone;
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	g_time_zone_unref(zone->rules);
	free(zone);
}

/* Microseconds by which clocks there are ahead of UTC. */
static int64_t
offset_at(const struct zone *zone, struct timestamp time)
{
	int64_t second = time.microseconds / CLOCK_SECOND -
			 (time.microseconds % CLOCK_SECOND < 0);
	int interval;

	if (zone == NULL)
		return 0;
	interval = g_time_zone_find_interval(
		zone->rules, G_TIME_TYPE_UNIVERSAL, second);
	if (interval < 0)
		return 0;
	return g_time_zone_get_offset(zone->rules, interval) * CLOCK_SECOND;
}

/* The time whose civil date in UTC is the one there. */
static struct timestamp
shift(const struct zone *zone, struct timestamp time)
{
	return (struct timestamp){time.microseconds + offset_at(zone, time)};
}

void
zone_split(
	const struct zone *zone, struct timestamp time, struct clock_date *date)
{
	clock_split(shift(zone, time), date);
}

struct timestamp
zone_day(const struct zone *zone, struct timestamp time)
{
	int64_t there = shift(zone, time).microseconds;
	int64_t rest = there % CLOCK_DAY;

	return (struct timestamp){there - rest - (rest < 0 ? CLOCK_DAY : 0)};
}

const char *
zone_label(const struct zone *zone)
{
	return zone == NULL ? utc : zone->label;
}

bool
zone_is_utc(const struct zone *zone)
{
	return strcmp(zone_label(zone), utc) == 0;
}

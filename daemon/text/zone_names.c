#include "text/zone.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/guess.h"

#define LIST ZONE_FOLDER "/tzdata.zi"

/* The list of 2025 has 598 names in 4,600 lines. */
#define NAMES_MOST 2000
#define LINES_MOST 100000

struct names {
	const char *items[NAMES_MOST];
	size_t count;
};

/* "Z Europe/Paris 0:9:21 …" is a zone, "L Asia/Kolkata Asia/Calcutta" another
 * name of one (zic(8)). */
static const char *
name_in(char *line)
{
	char *rest = line + 2, *name;

	if (line[0] == '\0' || line[1] != ' ')
		return NULL;
	if (line[0] != 'Z' && line[0] != 'L')
		return NULL;
	name = strsep(&rest, " \n");
	if (line[0] == 'L' && rest != NULL)
		name = strsep(&rest, " \n");
	/* What a machine has that was never told where it is. */
	return strcmp(name, "Factory") == 0 ? NULL : name;
}

static void
read_names(struct arena *arena, struct names *names)
{
	FILE *list = fopen(LIST, "re");
	char line[512];

	if (list == NULL)
		return;
	for (size_t i = 0; i < LINES_MOST && names->count < NAMES_MOST &&
			   fgets(line, sizeof(line), list) != NULL;
		i++) {
		const char *name = name_in(line);

		if (name != NULL)
			names->items[names->count++] = arena_text(arena, name);
	}
	fclose(list);
}

static bool
has(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

/* "Paris": the place alone. */
static const char *
guess_place(const struct names *names, const char *place)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *last = strrchr(names->items[i], '/');

		if (last != NULL && strcasecmp(last + 1, place) == 0)
			return names->items[i];
	}
	return NULL;
}

/* Of places only: the signs of "Etc/GMT+1" are the other way round, and "CET"
 * is none that follows a place's clocks. */
static const char *
guess(const struct names *all, const char *name, struct names *places)
{
	const char *found;

	for (size_t i = 0; i < all->count; i++)
		if (strchr(all->items[i], '/') != NULL &&
			strncmp(all->items[i], "Etc/", 4) != 0)
			places->items[places->count++] = all->items[i];
	if (strcasecmp(name, "UTC") == 0)
		return "UTC";
	found = guess_place(places, name);
	return found != NULL ? found
			     : guess_word(name, places->items, places->count);
}

int
zone_check(struct arena *arena, const char *name, const char **ret_guess)
{
	struct names *all = ARENA_NEW(arena, struct names);
	struct zone *zone;

	if (strcmp(name, "UTC") == 0)
		return 0;
	read_names(arena, all);
	zone = has(all, name) ? zone_new(name) : NULL;
	if (zone == NULL) {
		*ret_guess = guess(all, name, ARENA_NEW(arena, struct names));
		return -1;
	}
	zone_free(zone);
	return 0;
}

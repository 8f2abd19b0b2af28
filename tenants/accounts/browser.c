#include "tenants/accounts/browser.h"

#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/record.h"

struct sign {
	const char *part; /* of the header */
	const char *name;
};

/* The first that fits counts: browsers name those they descend from, too. */
static const struct sign browsers[] = {
	{"Edg", "Edge"},
	{"OPR/", "Opera"},
	{"Firefox/", "Firefox"},
	{"Chromium/", "Chromium"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
};

static const struct sign systems[] = {
	{"Android", "Android"},
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Windows", "Windows"},
	{"Mac OS X", "macOS"},
	{"Linux", "Linux"},
};

static const char *
find(const struct sign *signs, size_t count, const char *agent)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(agent, signs[i].part) != NULL)
			return signs[i].name;
	return NULL;
}

const char *
browser_name(struct arena *arena, const char *agent)
{
	const char *browser = find(browsers, COUNT_OF(browsers), agent);
	const char *system = find(systems, COUNT_OF(systems), agent);

	if (browser == NULL || system == NULL)
		return browser == NULL ? system : browser;
	return arena_printf(arena, "%s, %s", browser, system);
}

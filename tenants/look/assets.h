/* assets.h: the files below look/assets, held in memory. */
#ifndef MISSIOND_TENANTS_LOOK_ASSETS_H
#define MISSIOND_TENANTS_LOOK_ASSETS_H

#include <stddef.h>

struct error;

struct asset {
	const char *name;
	const char *type;
	const char *data;
	size_t length;
};

/*
 * Reads DIRECTORY/look/assets/… (DIRECTORY is that of the templates): at start
 * and on reload. On failure those read before stay. What was given out stays
 * valid until the second successful load after it. 0 or -1.
 */
int assets_load(const char *directory, struct error *error);

/* At the end of the process. */
void assets_release(void);

/* NULL when there is none of that name. */
const struct asset *assets_find(const char *name);

/* Hash over all, for the address: another content, another address. "" before
 * the first load. */
const char *assets_version(void);

#endif

/*
 * settings.h: what the founder and admins with the scope "settings" decide
 * about their community, within the bounds of its YAML file, and the
 * checklist a new founder is led by.
 */
#ifndef MISSIOND_TENANTS_SETTINGS_SETTINGS_H
#define MISSIOND_TENANTS_SETTINGS_SETTINGS_H

#include <stdbool.h>

#include "base/record.h"
#include "tenants/features.h"

struct request;

extern const struct feature settings_feature;

/* In code points; the columns of the table settings. */
#define SETTINGS_NAME_MOST	  100
#define SETTINGS_TAGLINE_MOST	  200
#define SETTINGS_DESCRIPTION_MOST 8000

/* NULL: stays as it is. */
struct settings_input {
	const char *name;
	const char *tagline;	 /* "": none */
	const char *description; /* Markdown; "": none */
	const char *colour;	 /* "#rrggbb" */
};

/* The row as it stands; the marks are none until they are reached. */
struct settings_row {
	const char *name;
	const char *tagline;
	const char *description;
	const char *colour;
	struct timestamp described;
	struct timestamp coloured;
	struct timestamp appointed;
	struct timestamp invited;
};

/* 0 or -1. */
int settings_current(struct request *request, struct settings_row *ret_row);

/*
 * Takes over what the YAML leaves to the founder (the rest of the input is not
 * looked at), says what changed in the audit list and sets the checklist's
 * marks. All workers show it from the next request on. 0 or -1.
 */
int settings_change(
	struct request *request, const struct settings_input *input);

#endif

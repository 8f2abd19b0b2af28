/* form.h: the form of the settings, for the page and the API. */
#ifndef MISSIOND_TENANTS_SETTINGS_FORM_H
#define MISSIOND_TENANTS_SETTINGS_FORM_H

#include <stdbool.h>

struct form;
struct request;
struct settings_input;

extern const struct form settings_form;

/* Leaves out what the YAML does not leave to the founder; before showing or
 * reading. False when nothing is left. */
bool settings_form_prepare(struct request *request);

/* form_read(); fields that were sent empty are "", those left out NULL. */
int settings_form_read(struct request *request, struct settings_input *input);

#endif

/* form.h: what members say of themselves, for the page and for the API. */
#ifndef MISSIOND_TENANTS_PROFILES_FORM_H
#define MISSIOND_TENANTS_PROFILES_FORM_H

struct form;
struct profile;
struct profile_input;

extern const struct form profile_form;

/* What the form of one's own profile begins with. */
struct profile_input profile_input_of(const struct profile *profile);

/* N_() text for a column's value, "Only you" and so on. */
const char *visibility_label(const char *visibility);

#endif

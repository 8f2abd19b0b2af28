/*
 * mo.h: reader of compiled message catalogues, the .mo format of the GNU
 * gettext manual ("The Format of GNU MO Files"), revision 0, either byte order.
 * The file is read whole and checked before use.
 */
#ifndef MISSIOND_TEXT_MO_H
#define MISSIOND_TEXT_MO_H

struct error;
struct mo;

/* NULL and an error when the file is missing or malformed. */
struct mo *mo_load(const char *path, struct error *error);
void mo_free(struct mo *mo);

/*
 * Form `form` of the translation of a text (for a plural, of its singular
 * form), valid as long as `mo`; NULL when there is none.
 */
const char *mo_find(const struct mo *mo, const char *text, unsigned form);

#endif

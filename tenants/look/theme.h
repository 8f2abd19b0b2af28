/* theme.h: a community's colour as the properties that community.css uses. */
#ifndef MISSIOND_TENANTS_LOOK_THEME_H
#define MISSIOND_TENANTS_LOOK_THEME_H

struct arena;

/* The colour of a community that chose none, or chose nonsense. */
#define THEME_COLOUR "#b4472c"

/* The style sheet for "#rrggbb" (NULL: THEME_COLOUR), light and dark. Whatever
 * the colour, text in it and on it has a contrast of 4.5 or more. */
char *theme_css(struct arena *arena, const char *colour);

/* Changes when what theme_css() and quilt.h draw changes: for the address. */
char *theme_version(struct arena *arena, const char *colour);

#endif

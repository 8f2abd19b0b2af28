/*
 * quilt.h: pictures sewn from patches, as SVG. The same seed and colour always
 * give the same picture: a community's sign and banner from its key and its
 * colour, a member's stand-in for a portrait from the user name.
 */
#ifndef MISSIOND_TENANTS_LOOK_QUILT_H
#define MISSIOND_TENANTS_LOOK_QUILT_H

struct arena;

/* Two by two patches in tints of the colour "#rrggbb": the favicon. */
char *quilt_sign(struct arena *arena, const char *seed, const char *colour);

/* Nine by six patches: the picture of the front page. */
char *quilt_banner(struct arena *arena, const char *seed, const char *colour);

/* Two by two patches in colours of the seed's own. */
char *quilt_avatar(struct arena *arena, const char *seed);

#endif

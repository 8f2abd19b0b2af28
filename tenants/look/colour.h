/*
 * colour.h: colours one can read on. Contrast is that of WCAG 2.2 (success
 * criterion 1.4.3): from 1 to 21, and text needs 4.5.
 */
#ifndef MISSIOND_TENANTS_LOOK_COLOUR_H
#define MISSIOND_TENANTS_LOOK_COLOUR_H

#include <stddef.h>

struct colour {
	unsigned char red, green, blue;
};

#define COLOUR_TEXT_SIZE 8
#define COLOUR_WHITE	 ((struct colour){255, 255, 255})
#define COLOUR_BLACK	 ((struct colour){0, 0, 0})

/* "#rrggbb", either case; 0 or -1. */
int colour_parse(const char *text, struct colour *colour);
void colour_format(struct colour colour, char text[COLOUR_TEXT_SIZE]);

double colour_contrast(struct colour a, struct colour b);

/* `percent` of `other` in `colour`, per channel. */
struct colour colour_mix(
	struct colour colour, struct colour other, unsigned percent);

/* White or black, whichever reaches 4.5 on the colour (one always does). */
struct colour colour_text_on(struct colour colour);

/* The least mixture of the colour with `toward` whose contrast with every one
 * of the grounds is at least `needed`; `toward` itself when none is. */
struct colour colour_readable(struct colour colour, struct colour toward,
	const struct colour *grounds, size_t count, double needed);

#endif

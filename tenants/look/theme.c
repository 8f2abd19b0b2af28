#include "tenants/look/theme.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "tenants/look/colour.h"

/* The grounds of community.css (--paper, --surface, --sunken), and how the
 * accent must stand out from them. A test compares them with the file. */
struct scheme {
	struct colour paper, surface, sunken;
	struct colour away; /* where more contrast lies */
	unsigned wash;	    /* percent of the accent in a tinted ground */
};

static const struct scheme light = {
	{0xf8, 0xf3, 0xea},
	{0xff, 0xfd, 0xf8},
	{0xef, 0xe7, 0xd9},
	{0, 0, 0},
	12,
};
static const struct scheme dark = {
	{0x18, 0x15, 0x11},
	{0x22, 0x1e, 0x19},
	{0x10, 0x0e, 0x0b},
	{255, 255, 255},
	20,
};

/* A button must stand out from the page (WCAG 2.2, 1.4.11) where it is dark;
 * on light paper its border does that. */
#define PART_CONTRAST 3.2
/* 4.5 is asked; a little more costs nothing. */
#define TEXT_CONTRAST 5.0

static struct colour
read_colour(const char *text)
{
	struct colour colour;

	if (colour_parse(text, &colour) < 0)
		colour_parse(THEME_COLOUR, &colour);
	return colour;
}

static void
add_property(struct buffer *buffer, const char *name, struct colour colour)
{
	char text[COLOUR_TEXT_SIZE];

	colour_format(colour, text);
	buffer_printf(buffer, "--%s:%s;", name, text);
}

static void
add_scheme(struct buffer *buffer, const struct scheme *scheme,
	struct colour accent)
{
	struct colour text = colour_text_on(accent);
	struct colour opposite = text.red == 255 ? COLOUR_BLACK : COLOUR_WHITE;
	struct colour wash = colour_mix(scheme->surface, accent, scheme->wash);
	struct colour grounds[] = {
		scheme->paper,
		scheme->surface,
		scheme->sunken,
		wash,
	};
	struct colour ink = colour_readable(
		accent, scheme->away, grounds, 4, TEXT_CONTRAST);
	/* The border of a button, also where the colour is as light as paper.
	 */
	struct colour edge = colour_readable(
		accent, scheme->away, &scheme->paper, 1, PART_CONTRAST);

	buffer_add_text(buffer, ":root{");
	add_property(buffer, "accent", accent);
	add_property(buffer, "accent-strong", colour_mix(accent, opposite, 16));
	add_property(buffer, "accent-edge", edge);
	add_property(buffer, "accent-text", text);
	add_property(buffer, "accent-ink", ink);
	add_property(buffer, "accent-wash", wash);
	add_property(
		buffer, "accent-line", colour_mix(scheme->surface, accent, 45));
	buffer_add_text(buffer, "}");
}

char *
theme_css(struct arena *arena, const char *colour)
{
	struct buffer buffer = BUFFER_EMPTY;
	struct colour accent = read_colour(colour);
	struct colour lifted = colour_readable(
		accent, dark.away, &dark.surface, 1, PART_CONTRAST);

	add_scheme(&buffer, &light, accent);
	buffer_add_text(&buffer, "\n@media (prefers-color-scheme:dark){");
	add_scheme(&buffer, &dark, lifted);
	buffer_add_text(&buffer, "}\n");
	char *css = arena_copy(arena, buffer.data, buffer.length);
	buffer_release(&buffer);
	return css;
}

char *
theme_version(struct arena *arena, const char *colour)
{
	char text[COLOUR_TEXT_SIZE];

	/* The digit is that of the drawing; raise it when that changes. */
	colour_format(read_colour(colour), text);
	return arena_printf(arena, "1%s", text + 1);
}

#include "tenants/look/quilt.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/record.h"
#include "crypto/digest.h"
#include "tenants/look/colour.h"
#include "tenants/look/theme.h"

/* Width of a patch; the paths below are drawn on it. */
#define PATCH 40

static const char *const shapes[] = {
	"M0 0h40A40 40 0 0 1 0 40z", /* quarter of a disc */
	"M0 0A20 20 0 0 0 40 0z",    /* half of a disc */
	"M0 0h20A20 20 0 0 1 40 20V40h-20A20 20 0 0 1 0 20z", /* leaf */
	"M7 20a13 13 0 1 0 26 0a13 13 0 1 0 -26 0z",	      /* disc */
	"M0 0h40L0 40z",				      /* triangle */
	"M0 0h40A40 40 0 0 1 0 40v-20A20 20 0 0 0 20 0H0z",   /* arch */
	"M0 0h40v20A20 20 0 0 1 0 20z",			      /* petal */
	"M0 0h40v10H0zM0 20h40v10H0z",			      /* stripes */
};

/* Stripes are too fine for a small avatar. */
#define AVATAR_SHAPES (COUNT_OF(shapes) - 1)

static const struct colour palettes[][3] = {
	{{0xc8, 0x55, 0x3d}, {0xf6, 0xd8, 0xb8}, {0x5b, 0x23, 0x33}},
	{{0x2f, 0x66, 0x90}, {0xd9, 0xe6, 0xee}, {0x16, 0x42, 0x5b}},
	{{0x58, 0x81, 0x57}, {0xdf, 0xe8, 0xcf}, {0x2f, 0x4a, 0x36}},
	{{0x8e, 0x55, 0x72}, {0xf0, 0xdb, 0xe2}, {0x4c, 0x2a, 0x3d}},
	{{0xb0, 0x89, 0x24}, {0xf6, 0xe9, 0xc4}, {0x5a, 0x44, 0x08}},
	{{0x3d, 0x7c, 0x7a}, {0xd5, 0xe9, 0xe4}, {0x16, 0x44, 0x46}},
	{{0x6a, 0x5a, 0xcd}, {0xe2, 0xdf, 0xf6}, {0x33, 0x2b, 0x6b}},
	{{0xa4, 0x58, 0x3a}, {0xf3, 0xdd, 0xcb}, {0x51, 0x25, 0x14}},
};

/* An endless run of bytes that the seed determines. */
struct dice {
	unsigned char bytes[DIGEST_SIZE];
	size_t used;
};

static void
dice_start(struct dice *dice, const char *seed)
{
	digest_sha256(seed, strlen(seed), dice->bytes);
	dice->used = 0;
}

static size_t
dice_throw(struct dice *dice, size_t sides)
{
	if (dice->used == DIGEST_SIZE) {
		unsigned char next[DIGEST_SIZE];

		digest_sha256(dice->bytes, DIGEST_SIZE, next);
		memcpy(dice->bytes, next, DIGEST_SIZE);
		dice->used = 0;
	}
	return dice->bytes[dice->used++] % sides;
}

struct quilt {
	struct dice dice;
	unsigned width, height; /* in patches */
	struct colour colours[5];
	size_t colour_count;
	size_t shape_count;
};

static void
add_patch(struct buffer *buffer, struct quilt *quilt, unsigned x, unsigned y)
{
	struct dice *dice = &quilt->dice;
	size_t count = quilt->colour_count;
	size_t ground = dice_throw(dice, count);
	size_t figure = (ground + 1 + dice_throw(dice, count - 1)) % count;
	size_t shape = dice_throw(dice, quilt->shape_count);
	unsigned turn = 90 * (unsigned)dice_throw(dice, 4);
	char ground_text[COLOUR_TEXT_SIZE], figure_text[COLOUR_TEXT_SIZE];

	colour_format(quilt->colours[ground], ground_text);
	colour_format(quilt->colours[figure], figure_text);
	/* The ground reaches under its neighbours, else seams show. */
	buffer_printf(buffer,
		"<g transform=\"translate(%u %u)\">"
		"<path fill=\"%s\" d=\"M0 0h40.5v40.5H0z\"/>"
		"<path fill=\"%s\" transform=\"rotate(%u 20 20)\" d=\"%s\"/>"
		"</g>\n",
		x * PATCH, y * PATCH, ground_text, figure_text, turn,
		shapes[shape]);
}

static char *
sew(struct arena *arena, struct quilt *quilt)
{
	struct buffer buffer = BUFFER_EMPTY;

	buffer_printf(&buffer,
		"<svg xmlns=\"http://www.w3.org/2000/svg\""
		" viewBox=\"0 0 %u %u\">\n",
		quilt->width * PATCH, quilt->height * PATCH);
	for (unsigned y = 0; y < quilt->height; y++)
		for (unsigned x = 0; x < quilt->width; x++)
			add_patch(&buffer, quilt, x, y);
	buffer_add_text(&buffer, "</svg>\n");
	char *svg = arena_copy(arena, buffer.data, buffer.length);
	buffer_release(&buffer);
	return svg;
}

/* The colour, lighter, cream, darker and near white. */
static void
take_tints(struct quilt *quilt, const char *text, size_t count)
{
	struct colour colour;

	if (colour_parse(text, &colour) < 0)
		colour_parse(THEME_COLOUR, &colour);
	const struct colour tints[] = {
		colour,
		colour_mix(colour, COLOUR_WHITE, 35),
		colour_mix(colour, (struct colour){255, 246, 230}, 72),
		colour_mix(colour, (struct colour){27, 18, 8}, 45),
		colour_mix(colour, (struct colour){255, 249, 238}, 90),
	};
	quilt->colour_count = count;
	memcpy(quilt->colours, tints, count * sizeof(tints[0]));
}

char *
quilt_sign(struct arena *arena, const char *seed, const char *colour)
{
	struct quilt quilt = {
		.width = 2, .height = 2, .shape_count = AVATAR_SHAPES};

	dice_start(&quilt.dice, seed);
	take_tints(&quilt, colour, 4);
	return sew(arena, &quilt);
}

char *
quilt_banner(struct arena *arena, const char *seed, const char *colour)
{
	struct quilt quilt = {
		.width = 9, .height = 6, .shape_count = COUNT_OF(shapes)};

	dice_start(&quilt.dice, seed);
	take_tints(&quilt, colour, 5);
	return sew(arena, &quilt);
}

char *
quilt_avatar(struct arena *arena, const char *seed)
{
	struct quilt quilt = {
		.width = 2, .height = 2, .shape_count = AVATAR_SHAPES};

	dice_start(&quilt.dice, seed);
	size_t palette = dice_throw(&quilt.dice, COUNT_OF(palettes));
	quilt.colour_count = 3;
	memcpy(quilt.colours, palettes[palette], sizeof(palettes[palette]));
	return sew(arena, &quilt);
}

#include "tenants/look/colour.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
colour_parse(const char *text, struct colour *colour)
{
	if (text == NULL || text[0] != '#' || strlen(text) != 7)
		return -1;
	for (size_t i = 1; i < 7; i++)
		if (!isxdigit((unsigned char)text[i]))
			return -1;
	unsigned long value = strtoul(text + 1, NULL, 16);
	colour->red = (unsigned char)(value >> 16 & 255);
	colour->green = (unsigned char)(value >> 8 & 255);
	colour->blue = (unsigned char)(value & 255);
	return 0;
}

void
colour_format(struct colour colour, char text[COLOUR_TEXT_SIZE])
{
	snprintf(text, COLOUR_TEXT_SIZE, "#%02x%02x%02x", colour.red,
		colour.green, colour.blue);
}

/* IEC 61966-2-1, as WCAG 2.2 cites it. */
static double
linear(unsigned char channel)
{
	double value = channel / 255.0;

	return value <= 0.04045 ? value / 12.92
				: pow((value + 0.055) / 1.055, 2.4);
}

static double
luminance(struct colour colour)
{
	return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) +
	       0.0722 * linear(colour.blue);
}

double
colour_contrast(struct colour a, struct colour b)
{
	double first = luminance(a), second = luminance(b);

	return (fmax(first, second) + 0.05) / (fmin(first, second) + 0.05);
}

static unsigned char
mix_channel(unsigned char a, unsigned char b, unsigned percent)
{
	return (unsigned char)((a * (100 - percent) + b * percent + 50) / 100);
}

struct colour
colour_mix(struct colour colour, struct colour other, unsigned percent)
{
	return (struct colour){
		mix_channel(colour.red, other.red, percent),
		mix_channel(colour.green, other.green, percent),
		mix_channel(colour.blue, other.blue, percent),
	};
}

struct colour
colour_text_on(struct colour colour)
{
	return colour_contrast(colour, COLOUR_WHITE) >= 4.5 ? COLOUR_WHITE
							    : COLOUR_BLACK;
}

static bool
is_readable(struct colour colour, const struct colour *grounds, size_t count,
	double needed)
{
	for (size_t i = 0; i < count; i++)
		if (colour_contrast(colour, grounds[i]) < needed)
			return false;
	return true;
}

struct colour
colour_readable(struct colour colour, struct colour toward,
	const struct colour *grounds, size_t count, double needed)
{
	for (unsigned percent = 0; percent < 100; percent += 2) {
		struct colour mixed = colour_mix(colour, toward, percent);

		if (is_readable(mixed, grounds, count, needed))
			return mixed;
	}
	return toward;
}

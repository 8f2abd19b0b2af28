#include "base/utf8.h"

#include <string.h>

size_t
utf8_point(const char *text, size_t length, uint32_t *ret_point)
{
	static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *data = (const unsigned char *)text;
	uint32_t point;
	size_t size;

	if (length == 0)
		return 0;
	if (data[0] < 0x80) {
		*ret_point = data[0];
		return 1;
	}
	if (data[0] < 0xc2 || data[0] > 0xf4)
		return 0;
	size = data[0] < 0xe0 ? 2 : data[0] < 0xf0 ? 3 : 4;
	if (size > length)
		return 0;
	point = data[0] & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if ((data[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (data[i] & 0x3fU);
	}
	if (point < least[size] || point > 0x10ffff ||
		(point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return size;
}

bool
utf8_valid(const char *data, size_t length)
{
	size_t position = 0;

	while (position < length) {
		uint32_t point;
		size_t size =
			utf8_point(data + position, length - position, &point);

		if (size == 0 || point == 0)
			return false;
		position += size;
	}
	return true;
}

size_t
utf8_cut(const char *text, size_t limit)
{
	size_t length = strnlen(text, limit + 1);

	if (length <= limit)
		return length;
	length = limit;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

size_t
utf8_length(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* Whether `matches` holds for a code point; bytes that are no UTF-8 match. */
static bool
any_point(const char *text, bool (*matches)(uint32_t point))
{
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t point;
		size_t size = utf8_point(text, left, &point);

		if (size == 0 || matches(point))
			return true;
		text += size;
		left -= size;
	}
	return false;
}

static bool
is_control(uint32_t point)
{
	if (point == '\t' || point == '\n' || point == '\r')
		return false;
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static bool
is_invisible(uint32_t point)
{
	/* First and last of each range. Variation selectors are not here:
	 * emoji have them. */
	static const uint32_t ranges[][2] = {
		{0xad, 0xad},	    /* soft hyphen */
		{0x34f, 0x34f},	    /* grapheme joiner */
		{0x61c, 0x61c},	    /* Arabic letter mark */
		{0x115f, 0x1160},   /* Hangul fillers */
		{0x17b4, 0x17b5},   /* Khmer inherent vowels */
		{0x180b, 0x180f},   /* Mongolian selectors */
		{0x200b, 0x200f},   /* zero width, direction marks */
		{0x2028, 0x202e},   /* line ends, direction */
		{0x2060, 0x206f},   /* joiners, isolates, shaping */
		{0x2800, 0x2800},   /* Braille without dots */
		{0x3164, 0x3164},   /* Hangul filler */
		{0xfeff, 0xfeff},   /* byte order mark */
		{0xffa0, 0xffa0},   /* Hangul filler, half width */
		{0xfff0, 0xfffb},   /* interlinear annotation */
		{0x1d173, 0x1d17a}, /* musical beams and slurs */
		{0xe0000, 0xe0fff}, /* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i][0] && point <= ranges[i][1])
			return true;
	return false;
}

bool
utf8_has_control(const char *text)
{
	return any_point(text, is_control);
}

bool
utf8_has_invisible(const char *text)
{
	return any_point(text, is_invisible);
}

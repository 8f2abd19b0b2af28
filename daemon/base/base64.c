#include "base/base64.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/record.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_add(struct buffer *buffer, const void *data, size_t length)
{
	const unsigned char *bytes = data;
	char *end = buffer_reserve(buffer, (length + 2) / 3 * 4);

	for (; length > 0; bytes += 3) {
		size_t taken = length < 3 ? length : 3;
		uint32_t group = (uint32_t)bytes[0] << 16;

		if (taken > 1)
			group |= (uint32_t)bytes[1] << 8;
		if (taken > 2)
			group |= bytes[2];
		for (size_t i = 0; i < 4; i++)
			*end++ = i > taken
					 ? '='
					 : alphabet[group >> (18 - 6 * i) & 63];
		buffer->length += 4;
		length -= taken;
	}
	*end = '\0';
}

/* Four characters to three bytes; how many of them count, 0 on error. */
static size_t
parse_group(const char *text, bool last, unsigned char bytes[3])
{
	size_t digits = 4;
	uint32_t group = 0;

	if (last && text[3] == '=')
		digits = text[2] == '=' ? 2 : 3;
	for (size_t i = 0; i < 4; i++) {
		const char *digit = strchr(alphabet, text[i]);

		group <<= 6;
		if (i >= digits)
			continue;
		if (!digit)
			return 0;
		group |= (uint32_t)(digit - alphabet);
	}
	for (size_t i = 0; i < 3; i++)
		bytes[i] = (unsigned char)(group >> (16 - 8 * i));
	/* Bits that stand for nothing must be clear: one spelling only. */
	if ((digits == 2 && bytes[1]) || (digits == 3 && bytes[2]))
		return 0;
	return digits - 1;
}

int
base64_parse(struct arena *arena, const char *text, struct slice *ret_bytes)
{
	size_t length = strlen(text), count = 0;
	unsigned char *bytes = arena_alloc(arena, length / 4 * 3);

	if (length % 4)
		return -1;
	for (size_t i = 0; i < length; i += 4) {
		unsigned char group[3];
		size_t taken = parse_group(text + i, i + 4 == length, group);

		if (taken == 0)
			return -1;
		memcpy(bytes + count, group, taken);
		count += taken;
	}
	*ret_bytes = (struct slice){bytes, count};
	return 0;
}

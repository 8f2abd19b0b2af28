#include "base/uuid.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

/*
 * RFC 9562, 5.7 and 6.2 method 1: within a millisecond the 12 bits after the
 * version count up from a random start (its top bit clear, so that there is
 * room); should they run over, the millisecond is borrowed from the future.
 */
struct uuid
uuid_new(void)
{
	static _Thread_local int64_t last;
	static _Thread_local unsigned counter;
	int64_t now = clock_now().microseconds / 1000;
	unsigned char random[10];
	struct uuid id;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		log_defect("uuid", "no random bytes");
	if (now > last) {
		last = now;
		counter = ((unsigned)random[8] << 8 | random[9]) & 0x7ff;
	} else if (++counter > 0xfff) {
		last++;
		counter = 0;
	}
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (unsigned char)(last >> (40 - 8 * i));
	id.bytes[6] = (unsigned char)(0x70 | counter >> 8);
	id.bytes[7] = (unsigned char)counter;
	memcpy(id.bytes + 8, random, 8);
	id.bytes[8] = (unsigned char)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

/* 128 bits are 26 digits of 5 with two bits to spare, left of the first. */
void
uuid_format(struct uuid id, char text[UUID_TEXT_SIZE])
{
	unsigned bits = 0, window = 0;
	size_t position = UUID_TEXT_SIZE - 1;

	text[position] = '\0';
	for (int i = 15; i >= 0; i--) {
		window |= (unsigned)id.bytes[i] << bits;
		for (bits += 8; bits >= 5; bits -= 5) {
			text[--position] = alphabet[window & 31];
			window >>= 5;
		}
	}
	text[--position] = alphabet[window];
}

int
uuid_parse(const char *text, struct uuid *id)
{
	struct uuid parsed = UUID_NONE;
	unsigned bits = 0, window = 0;
	int byte = 15;

	if (strlen(text) != UUID_TEXT_SIZE - 1)
		return -1;
	for (size_t i = UUID_TEXT_SIZE - 1; i-- > 0;) {
		char lower = text[i] >= 'A' && text[i] <= 'Z'
				     ? (char)(text[i] - 'A' + 'a')
				     : text[i];
		const char *digit = strchr(alphabet, lower);

		if (!digit)
			return -1;
		window |= (unsigned)(digit - alphabet) << bits;
		bits += 5;
		if (bits >= 8 && byte >= 0) {
			parsed.bytes[byte--] = (unsigned char)window;
			window >>= 8;
			bits -= 8;
		}
	}
	/* What is left are the two bits above the 128: they must be clear. */
	if (window != 0)
		return -1;
	*id = parsed;
	return 0;
}

void
uuid_format_hyphenated(struct uuid id, char text[UUID_HYPHENATED_SIZE])
{
	const unsigned char *b = id.bytes;

	snprintf(text, UUID_HYPHENATED_SIZE,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		"%02x%02x%02x%02x%02x%02x",
		b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
		b[10], b[11], b[12], b[13], b[14], b[15]);
}

int
uuid_parse_hyphenated(const char *text, size_t length, struct uuid *id)
{
	struct uuid parsed;
	size_t position = 0;

	if (length != UUID_HYPHENATED_SIZE - 1)
		return -1;
	for (size_t i = 0; i < sizeof(parsed.bytes); i++) {
		int high, low;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (text[position++] != '-')
				return -1;
		high = parse_hexadecimal(text[position++]);
		low = parse_hexadecimal(text[position++]);
		if (high < 0 || low < 0)
			return -1;
		parsed.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*id = parsed;
	return 0;
}

bool
uuid_equal(struct uuid a, struct uuid b)
{
	return memcmp(a.bytes, b.bytes, sizeof(a.bytes)) == 0;
}

bool
uuid_is_none(struct uuid id)
{
	return uuid_equal(id, UUID_NONE);
}

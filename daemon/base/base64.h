/* base64.h: bytes as text, RFC 4648 section 4 (with padding). */
#ifndef MISSIOND_BASE_BASE64_H
#define MISSIOND_BASE_BASE64_H

#include <stddef.h>

struct arena;
struct buffer;
struct slice;

/* Appends the encoded bytes, without line breaks. */
void base64_add(struct buffer *buffer, const void *data, size_t length);

/* The bytes, in the arena. 0, or -1 when the text is not exactly what
 * base64_add() makes of some bytes. */
int base64_parse(
	struct arena *arena, const char *text, struct slice *ret_bytes);

#endif

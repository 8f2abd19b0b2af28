/*
 * body.h: what forms send, taken apart: application/x-www-form-urlencoded
 * (WHATWG URL, 5.1) and multipart/form-data (RFC 7578). Nothing is judged here:
 * values may hold any bytes; whoever reads them checks.
 */
#ifndef MISSIOND_HTTP_BODY_H
#define MISSIOND_HTTP_BODY_H

#include <stddef.h>

#include "base/record.h"

struct arena;

/* Most pairs or parts of one body; more is an error. */
#define BODY_PARTS_LIMIT 500

struct body_part {
	const char *name; /* as sent, may hold any byte but NUL */
	struct slice value;
	const char *file; /* multipart: the file's name, or NULL */
	const char *type; /* multipart: its Content-Type, or NULL */
};

/* Called for each part in order; not 0 stops and is returned. */
typedef int body_each(const struct body_part *part, void *argument);

/*
 * Decodes the text where it stands, for a body is large and read once: the
 * parts point into it, names and values end with a NUL, and nothing else can be
 * made of it afterwards. A NUL stands behind it, at text[length]. 0, −1 when
 * malformed or too many, or what `each` returned.
 */
int body_urlencoded(char *text, size_t length, body_each *each, void *argument);

/* The same of multipart; values point into the data and end with no NUL. `type`
 * is the whole Content-Type header (for the boundary). */
int body_multipart(struct arena *arena, const char *type, const void *data,
	size_t length, body_each *each, void *argument);

/*
 * Decodes %XX (and '+' as a space when `plus`) into the arena. NULL when an
 * escape is malformed. The result is NUL-terminated and may hold NULs.
 */
char *body_decode(struct arena *arena, const char *text, size_t length,
	_Bool plus, size_t *ret_length);

/* Whether a Content-Type header is of this media type, parameters aside. */
_Bool body_is_type(const char *header, const char *type);

#endif

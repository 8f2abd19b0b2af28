/* utf8.h: what counts as text at the edge. */
#ifndef MISSIOND_BASE_UTF8_H
#define MISSIOND_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at `data` and how many bytes it takes; 0 when it is not
 * well-formed: overlong, a surrogate, above U+10FFFF, cut. */
size_t utf8_point(const char *data, size_t length, uint32_t *ret_point);

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool utf8_valid(const char *data, size_t length);

/* Bytes of the longest beginning of `text` that is no longer than `limit` bytes
 * and does not end within a character. */
size_t utf8_cut(const char *text, size_t limit);

/* Number of code points of valid UTF-8. */
size_t utf8_length(const char *text);

/* Whether there are control characters (C0 but \t \n \r, DEL, C1). */
bool utf8_has_control(const char *text);

/* Whether there are characters that reorder or hide text : zero
 * width, direction, fillers, tags. Refused in names. */
bool utf8_has_invisible(const char *text);

#endif

#include "text/normal.h"

#include <string.h>

#include <utf8proc.h>

#include "base/arena.h"

/* As utf8proc_map(), but all in the arena, which is wiped: it may be a
 * password. */
static const char *
map(struct arena *arena, const char *text, unsigned options)
{
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t length = (utf8proc_ssize_t)strlen(text), count;
	utf8proc_int32_t *points;

	count = utf8proc_decompose(
		bytes, length, NULL, 0, (utf8proc_option_t)options);
	if (count < 0)
		return text;
	points = arena_array(arena, (size_t)count + 1, sizeof(*points));
	count = utf8proc_decompose(
		bytes, length, points, count, (utf8proc_option_t)options);
	if (count >= 0)
		count = utf8proc_reencode(
			points, count, (utf8proc_option_t)options);
	return count < 0 ? text : (const char *)points;
}

const char *
normal_nfkc(struct arena *arena, const char *text)
{
	return map(arena, text,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT);
}

const char *
normal_fold(struct arena *arena, const char *text)
{
	return map(arena, text,
		UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
			UTF8PROC_CASEFOLD);
}

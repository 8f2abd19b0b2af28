#include "text/normal.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/arena.h"

static const char *
map(struct arena *arena, const char *text, unsigned options)
{
	utf8proc_uint8_t *mapped = NULL;
	utf8proc_ssize_t length;
	const char *result;

	length = utf8proc_map((const utf8proc_uint8_t *)text,
		(utf8proc_ssize_t)strlen(text), &mapped,
		(utf8proc_option_t)options);
	if (length < 0)
		return text;
	result = arena_copy(arena, (const char *)mapped, (size_t)length);
	/* It may be a password. */
	explicit_bzero(mapped, (size_t)length);
	free(mapped);
	return result;
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

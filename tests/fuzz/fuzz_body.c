/* Forms: urlencoded and multipart; the first line is the Content-Type. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "http/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
count(const struct body_part *part, void *argument)
{
	size_t *total = argument;

	*total += strlen(part->name) + part->value.length;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	struct arena *arena = arena_new();
	size_t total = 0;

	if (end != NULL && memchr(data, '\0', (size_t)(end - data)) == NULL)
		body_multipart(arena,
			arena_copy(arena, data, (size_t)(end - data)), end + 1,
			size - (size_t)(end + 1 - data), count, &total);
	body_urlencoded(arena_copy(arena, data, size), size, count, &total);
	arena_free(arena);
	return 0;
}

/* Accept-Language. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "text/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();

	language_negotiate(arena_copy(arena, data, size), 3, LANGUAGE_ENGLISH);
	arena_free(arena);
	return 0;
}

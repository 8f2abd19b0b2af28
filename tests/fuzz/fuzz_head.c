/* The gate: heads as they come off the wire, and the body behind them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "http/body_stream.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
	size_t length = end == NULL ? size : (size_t)(end - data) + 4;
	struct arena *arena = arena_new();
	struct head head;

	head_check_partial((const char *)data, size);
	if (head_read(arena, (const char *)data, length, &head) == 0) {
		struct body_stream body;
		size_t used;

		/* What was accepted has one meaning. */
		if (head.host == NULL || head.path == NULL ||
			head.path[0] != '/')
			abort();
		body_stream_start(&body, &head, 1000);
		used = body_stream_feed(&body, data + length, size - length);
		if (used > size - length || body.data.length > 1000)
			abort();
		body_stream_release(&body);
	}
	arena_free(arena);
	return 0;
}

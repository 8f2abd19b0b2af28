/* Members' texts: nothing executable survives, whatever was written. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "html.h"
#include "text/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);

	if (utf8_valid(text, size)) {
		const char *excerpt = markdown_excerpt(arena, text, 50);

		html_check_markdown(markdown_html(arena, text, 2));
		if (!utf8_valid(excerpt, strlen(excerpt)) ||
			utf8_length(excerpt) > 51)
			abort();
	}
	arena_free(arena);
	return 0;
}

/* Members' texts: nothing executable survives. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "text/markdown.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const never[] = {"<script", "<img", "<iframe",
		"href=\"javascript:", "href=\"data:", "href=\"vbscript:",
		"<svg", "<style"};
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);

	if (utf8_valid(text, size)) {
		const char *html = markdown_html(arena, text, 2);

		for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
			if (strcasestr(html, never[i]) != NULL)
				abort();
		markdown_excerpt(arena, text, 50);
	}
	arena_free(arena);
	return 0;
}

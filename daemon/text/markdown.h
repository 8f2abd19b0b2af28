/* markdown.h: members' texts to HTML (libcmark, safe mode). */
#ifndef MISSIOND_TEXT_MARKDOWN_H
#define MISSIOND_TEXT_MARKDOWN_H

#include <stddef.h>

struct arena;

/*
 * HTML in which no raw HTML, no script, no javascript:/data: address and no
 * image (an outside request) survives; links get rel="nofollow ugc noopener".
 * The greatest headings become those of `heading` (2–6), and no level is left
 * out. `markdown` is valid UTF-8.
 */
char *markdown_html(
	struct arena *arena, const char *markdown, unsigned heading);

/* The first `characters` code points as plain text, for cards and mails. */
char *markdown_excerpt(
	struct arena *arena, const char *markdown, size_t characters);

#endif

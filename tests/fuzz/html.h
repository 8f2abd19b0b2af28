/*
 * html.h: a strict reading of HTML that was made from what visitors wrote. It
 * knows what our pages contain and nothing else: whatever a browser might take
 * for more (an unknown element or attribute, a quote that ends early, an
 * element that does not close) is found.
 */
#ifndef MISSIOND_FUZZ_HTML_H
#define MISSIOND_FUZZ_HTML_H

#include <stdbool.h>
#include <stddef.h>

struct html_element {
	const char *name;
	const char *attributes; /* allowed ones, each with a space behind it */
	bool empty;		/* has no end tag */
};

/* Aborts, and says why, unless `html` consists of the elements, properly
 * nested, and of text in which <, >, & and " are references. */
void html_check(
	const char *html, const struct html_element *elements, size_t count);

/* What Markdown becomes. */
void html_check_markdown(const char *html);

#endif

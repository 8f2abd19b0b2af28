/*
 * template.h: a subset of Mustache, compiled when loaded. A name is resolved
 * against the records (base/record.h) of the page's view while compiling, so an
 * unknown name is an error with file, line and column at load, never at a
 * visitor's request, and rendering is a flat program that appends to one
 * buffer and allocates nothing.
 *
 *	{{name}}            value, HTML-escaped; {{a.b}} for nested records
 *	{{{name}}}          unescaped: only FIELD_TYPE_HTML, else an error
 *	{{name|filter}}     date, minute, there (minute and zone), ago (times,
 *	                    on the reader's clocks); iso (the same in UTC);
 *	                    day, isoday (of a calendar day, kept as midnight
 *	                    UTC, which is the same day everywhere); money needs
 *	                    two: {{price currency|money}}; url
 *	                    (percent-encoded); number
 *	{{#name}}…{{/name}} if true / for each / with; {{^name}}…{{/name}} if
 *not. Inside a list of texts {{.}} is the element.
 *	{{>folder/file.html}}  partial, resolved in the present context
 *	{{<folder/file.html}}{{$block}}…{{/block}}{{/folder/file.html}}
 *	                    page in a layout (Mustache inheritance); in the
 *	                    layout {{$block}}default{{/block}}
 *	{{#_}}Text with {{name}}{{/_}}  translated; the text between, with its
 *	                    white space folded, is the catalogue's key
 *	{{#_n count}}{{count}} offer{{|}}{{count}} offers{{/_n}}  plural
 *	{{!comment}}
 *
 * Names are looked up from the innermost section outwards, then in the view,
 * then in the `common` record that every page shares. A text is HTML-escaped
 * also within a translation; the translation itself may hold HTML.
 */
#ifndef MISSIOND_HTTP_TEMPLATE_H
#define MISSIOND_HTTP_TEMPLATE_H

#include "base/record.h"
#include "text/catalogue.h"

struct buffer;
struct error;
struct template_set;
struct zone;

/* A page (or mail) that code renders: its file below the template folder and
 * the record its names are looked up in. */
struct page {
	const char *file; /* "listings/show.html" */
	const struct record *view;
};

/*
 * Reads and compiles every page of the table with `common` (may be NULL) from
 * `directory`. NULL and an error "file:line:column: …" when any is bad.
 * Plain-text mails, whose files end in ".txt", are not HTML-escaped and know
 * nothing of `common`: they are not about the page being shown.
 */
struct template_set *template_set_load(const char *directory,
	const struct page *const *pages, size_t count,
	const struct record *common, struct error *error);
void template_set_free(struct template_set *set);

/* Appends the page, with times as the clocks of the zone show them (NULL: UTC).
 * `page` must be one of the set's table. */
void template_render(const struct template_set *set, const struct page *page,
	const void *view, const void *common, enum language language,
	const struct zone *zone, struct buffer *output);

#endif

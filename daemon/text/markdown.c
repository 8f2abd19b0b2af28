#include "text/markdown.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmark.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/utf8.h"

#define ELLIPSIS  "…"
#define SEPARATOR " · "

static cmark_node *
parse(const char *markdown)
{
	cmark_node *document = cmark_parse_document(
		markdown, strlen(markdown), CMARK_OPT_VALIDATE_UTF8);

	if (!document)
		log_defect("markdown", "no document");
	return document;
}

/*
 * Whether a link may go there: an allowed scheme, or none. A colon before the
 * first slash, question mark or hash makes what stands before it a scheme (RFC
 * 3986, 4.2), whatever characters a browser might skip in it.
 */
static bool
may_link(const char *url)
{
	static const char *const schemes[] = {"http:", "https:", "mailto:"};

	if (url[strcspn(url, ":/?#")] != ':')
		return true;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* What may stand in a URL stays, with & and ' as references; all else is
 * percent-encoded, so that nothing can end the attribute. */
static void
add_address(struct buffer *buffer, const char *url)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~:/?#@!$()*+,;=%&'[]";

	for (; *url; url++) {
		if (strchr(plain, *url))
			buffer_add_html(buffer, url, 1);
		else
			buffer_printf(buffer, "%%%02X", (unsigned char)*url);
	}
}

static cmark_node *
make_anchor(cmark_node *link)
{
	const char *title = cmark_node_get_title(link);
	cmark_node *anchor = cmark_node_new(CMARK_NODE_CUSTOM_INLINE);
	struct buffer tag = BUFFER_EMPTY;

	buffer_add_text(&tag, "<a href=\"");
	add_address(&tag, cmark_node_get_url(link));
	if (title && *title) {
		buffer_add_text(&tag, "\" title=\"");
		buffer_add_html(&tag, title, strlen(title));
	}
	buffer_add_text(&tag, "\" rel=\"nofollow ugc noopener\">");
	cmark_node_set_on_enter(anchor, buffer_text(&tag));
	cmark_node_set_on_exit(anchor, "</a>");
	buffer_release(&tag);
	return anchor;
}

static void
move_children(cmark_node *from, cmark_node *to)
{
	cmark_node *child;

	while ((child = cmark_node_first_child(from)))
		cmark_node_append_child(to, child);
}

/* Links become anchors of our own or, where they may not lead, their text; an
 * image always becomes its text. */
static cmark_node *
replace_link(cmark_node *node)
{
	bool link = cmark_node_get_type(node) == CMARK_NODE_LINK &&
		    may_link(cmark_node_get_url(node));
	cmark_node *other = link ? make_anchor(node)
				 : cmark_node_new(CMARK_NODE_CUSTOM_INLINE);

	move_children(node, other);
	return other;
}

/* Raw HTML is shown as it was typed. */
static cmark_node *
replace_html(cmark_node *node)
{
	cmark_node *text = cmark_node_new(CMARK_NODE_TEXT);
	cmark_node *paragraph;

	cmark_node_set_literal(text, cmark_node_get_literal(node));
	if (cmark_node_get_type(node) == CMARK_NODE_HTML_INLINE)
		return text;
	paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
	cmark_node_append_child(paragraph, text);
	return paragraph;
}

static cmark_node *
replacement(cmark_node *node)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_LINK:
	case CMARK_NODE_IMAGE:
		return replace_link(node);
	case CMARK_NODE_HTML_INLINE:
	case CMARK_NODE_HTML_BLOCK:
		return replace_html(node);
	default:
		return NULL;
	}
}

/* The level of the document's greatest heading, which counts as its first. */
static int
top_level(cmark_node *document)
{
	cmark_iter *walk = cmark_iter_new(document);
	int top = 6;

	while (cmark_iter_next(walk) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(walk);

		if (cmark_node_get_type(node) == CMARK_NODE_HEADING &&
			cmark_node_get_heading_level(node) < top)
			top = cmark_node_get_heading_level(node);
	}
	cmark_iter_free(walk);
	return top;
}

/* Readers who move by headings must not meet a gap, however the writer counts:
 * a heading is at most one level below the one before it. */
static void
lower_heading(cmark_node *node, int by, int *last)
{
	int level = cmark_node_get_heading_level(node) + by;

	if (level > *last + 1)
		level = *last + 1;
	*last = level < 6 ? level : 6;
	cmark_node_set_heading_level(node, *last);
}

/* Nodes are replaced when the walk leaves them: their children are done then
 * (an image's text may hold a link), and the iterator has moved on. */
static void
make_safe(cmark_node *document, unsigned heading)
{
	cmark_iter *walk = cmark_iter_new(document);
	cmark_event_type event;
	int by = (int)heading - top_level(document);
	int last = (int)heading - 1;

	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(walk), *other;
		cmark_node_type type = cmark_node_get_type(node);
		bool leaf = type == CMARK_NODE_HTML_INLINE ||
			    type == CMARK_NODE_HTML_BLOCK;

		if (event == CMARK_EVENT_ENTER && type == CMARK_NODE_HEADING)
			lower_heading(node, by, &last);
		if (event == CMARK_EVENT_ENTER && !leaf)
			continue;
		other = replacement(node);
		if (!other)
			continue;
		if (!cmark_node_replace(node, other))
			log_defect("markdown", "node not replaced");
		cmark_node_free(node);
	}
	cmark_iter_free(walk);
}

char *
markdown_html(struct arena *arena, const char *markdown, unsigned heading)
{
	cmark_node *document = parse(markdown);
	char *html, *copy;

	make_safe(document, heading);
	/* Without CMARK_OPT_UNSAFE: what the walk missed is left out. */
	html = cmark_render_html(document, CMARK_OPT_DEFAULT);
	copy = arena_text(arena, html);
	free(html);
	cmark_node_free(document);
	return copy;
}

/* Appends with white space folded to single spaces, none at the beginning. */
static void
add_folded(struct buffer *buffer, const char *text)
{
	for (; *text; text++) {
		bool space = strchr(" \t\r\n", *text) != NULL;

		if (!space)
			buffer_add_byte(buffer, *text);
		else if (buffer->length > 0 &&
			 buffer->data[buffer->length - 1] != ' ')
			buffer_add_byte(buffer, ' ');
	}
}

/* Between two blocks a dot, unless the first ends with a stop of its own. */
static void
add_break(struct buffer *buffer)
{
	size_t length = buffer->length;

	while (length > 0 && buffer->data[length - 1] == ' ')
		length--;
	if (length == 0 || strchr(".!?:;,", buffer->data[length - 1]) != NULL)
		return;
	buffer->length = length;
	buffer_add_text(buffer, SEPARATOR);
}

static void
add_plain(struct buffer *buffer, cmark_node *node, cmark_event_type event)
{
	switch (cmark_node_get_type(node)) {
	case CMARK_NODE_TEXT:
	case CMARK_NODE_CODE:
	case CMARK_NODE_HTML_INLINE:
		add_folded(buffer, cmark_node_get_literal(node));
		break;
	case CMARK_NODE_CODE_BLOCK:
	case CMARK_NODE_HTML_BLOCK:
		add_break(buffer);
		add_folded(buffer, cmark_node_get_literal(node));
		add_folded(buffer, " ");
		break;
	case CMARK_NODE_SOFTBREAK:
	case CMARK_NODE_LINEBREAK:
		add_folded(buffer, " ");
		break;
	case CMARK_NODE_PARAGRAPH:
	case CMARK_NODE_HEADING:
		if (event == CMARK_EVENT_EXIT)
			add_folded(buffer, " ");
		else if (cmark_node_first_child(node) != NULL)
			add_break(buffer);
		break;
	default:
		break;
	}
}

/* What a cut leaves of a break between blocks. */
static void
drop_break(struct buffer *buffer)
{
	static const char dot[] = "·";
	size_t size = sizeof(dot) - 1;

	for (;;) {
		if (buffer->length > 0 &&
			buffer->data[buffer->length - 1] == ' ')
			buffer->length--;
		else if (buffer->length >= size &&
			 memcmp(buffer->data + buffer->length - size, dot,
				 size) == 0)
			buffer->length -= size;
		else
			return;
	}
}

/* Ends the text after so many code points, with an ellipsis when cut. */
static void
cut(struct buffer *buffer, size_t characters)
{
	size_t position = 0;

	while (buffer->length > 0 && buffer->data[buffer->length - 1] == ' ')
		buffer->data[--buffer->length] = '\0';
	if (utf8_length(buffer_text(buffer)) <= characters)
		return;
	for (; characters > 0; characters--)
		while (((unsigned char)buffer->data[++position] & 0xc0) == 0x80)
			;
	buffer->length = position;
	drop_break(buffer);
	buffer_add_text(buffer, ELLIPSIS);
}

char *
markdown_excerpt(struct arena *arena, const char *markdown, size_t characters)
{
	cmark_node *document = parse(markdown);
	cmark_iter *walk = cmark_iter_new(document);
	struct buffer buffer = BUFFER_EMPTY;
	cmark_event_type event;
	char *copy;

	/* Four bytes hold any character: more than that need not be read. */
	while ((event = cmark_iter_next(walk)) != CMARK_EVENT_DONE &&
		buffer.length <= 4 * characters + 1)
		add_plain(&buffer, cmark_iter_get_node(walk), event);
	cut(&buffer, characters);
	copy = arena_copy(arena, buffer_text(&buffer), buffer.length);
	buffer_release(&buffer);
	cmark_iter_free(walk);
	cmark_node_free(document);
	return copy;
}

#include "http/template_parse.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"

struct parser {
	struct arena *arena;
	const struct template_source *source;
	struct error *error;
	size_t position;
	unsigned depth;
};

/* A tag as it stands in the text. */
struct tag {
	size_t start, end; /* with its braces */
	char sigil;	   /* '{' for raw, 0 for a plain value */
	const char *content;
};

int
template_fail(struct error *error, const struct template_source *source,
	size_t offset, const char *format, ...)
{
	char message[256];
	va_list values;
	size_t line = 1, column = 1;

	va_start(values, format);
	vsnprintf(message, sizeof(message), format, values);
	va_end(values);
	const char *language = source->language;
	while (source->within != NULL) {
		offset = source->within->offset;
		source = source->within->source;
	}
	for (size_t i = 0; i < offset && i < source->length; i++) {
		column++;
		if (source->text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	return error_set(error, "%s:%zu:%zu: %s%s%s", source->file, line,
		column, message, language == NULL ? "" : " in the text for ",
		language == NULL ? "" : language);
}

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct template_node *
add_node(struct parser *parser, struct template_node ***tail,
	enum template_kind kind, size_t offset)
{
	struct template_node *node =
		ARENA_NEW(parser->arena, struct template_node);

	node->kind = kind;
	node->source = parser->source;
	node->offset = offset;
	**tail = node;
	*tail = &node->next;
	return node;
}

static void
add_text(struct parser *parser, struct template_node ***tail, size_t start,
	size_t end)
{
	struct template_node *node;

	if (start >= end)
		return;
	node = add_node(parser, tail, TEMPLATE_TEXT, start);
	node->text = parser->source->text + start;
	node->length = end - start;
}

/* Reads the tag that begins at `start`. */
static int
read_tag(struct parser *parser, size_t start, struct tag *tag)
{
	const char *text = parser->source->text;
	size_t content = start + 2;
	const char *closing = "}}";

	tag->start = start;
	tag->sigil = 0;
	if (text[content] == '{')
		closing = "}}}";
	if (text[content] != '\0' && strchr("{#^/><$!|&", text[content]))
		tag->sigil = text[content++];
	const char *end = strstr(text + content, closing);
	if (end == NULL)
		return template_fail(parser->error, parser->source, start,
			"this tag has no closing %s", closing);
	size_t last = (size_t)(end - text);
	tag->end = last + strlen(closing);
	while (content < last && isspace((unsigned char)text[content]))
		content++;
	while (last > content && isspace((unsigned char)text[last - 1]))
		last--;
	tag->content =
		arena_copy(parser->arena, text + content, last - content);
	return 0;
}

/*
 * A tag alone on its line takes the line with it (Mustache's "standalone"
 * rule): moves *start back over the indent and *end behind the newline.
 */
static void
widen_standalone(
	const struct template_source *source, size_t *start, size_t *end)
{
	size_t first = *start, last = *end;

	while (first > 0 && is_blank(source->text[first - 1]))
		first--;
	if (first > 0 && source->text[first - 1] != '\n')
		return;
	while (is_blank(source->text[last]))
		last++;
	if (source->text[last] != '\n' && source->text[last] != '\0')
		return;
	*start = first;
	*end = last + (source->text[last] == '\n');
}

static bool
is_name(const char *name)
{
	if (strcmp(name, ".") == 0)
		return true;
	for (size_t i = 0; name[i] != '\0'; i++) {
		if (isalnum((unsigned char)name[i]) || name[i] == '_')
			continue;
		if (name[i] != '.' || i == 0 || name[i - 1] == '.' ||
			name[i + 1] == '\0')
			return false;
	}
	return name[0] != '\0';
}

static bool
is_file(const char *name)
{
	return name[0] != '\0' && name[0] != '/' && name[0] != '.' &&
	       strstr(name, "..") == NULL &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-./") ==
		       strlen(name);
}

/* "name", "name|filter" or "name second|filter". */
static int
read_value(struct parser *parser, struct template_node *node, const char *text)
{
	char *name = arena_text(parser->arena, text);
	char *bar = strchr(name, '|');

	if (bar != NULL) {
		*bar = '\0';
		node->filter = bar + 1;
		if (!is_name(node->filter))
			goto bad;
	}
	char *space = strchr(name, ' ');
	if (space != NULL) {
		*space = '\0';
		node->second = space + 1;
		if (node->filter == NULL || !is_name(node->second))
			goto bad;
	}
	node->name = name;
	if (is_name(name))
		return 0;
bad:
	return template_fail(parser->error, parser->source, node->offset,
		"\"%s\" is not a name or name|filter", text);
}

static int parse_nodes(struct parser *parser, const struct tag *opener,
	struct template_node **ret_nodes);

/* White space runs become one space, none at the ends. */
static const char *
fold(struct arena *arena, const char *text, size_t length)
{
	char *folded = arena_copy(arena, text, length);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (!isspace((unsigned char)text[i]))
			folded[used++] = text[i];
		else if (used > 0 && folded[used - 1] != ' ')
			folded[used++] = ' ';
	}
	if (used > 0 && folded[used - 1] == ' ')
		used--;
	folded[used] = '\0';
	return folded;
}

static int
parse_translated(struct parser *parser, const struct tag *tag,
	struct template_node ***tail)
{
	bool plural = strncmp(tag->content, "_n", 2) == 0;
	const char *closing = plural ? "{{/_n}}" : "{{/_}}";
	const char *text = parser->source->text;
	const char *end = strstr(text + tag->end, closing);
	struct template_node *node = add_node(parser, tail,
		plural ? TEMPLATE_PLURAL : TEMPLATE_TRANSLATED, tag->start);

	if (end == NULL)
		return template_fail(parser->error, parser->source, tag->start,
			"this text has no closing %s", closing);
	size_t start = tag->end, last = (size_t)(end - text);
	parser->position = last + strlen(closing);
	if (plural) {
		const char *bar = strstr(text + start, "{{|}}");
		if (bar == NULL || bar > end)
			return template_fail(parser->error, parser->source,
				tag->start, "a plural needs {{|}}");
		size_t middle = (size_t)(bar - text);
		node->plural = fold(parser->arena, bar + 5, last - middle - 5);
		last = middle;
		if (tag->content[2] != ' ' || !is_name(tag->content + 3))
			return template_fail(parser->error, parser->source,
				tag->start, "{{#_n}} needs the name to count");
		node->name = tag->content + 3;
	}
	node->text = fold(parser->arena, text + start, last - start);
	node->length = strlen(node->text);
	if (node->length == 0)
		return template_fail(parser->error, parser->source, tag->start,
			"there is no text to translate");
	return 0;
}

static int
parse_nested(struct parser *parser, const struct tag *tag,
	struct template_node ***tail)
{
	enum template_kind kind = tag->sigil == '#'   ? TEMPLATE_SECTION
				  : tag->sigil == '^' ? TEMPLATE_INVERTED
				  : tag->sigil == '<' ? TEMPLATE_LAYOUT
						      : TEMPLATE_BLOCK;
	struct template_node *node = add_node(parser, tail, kind, tag->start);

	if (!(kind == TEMPLATE_LAYOUT ? is_file(tag->content)
				      : is_name(tag->content)))
		return template_fail(parser->error, parser->source, tag->start,
			"\"%s\" is not a %s", tag->content,
			kind == TEMPLATE_LAYOUT ? "template file" : "name");
	node->name = tag->content;
	if (++parser->depth > TEMPLATE_DEPTH)
		return template_fail(parser->error, parser->source, tag->start,
			"sections are nested too deep");
	if (parse_nodes(parser, tag, &node->children) < 0)
		return -1;
	parser->depth--;
	return 0;
}

static int
parse_tag(struct parser *parser, const struct tag *tag,
	struct template_node ***tail)
{
	struct template_node *node;

	switch (tag->sigil) {
	case '!':
		return 0;
	case '#':
		if (strcmp(tag->content, "_") == 0 ||
			strncmp(tag->content, "_n ", 3) == 0 ||
			strcmp(tag->content, "_n") == 0)
			return parse_translated(parser, tag, tail);
		return parse_nested(parser, tag, tail);
	case '^':
	case '<':
	case '$':
		return parse_nested(parser, tag, tail);
	case '>':
		node = add_node(parser, tail, TEMPLATE_PARTIAL, tag->start);
		node->name = tag->content;
		if (!is_file(node->name))
			return template_fail(parser->error, parser->source,
				tag->start, "\"%s\" is not a template file",
				node->name);
		return 0;
	case '{':
	case 0:
		node = add_node(parser, tail,
			tag->sigil == 0 ? TEMPLATE_VALUE : TEMPLATE_RAW,
			tag->start);
		return read_value(parser, node, tag->content);
	default:
		return template_fail(parser->error, parser->source, tag->start,
			"a tag {{%c has no meaning here", tag->sigil);
	}
}

static bool
may_stand_alone(const struct tag *tag)
{
	return tag->sigil != 0 && strchr("#^/><$!", tag->sigil) != NULL &&
	       (tag->sigil != '#' || tag->content[0] != '_');
}

/* `{{/name}}` for the section that `opener` began. */
static int
close_nested(
	struct parser *parser, const struct tag *tag, const struct tag *opener)
{
	if (opener == NULL)
		return template_fail(parser->error, parser->source, tag->start,
			"{{/%s}} closes nothing", tag->content);
	if (strcmp(tag->content, opener->content) != 0)
		return template_fail(parser->error, parser->source, tag->start,
			"{{/%s}} stands where {{/%s}} is expected",
			tag->content, opener->content);
	return 0;
}

/* Nodes up to the closing tag of `opener`, or up to the end. */
static int
parse_nodes(struct parser *parser, const struct tag *opener,
	struct template_node **ret_nodes)
{
	const struct template_source *source = parser->source;
	struct template_node **tail = ret_nodes;

	for (;;) {
		const char *brace =
			strstr(source->text + parser->position, "{{");
		struct tag tag = {0};

		if (brace == NULL)
			break;
		if (read_tag(parser, (size_t)(brace - source->text), &tag) < 0)
			return -1;
		size_t start = tag.start, end = tag.end;
		if (may_stand_alone(&tag))
			widen_standalone(source, &start, &end);
		add_text(parser, &tail, parser->position, start);
		parser->position = end;
		if (tag.sigil == '/')
			return close_nested(parser, &tag, opener);
		if (parse_tag(parser, &tag, &tail) < 0)
			return -1;
	}
	add_text(parser, &tail, parser->position, source->length);
	parser->position = source->length;
	if (opener != NULL)
		return template_fail(parser->error, source, opener->start,
			"{{%c%s}} is not closed", opener->sigil,
			opener->content);
	return 0;
}

int
template_parse(struct arena *arena, const struct template_source *source,
	struct template_node **ret_nodes, struct error *error)
{
	struct parser parser = {
		.arena = arena, .source = source, .error = error};
	struct template_node *nodes = NULL;

	if (parse_nodes(&parser, NULL, &nodes) < 0)
		return -1;
	*ret_nodes = nodes;
	return 0;
}

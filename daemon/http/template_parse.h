/*
 * template_parse.h: from a template's text to a tree of tags. Private to the
 * template engine (template.h has the syntax). Positions are kept as offsets
 * and become line and column only in messages.
 */
#ifndef MISSIOND_HTTP_TEMPLATE_PARSE_H
#define MISSIOND_HTTP_TEMPLATE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct error;
struct template_node;

struct template_source {
	const char *file; /* below the template folder, for messages */
	const char *text;
	size_t length;
	/* For a translation: the block it translates (messages point there)
	 * and the language's code; else NULL. */
	const struct template_node *within;
	const char *language;
};

enum template_kind {
	TEMPLATE_TEXT,
	TEMPLATE_VALUE,	     /* {{name}} */
	TEMPLATE_RAW,	     /* {{{name}}} */
	TEMPLATE_SECTION,    /* {{#name}} */
	TEMPLATE_INVERTED,   /* {{^name}} */
	TEMPLATE_PARTIAL,    /* {{>file}} */
	TEMPLATE_LAYOUT,     /* {{<file}} */
	TEMPLATE_BLOCK,	     /* {{$name}} */
	TEMPLATE_TRANSLATED, /* {{#_}} */
	TEMPLATE_PLURAL	     /* {{#_n name}} */
};

struct template_node {
	enum template_kind kind;
	const struct template_source *source;
	size_t offset; /* of the tag in the source */
	/* TEXT: the literal; TRANSLATED, PLURAL: the folded English text */
	const char *text;
	size_t length;
	const char *plural; /* PLURAL: the folded text after {{|}} */
	const char *name;   /* of the value, block or file */
	const char *second; /* the second name of a filter, or NULL */
	const char *filter; /* or NULL */
	struct template_node *children;
	struct template_node *next;
};

/* Deepest nesting of sections in one file. */
#define TEMPLATE_DEPTH 24

/* Parses; `source` and its text must live as long as the arena. 0 or -1. */
int template_parse(struct arena *arena, const struct template_source *source,
	struct template_node **ret_nodes, struct error *error);

/* Writes "file:line:column: message"; returns -1. */
int template_fail(struct error *error, const struct template_source *source,
	size_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif

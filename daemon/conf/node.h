/*
 * node.h: a YAML file as a tree whose nodes know where they stand. Plain YAML
 * only: anchors, aliases and tags are refused (nothing can grow by expansion),
 * one document, keys are plain texts and stand once.
 */
#ifndef MISSIOND_CONF_NODE_H
#define MISSIOND_CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct arena;

/* Bounds of a file: beyond them it is refused, with the reason. */
#define CONF_SIZE_LIMIT	 ((size_t)256 * 1024)
#define CONF_DEPTH_LIMIT 16
#define CONF_NODE_LIMIT	 20000

/* Most errors told of one file. */
#define CONF_ERROR_LIMIT 20

/*
 * What is wrong, one line each: "file:line:column: what, expected what".
 * Starts zeroed; conf_errors_release() frees.
 */
struct conf_errors {
	struct buffer text;
	size_t count;
};

struct conf_place {
	const char *file;
	size_t line, column; /* from 1; 0 0: the file as a whole */
};

/* Adds a line; always returns -1. Beyond CONF_ERROR_LIMIT only counts. */
int conf_error(struct conf_errors *errors, const struct conf_place *place,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
void conf_errors_release(struct conf_errors *errors);

enum conf_kind { CONF_SCALAR, CONF_MAPPING, CONF_SEQUENCE };

struct conf_node {
	enum conf_kind kind;
	struct conf_place place;
	const char *text; /* scalar: its value */
	bool quoted;	  /* scalar: written with quotes, or as a block */
	struct conf_pair *pairs;  /* mapping */
	struct conf_node **items; /* sequence */
	size_t count;		  /* of pairs or items */
};

struct conf_pair {
	struct conf_place place;
	const char *key;
	struct conf_node *value;
};

/*
 * Parses `length` bytes. `file` is only named in errors and must live as long
 * as the arena. NULL when there was an error; an empty file is an empty
 * mapping.
 */
const struct conf_node *conf_parse(struct arena *arena, const char *file,
	const char *text, size_t length, struct conf_errors *errors);

/* A mapping's value, or NULL. */
const struct conf_node *conf_get(
	const struct conf_node *mapping, const char *key);

/* Whether a scalar says "no value": ~, null or nothing, without quotes. */
bool conf_is_null(const struct conf_node *node);

/* "a text", "a list", "a mapping": for messages. */
const char *conf_kind_name(const struct conf_node *node);

/*
 * Reads a whole file within CONF_SIZE_LIMIT into the arena; errors (missing,
 * too large, not UTF-8) go to `errors`. NULL on failure.
 */
const char *conf_read_file(struct arena *arena, const char *path,
	size_t *ret_length, struct conf_errors *errors);

#endif

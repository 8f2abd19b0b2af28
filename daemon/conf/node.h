/*
 * node.h: a YAML file as a tree whose nodes know where they stand. Plain YAML
 * only: anchors, aliases and tags are refused (nothing can grow by expansion),
 * one document, keys are plain texts and stand once.
 */
#ifndef MISSIOND_CONF_NODE_H
#define MISSIOND_CONF_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "conf/errors.h"

struct arena;

/* Bounds of a file: beyond them it is refused, with the reason. */
#define CONF_SIZE_LIMIT	 ((size_t)256 * 1024)
#define CONF_DEPTH_LIMIT 16
#define CONF_NODE_LIMIT	 20000
#define CONF_KEY_LIMIT	 500 /* of one mapping */

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
 * as the arena. NULL when it cannot be read; an empty file is an empty mapping.
 * A key that stands twice is an error, but there is a tree, with its first
 * value: whoever reads on compares errors->count with what it was.
 */
const struct conf_node *conf_parse(struct arena *arena, const char *file,
	const char *text, size_t length, struct conf_errors *errors);

/* A mapping's value, or NULL. */
const struct conf_node *conf_get(
	const struct conf_node *mapping, const char *key);

/* Where to point for "mail.user": at its value; at what is above it when it is
 * absent. */
const struct conf_place *conf_place_of(
	const struct conf_node *root, const char *path);

/* Whether a scalar says "no value": ~, null or nothing, without quotes. */
bool conf_is_null(const struct conf_node *node);

/* What a scalar without quotes is to readers of YAML when that is no text: "a
 * number", "true or false"; else NULL. */
const char *conf_plain_meaning(const struct conf_node *node);

/* "a text", "a list", "a mapping": for messages. */
const char *conf_kind_name(const struct conf_node *node);

/*
 * Reads a whole file within CONF_SIZE_LIMIT into the arena; errors (missing,
 * too large, not UTF-8) go to `errors`. NULL on failure.
 */
const char *conf_read_file(struct arena *arena, const char *path,
	size_t *ret_length, struct conf_errors *errors);

#endif

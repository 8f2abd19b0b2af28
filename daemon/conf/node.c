#include "conf/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "conf/syntax.h"

/* While a tree is built: what is open, the innermost last. */
struct building {
	struct arena *arena;
	struct conf_errors *errors;
	const char *file, *text;
	size_t length; /* of the text */
	yaml_parser_t parser;
	size_t nodes;
};

static struct conf_node *read_node(
	struct building *building, const yaml_event_t *event, unsigned depth);

static struct conf_place
place_of(const struct building *building, yaml_mark_t mark)
{
	return (struct conf_place){
		building->file, mark.line + 1, mark.column + 1};
}

static int
next_event(struct building *building, yaml_event_t *event)
{
	if (yaml_parser_parse(&building->parser, event) == 0) {
		conf_syntax_error(building->errors, building->file,
			&building->parser, building->text, building->length);
		return -1;
	}
	return 0;
}

static struct conf_node *
new_node(struct building *building, const yaml_event_t *event,
	enum conf_kind kind)
{
	struct conf_place place = place_of(building, event->start_mark);
	struct conf_node *node;

	if (++building->nodes > CONF_NODE_LIMIT) {
		conf_error(building->errors, &place,
			"too much content, expected at most %d values",
			CONF_NODE_LIMIT);
		return NULL;
	}
	node = ARENA_NEW(building->arena, struct conf_node);
	node->kind = kind;
	node->place = place;
	return node;
}

static struct conf_node *
read_scalar(struct building *building, const yaml_event_t *event)
{
	struct conf_node *node = new_node(building, event, CONF_SCALAR);
	size_t length = event->data.scalar.length;
	const char *value = (const char *)event->data.scalar.value;

	if (node == NULL)
		return NULL;
	if (memchr(value, '\0', length) != NULL) {
		conf_error(building->errors, &node->place,
			"a NUL character, expected text");
		return NULL;
	}
	node->text = arena_copy(building->arena, value, length);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node;
}

/* Doubles an arena array when `count` has reached a power of two. */
static void *
grow(struct arena *arena, void *items, size_t count, size_t size)
{
	void *bigger;

	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	bigger = arena_array(arena, count == 0 ? 1 : count * 2, size);
	if (count != 0)
		memcpy(bigger, items, count * size);
	return bigger;
}

static struct conf_node *
read_sequence(
	struct building *building, const yaml_event_t *start, unsigned depth)
{
	struct conf_node *node = new_node(building, start, CONF_SEQUENCE);

	while (node != NULL) {
		yaml_event_t event;
		struct conf_node *item;
		bool at_end;

		if (next_event(building, &event) < 0)
			return NULL;
		at_end = event.type == YAML_SEQUENCE_END_EVENT;
		item = at_end ? NULL : read_node(building, &event, depth + 1);
		yaml_event_delete(&event);
		if (at_end)
			return node;
		if (item == NULL)
			return NULL;
		node->items = grow(building->arena, node->items, node->count,
			sizeof(*node->items));
		node->items[node->count++] = item;
	}
	return NULL;
}

/* 0 or -1: not read on. */
static int
add_pair(struct building *building, struct conf_node *node,
	const struct conf_node *key, struct conf_node *value)
{
	for (size_t i = 0; i < node->count; i++) {
		if (strcmp(node->pairs[i].key, key->text) != 0)
			continue;
		conf_error(building->errors, &key->place,
			"the key \"%.60s\" stands twice, expected it once "
			"(first in line %zu)",
			key->text, node->pairs[i].place.line);
		return 0;
	}
	if (node->count == CONF_KEY_LIMIT)
		return conf_error(building->errors, &key->place,
			"too many keys, expected at most %d", CONF_KEY_LIMIT);
	node->pairs = grow(building->arena, node->pairs, node->count,
		sizeof(*node->pairs));
	node->pairs[node->count++] =
		(struct conf_pair){key->place, key->text, value};
	return 0;
}

static struct conf_node *
read_mapping(
	struct building *building, const yaml_event_t *start, unsigned depth)
{
	struct conf_node *node = new_node(building, start, CONF_MAPPING);

	while (node != NULL) {
		yaml_event_t event;
		struct conf_node *key, *value;
		bool at_end;

		if (next_event(building, &event) < 0)
			return NULL;
		at_end = event.type == YAML_MAPPING_END_EVENT;
		key = at_end ? NULL : read_node(building, &event, depth + 1);
		yaml_event_delete(&event);
		if (at_end)
			return node;
		if (key == NULL)
			return NULL;
		if (key->kind != CONF_SCALAR) {
			conf_error(building->errors, &key->place,
				"%s as a key, expected a word",
				conf_kind_name(key));
			return NULL;
		}
		if (next_event(building, &event) < 0)
			return NULL;
		value = read_node(building, &event, depth + 1);
		yaml_event_delete(&event);
		if (value == NULL)
			return NULL;
		if (add_pair(building, node, key, value) < 0)
			return NULL;
	}
	return NULL;
}

static bool
has_anchor_or_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor != NULL ||
		       event->data.scalar.tag != NULL;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor != NULL ||
		       event->data.sequence_start.tag != NULL;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor != NULL ||
		       event->data.mapping_start.tag != NULL;
	default:
		return event->type == YAML_ALIAS_EVENT;
	}
}

static struct conf_node *
read_node(struct building *building, const yaml_event_t *event, unsigned depth)
{
	struct conf_place place = place_of(building, event->start_mark);

	if (has_anchor_or_tag(event)) {
		conf_error(building->errors, &place,
			"an anchor, alias or tag (&, *, !), expected the value "
			"written out, in quotes if it begins with such a "
			"character");
		return NULL;
	}
	if (depth > CONF_DEPTH_LIMIT) {
		conf_error(building->errors, &place,
			"nested too deeply, expected at most %d levels",
			CONF_DEPTH_LIMIT);
		return NULL;
	}
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return read_scalar(building, event);
	case YAML_SEQUENCE_START_EVENT:
		return read_sequence(building, event, depth);
	case YAML_MAPPING_START_EVENT:
		return read_mapping(building, event, depth);
	default:
		conf_error(building->errors, &place,
			"not valid YAML here, expected a value");
		return NULL;
	}
}

/* Stream start, document start, node, document end, stream end. */
static const struct conf_node *
read_document(struct building *building)
{
	struct conf_node *root = NULL;
	bool began = false;

	for (;;) {
		yaml_event_t event;
		yaml_event_type_t type;
		struct conf_place place;

		if (next_event(building, &event) < 0)
			return NULL;
		type = event.type;
		place = place_of(building, event.start_mark);
		if (type == YAML_DOCUMENT_START_EVENT && began) {
			yaml_event_delete(&event);
			conf_error(building->errors, &place,
				"a second document (---), expected one a file");
			return NULL;
		}
		if (type == YAML_DOCUMENT_START_EVENT) {
			began = true;
		} else if (type != YAML_STREAM_START_EVENT &&
			   type != YAML_DOCUMENT_END_EVENT &&
			   type != YAML_STREAM_END_EVENT) {
			root = read_node(building, &event, 1);
			if (root == NULL) {
				yaml_event_delete(&event);
				return NULL;
			}
		} else if (type == YAML_STREAM_END_EVENT && !began) {
			root = new_node(building, &event, CONF_MAPPING);
		}
		yaml_event_delete(&event);
		if (type == YAML_STREAM_END_EVENT)
			return root;
	}
}

const struct conf_node *
conf_parse(struct arena *arena, const char *file, const char *text,
	size_t length, struct conf_errors *errors)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct building building = {
		.arena = arena, .errors = errors, .file = file};
	struct conf_place whole = {file, 0, 0};
	const struct conf_node *root;

	if (length > CONF_SIZE_LIMIT) {
		conf_error(errors, &whole, "%zu bytes, expected at most %zu",
			length, CONF_SIZE_LIMIT);
		return NULL;
	}
	/* Some editors put a byte order mark before UTF-8, too; told which
	 * encoding it is, the parser takes it for a part of the first word. */
	if (length >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
		text += strlen(mark);
		length -= strlen(mark);
	}
	building.text = text;
	building.length = length;
	if (yaml_parser_initialize(&building.parser) == 0) {
		conf_error(errors, &whole, "no memory to read it");
		return NULL;
	}
	yaml_parser_set_encoding(&building.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&building.parser, (const unsigned char *)text, length);
	root = read_document(&building);
	yaml_parser_delete(&building.parser);
	return root;
}

const struct conf_node *
conf_get(const struct conf_node *mapping, const char *key)
{
	if (mapping == NULL || mapping->kind != CONF_MAPPING)
		return NULL;
	for (size_t i = 0; i < mapping->count; i++)
		if (strcmp(mapping->pairs[i].key, key) == 0)
			return mapping->pairs[i].value;
	return NULL;
}

const struct conf_place *
conf_place_of(const struct conf_node *root, const char *path)
{
	const struct conf_node *node = root, *next = root;

	while (next != NULL && *path != '\0') {
		char key[100];
		size_t length = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)length, path);
		next = conf_get(node, key);
		if (next != NULL)
			node = next;
		path += length + (path[length] == '.' ? 1 : 0);
	}
	return &node->place;
}

const char *
conf_kind_name(const struct conf_node *node)
{
	if (node->kind == CONF_MAPPING)
		return "a mapping";
	if (node->kind == CONF_SEQUENCE)
		return "a list";
	return conf_is_null(node) ? "nothing" : "a text";
}

static ssize_t
read_all(int descriptor, char *data, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(descriptor, data + length, size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

const char *
conf_read_file(struct arena *arena, const char *path, size_t *ret_length,
	struct conf_errors *errors)
{
	struct conf_place whole = {arena_text(arena, path), 0, 0};
	char *data = arena_alloc(arena, CONF_SIZE_LIMIT + 2);
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t length;

	if (descriptor < 0) {
		conf_error(errors, &whole, "cannot be opened: %s",
			strerror(errno));
		return NULL;
	}
	if (fstat(descriptor, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(descriptor);
		conf_error(errors, &whole, "not a file");
		return NULL;
	}
	length = read_all(descriptor, data, CONF_SIZE_LIMIT + 1);
	close(descriptor);
	if (length < 0) {
		conf_error(
			errors, &whole, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	if ((size_t)length > CONF_SIZE_LIMIT) {
		conf_error(errors, &whole,
			"larger than %zu bytes, expected at most that",
			CONF_SIZE_LIMIT);
		return NULL;
	}
	if (!utf8_valid(data, (size_t)length)) {
		conf_error(errors, &whole, "not UTF-8 text");
		return NULL;
	}
	*ret_length = (size_t)length;
	return data;
}

#include "http/route.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/record.h"
#include "base/uuid.h"
#include "crypto/token.h"

#define WORD_LIMIT 64

enum segment_kind {
	SEGMENT_LITERAL,
	SEGMENT_UUID,
	SEGMENT_WORD,
	SEGMENT_TOKEN
};

/* The table is a tree of path segments; a node holds the rows that end there,
 * one for each method. */
struct segment {
	enum segment_kind kind;
	char *text; /* literal, or the parameter's name */
	size_t length;
	const struct route *rows[METHOD_COUNT];
	STAILQ_HEAD(segment_list, segment) below;
	STAILQ_ENTRY(segment) next;
};

struct route_table {
	struct segment root;
};

static struct segment *
segment_new(enum segment_kind kind, const char *text, size_t length)
{
	struct segment *segment = memory_new(1, sizeof(*segment));

	segment->kind = kind;
	segment->text = memory_new(1, length + 1);
	memcpy(segment->text, text, length);
	segment->length = length;
	STAILQ_INIT(&segment->below);
	return segment;
}

static void
segment_free(struct segment *segment)
{
	struct segment *below;

	while ((below = STAILQ_FIRST(&segment->below)) != NULL) {
		STAILQ_REMOVE_HEAD(&segment->below, next);
		segment_free(below);
		free(below);
	}
	free(segment->text);
}

/* "{id:uuid}" into kind and name; a literal is itself. */
static struct segment *
parse_segment(const struct route *row, const char *text, size_t length)
{
	static const struct {
		const char *suffix;
		enum segment_kind kind;
	} kinds[] = {
		{":uuid}", SEGMENT_UUID},
		{":word}", SEGMENT_WORD},
		{":token}", SEGMENT_TOKEN},
	};

	if (text[0] != '{')
		return segment_new(SEGMENT_LITERAL, text, length);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		size_t suffix = strlen(kinds[i].suffix);

		if (length > suffix + 1 &&
			memcmp(text + length - suffix, kinds[i].suffix,
				suffix) == 0)
			return segment_new(
				kinds[i].kind, text + 1, length - suffix - 1);
	}
	log_defect(
		"route", "%s: cannot read the path %s", row->name, row->path);
}

/* The node below `above` for a segment of a row, made when it is new. Literals
 * stand before parameters so that they win. */
static struct segment *
descend(struct segment *above, struct segment *wanted)
{
	struct segment *known;

	STAILQ_FOREACH (known, &above->below, next)
		if (known->kind == wanted->kind &&
			strcmp(known->text, wanted->text) == 0) {
			segment_free(wanted);
			free(wanted);
			return known;
		}
	if (wanted->kind == SEGMENT_LITERAL)
		STAILQ_INSERT_HEAD(&above->below, wanted, next);
	else
		STAILQ_INSERT_TAIL(&above->below, wanted, next);
	return wanted;
}

static void
add_row(struct route_table *table, const struct route *row)
{
	struct segment *node = &table->root;
	const char *path = row->path;
	size_t parameters = 0;

	if (path[0] != '/' || row->handle == NULL)
		log_defect("route", "%s: no path or no handler", row->name);
	for (path++; *path != '\0'; path += *path == '/') {
		size_t length = strcspn(path, "/");

		node = descend(node, parse_segment(row, path, length));
		parameters += node->kind != SEGMENT_LITERAL;
		path += length;
	}
	if (parameters > ROUTE_PARAMETERS || node->rows[row->method] != NULL)
		log_defect("route", "%s: stands twice, or too many parameters",
			row->name);
	node->rows[row->method] = row;
}

const char *
route_method(enum method method)
{
	static const char *const names[METHOD_COUNT] = {
		[METHOD_GET] = "GET",
		[METHOD_POST] = "POST",
		[METHOD_PUT] = "PUT",
		[METHOD_PATCH] = "PATCH",
		[METHOD_DELETE] = "DELETE",
	};

	return names[method];
}

struct route_table *
route_table_new(const struct route *const *rows, size_t count)
{
	struct route_table *table = memory_new(1, sizeof(*table));

	STAILQ_INIT(&table->root.below);
	for (size_t i = 0; i < count; i++)
		add_row(table, rows[i]);
	return table;
}

void
route_table_free(struct route_table *table)
{
	if (table == NULL)
		return;
	segment_free(&table->root);
	free(table);
}

static bool
is_word(const char *text, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	return length > 0 && length <= WORD_LIMIT &&
	       strspn(text, letters) >= length;
}

static bool
fits(const struct segment *segment, const char *text, size_t length)
{
	char copy[TOKEN_TEXT_SIZE];
	unsigned char digest[DIGEST_SIZE];
	struct uuid id;

	switch (segment->kind) {
	case SEGMENT_LITERAL:
		return segment->length == length &&
		       memcmp(segment->text, text, length) == 0;
	case SEGMENT_WORD:
		return is_word(text, length);
	case SEGMENT_UUID:
		if (length != UUID_TEXT_SIZE - 1)
			return false;
		memcpy(copy, text, length);
		copy[length] = '\0';
		return uuid_parse(copy, &id) == 0;
	case SEGMENT_TOKEN:
		if (length != TOKEN_TEXT_SIZE - 1)
			return false;
		memcpy(copy, text, length);
		copy[length] = '\0';
		return token_digest(copy, digest) == 0;
	}
	return false;
}

/* The node for what is left of the path, its parameters noted on the way;
 * NULL when none. Recursion is as deep as the table's longest path. */
static const struct segment *
match(const struct segment *node, const char *path,
	struct route_parameters *parameters)
{
	size_t length = strcspn(path, "/");
	const struct segment *below, *found;

	if (*path == '\0')
		return node;
	STAILQ_FOREACH (below, &node->below, next) {
		size_t before = parameters->count;
		const char *rest = path + length;

		if (!fits(below, path, length))
			continue;
		/* "/listings/" is not "/listings". */
		if (rest[0] == '/' && rest[1] == '\0')
			continue;
		if (below->kind != SEGMENT_LITERAL) {
			parameters->items[before].name = below->text;
			parameters->items[before].value = path;
			parameters->items[before].length = length;
			parameters->count++;
		}
		found = match(below, rest + (*rest == '/'), parameters);
		if (found != NULL)
			return found;
		parameters->count = before;
	}
	return NULL;
}

enum route_match
route_find(const struct route_table *table, enum method method,
	const char *path, const struct route **ret_route,
	struct route_parameters *ret_parameters, unsigned *ret_allowed)
{
	const struct segment *node = NULL;

	ret_parameters->count = 0;
	*ret_allowed = 0;
	if (path[0] == '/')
		node = match(&table->root, path + 1, ret_parameters);
	if (node == NULL)
		return ROUTE_UNKNOWN;
	for (unsigned i = 0; i < METHOD_COUNT; i++)
		if (node->rows[i] != NULL)
			*ret_allowed |= 1U << i;
	*ret_route = node->rows[method];
	if (*ret_allowed == 0)
		return ROUTE_UNKNOWN;
	return *ret_route != NULL ? ROUTE_FOUND : ROUTE_OTHER_METHOD;
}

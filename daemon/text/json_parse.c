#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/record.h"
#include "text/catalogue.h"
#include "text/json.h"

/* What jansson finds, in words of our own: its English ones would stand within
 * answers in other languages. */
static const struct {
	enum json_error_code code;
	const char *reason;
} reasons[] = {
	{json_error_invalid_utf8, N_("this is not UTF-8.")},
	{json_error_premature_end_of_input, N_("the text ends too early.")},
	{json_error_end_of_input_expected,
		N_("the document has ended, but something follows.")},
	{json_error_null_character,
		N_("the character U+0000 cannot stand in a text.")},
	{json_error_null_byte_in_key,
		N_("the character U+0000 cannot stand in a text.")},
	{json_error_duplicate_key, N_("the same key stands twice.")},
	{json_error_numeric_overflow, N_("the number is too large.")},
};

static const char *
reason_of(const json_error_t *problem)
{
	enum json_error_code code = json_error_code(problem);

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return N_("a comma, a colon, a quotation mark or a bracket is missing, "
		  "or something stands where it cannot.");
}

/* Where arrays and objects nest deeper than the limit; brackets within strings
 * do not count. NULL when nowhere. */
static const char *
find_too_deep(const char *data, size_t length)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		char byte = data[i];

		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if ((byte == '[' || byte == '{') &&
			 ++depth > JSON_DEPTH_LIMIT)
			return data + i;
		else if ((byte == ']' || byte == '}') && depth > 0)
			depth--;
	}
	return NULL;
}

static void
note_too_deep(const char *data, const char *place, struct json_fault *fault)
{
	const char *line = data;

	fault->line = 1;
	for (const char *at = data; at < place; at++)
		if (*at == '\n') {
			fault->line++;
			line = at + 1;
		}
	fault->column = 1;
	/* Code points, as jansson counts: not what continues one. */
	for (const char *at = line; at < place; at++)
		fault->column += ((unsigned char)*at & 0xc0) != 0x80;
	fault->reason = N_("arrays and objects nest too deeply here.");
}

static void
release_tree(void *tree)
{
	json_decref(tree);
}

struct json_t *
json_parse_exactly(struct arena *arena, const char *data, size_t length,
	struct json_fault *ret_fault)
{
	const char *too_deep = find_too_deep(data, length);
	json_error_t problem;
	json_t *tree;

	/* Passwords come as JSON too. */
	json_set_alloc_funcs(malloc, memory_wipe);
	if (too_deep != NULL) {
		note_too_deep(data, too_deep, ret_fault);
		return NULL;
	}
	tree = json_loadb(data, length, JSON_REJECT_DUPLICATES, &problem);
	if (tree == NULL) {
		/* The column is that of the last character that was read. */
		*ret_fault = (struct json_fault){
			.line = problem.line,
			.column = problem.column > 0 ? problem.column : 1,
			.reason = reason_of(&problem),
		};
		return NULL;
	}
	arena_on_free(arena, release_tree, tree);
	return tree;
}

struct json_t *
json_parse(struct arena *arena, const char *data, size_t length,
	struct error *error)
{
	struct json_fault fault;
	struct json_t *tree = json_parse_exactly(arena, data, length, &fault);

	if (tree == NULL)
		error_set(error, "line %d, column %d: %s", fault.line,
			fault.column, fault.reason);
	return tree;
}

#include <stdint.h>
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

/*
 * Where arrays and objects nest deeper than the limit, or values become more
 * than `most`: each stands behind a bracket or a comma. What stands within
 * strings does not count. NULL when nowhere.
 */
static const char *
find_excess(
	const char *data, size_t length, size_t most, const char **ret_reason)
{
	size_t depth = 0, values = 0;
	bool quoted = false;

	for (size_t i = 0; i < length; i++) {
		char byte = data[i];

		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		if (quoted)
			continue;
		if (byte == '[' || byte == '{')
			depth++;
		else if ((byte == ']' || byte == '}') && depth > 0)
			depth--;
		else if (byte != ',')
			continue;
		if (depth > JSON_DEPTH_LIMIT)
			*ret_reason = N_("arrays and objects nest too deeply "
					 "here.");
		else if (byte != ']' && byte != '}' && ++values > most)
			*ret_reason = N_("there are too many values.");
		else
			continue;
		return data + i;
	}
	return NULL;
}

static void
note_place(const char *data, const char *place, struct json_fault *fault)
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
}

static void
release_tree(void *tree)
{
	json_decref(tree);
}

static struct json_t *
parse(struct arena *arena, const char *data, size_t length, size_t most,
	struct json_fault *ret_fault)
{
	const char *excess =
		find_excess(data, length, most, &ret_fault->reason);
	json_error_t problem;
	json_t *tree;

	/* Passwords come as JSON too. */
	json_set_alloc_funcs(malloc, memory_wipe);
	if (excess != NULL) {
		note_place(data, excess, ret_fault);
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
json_parse_exactly(struct arena *arena, const char *data, size_t length,
	struct json_fault *ret_fault)
{
	return parse(arena, data, length, JSON_VALUES_LIMIT, ret_fault);
}

struct json_t *
json_parse(struct arena *arena, const char *data, size_t length,
	struct error *error)
{
	struct json_fault fault;
	struct json_t *tree = parse(arena, data, length, SIZE_MAX, &fault);

	if (tree == NULL)
		error_set(error, "line %d, column %d: %s", fault.line,
			fault.column, fault.reason);
	return tree;
}

/*
 * json.h: records to JSON and JSON to a tree. Output goes straight from the
 * structs to a buffer; input is parsed by jansson within limits.
 */
#ifndef MISSIOND_TEXT_JSON_H
#define MISSIOND_TEXT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/record.h"

struct arena;
struct buffer;
struct error;
struct json_t; /* jansson */

/*
 * One object with the record's fields under their names: times as RFC 3339,
 * UUIDs in base32, bytes in base64, none as null. FIELD_TYPE_HTML is left out.
 */
void json_add_record(struct buffer *buffer, const struct record *record,
	const void *structure);

/* A JSON string with its quotes. */
void json_add_text(struct buffer *buffer, const char *text);

/* Depth a request body or stored document may have (jansson recurses). */
#define JSON_DEPTH_LIMIT 32

/* Brackets and commas of a request body: each value takes some 100 bytes and
 * more of memory, whatever it took in the body. No form has as many. */
#define JSON_VALUES_LIMIT 1000

/* Where a document stops to be JSON, from 1, and why: an N_() text that ends a
 * sentence. */
struct json_fault {
	int line, column;
	const char *reason;
};

/*
 * Parses a request body; the tree is freed with the arena. Duplicate keys,
 * depth or number of values beyond the limit, NUL in strings and trailing text
 * are errors. NULL on error.
 */
struct json_t *json_parse_exactly(struct arena *arena, const char *data,
	size_t length, struct json_fault *ret_fault);

/* The same of what is our own or an operator's, with any number of values;
 * place and reason in an English message. */
struct json_t *json_parse(struct arena *arena, const char *data, size_t length,
	struct error *error);

/*
 * Fills a zeroed struct from an object by the record: wrong types are errors
 * naming the key; unknown keys are errors when `strict`. Absent keys leave
 * none. 0 or -1.
 */
int json_read_record(struct arena *arena, const struct json_t *object,
	const struct record *record, bool strict, void *structure,
	struct error *error);

#endif

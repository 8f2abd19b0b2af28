#include "text/json.h"

#include <stdio.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"

#define PATH_SIZE 256

struct reader {
	struct arena *arena;
	bool strict;
	struct error *error;
	char path[PATH_SIZE]; /* where it stands: "categories[2].slug" */
	size_t length;
};

static int read_object(struct reader *reader, const json_t *object,
	const struct record *record, void *structure);

/* Goes down by a key, or by an index when `key` is NULL. What leaves the path
 * by returning an error does not come back up: the message needs it. */
static void
enter(struct reader *reader, const char *key, size_t index)
{
	size_t room = sizeof(reader->path) - reader->length;
	char *end = reader->path + reader->length;
	int length;

	if (key)
		length = snprintf(
			end, room, "%s%s", reader->length ? "." : "", key);
	else
		length = snprintf(end, room, "[%zu]", index);
	if (length > 0)
		reader->length +=
			(size_t)length < room ? (size_t)length : room - 1;
}

static void
leave(struct reader *reader, size_t length)
{
	reader->length = length;
	reader->path[length] = '\0';
}

static int
expected(struct reader *reader, const char *what)
{
	return error_set(reader->error, "expected %s", what);
}

static int
read_text(struct reader *reader, const json_t *value, const char **ret_text)
{
	if (!json_is_string(value))
		return expected(reader, "a text");
	*ret_text = arena_text(reader->arena, json_string_value(value));
	return 0;
}

static int
read_time(struct reader *reader, const json_t *value, struct timestamp *time)
{
	if (!json_is_string(value) ||
		clock_parse(json_string_value(value), time))
		return expected(reader, "a time as in RFC 3339");
	return 0;
}

static int
read_uuid(struct reader *reader, const json_t *value, struct uuid *id)
{
	if (!json_is_string(value) || uuid_parse(json_string_value(value), id))
		return expected(reader, "an id of 26 characters");
	return 0;
}

static int
read_bytes(struct reader *reader, const json_t *value, struct slice *bytes)
{
	if (!json_is_string(value) ||
		base64_parse(reader->arena, json_string_value(value), bytes))
		return expected(reader, "bytes in base64");
	return 0;
}

static int
read_texts(struct reader *reader, const json_t *array, struct record_list *list)
{
	const char **items;

	if (!json_is_array(array))
		return expected(reader, "a list of texts");
	items = arena_array(
		reader->arena, json_array_size(array), sizeof(*items));
	for (size_t i = 0; i < json_array_size(array); i++) {
		size_t here = reader->length;

		enter(reader, NULL, i);
		if (read_text(reader, json_array_get(array, i), &items[i]))
			return -1;
		leave(reader, here);
	}
	*list = (struct record_list){items, json_array_size(array)};
	return 0;
}

static int
read_list(struct reader *reader, const json_t *array,
	const struct record *element, struct record_list *list)
{
	size_t count = json_array_size(array);
	char *items;

	if (!json_is_array(array))
		return expected(reader, "a list");
	items = arena_array(reader->arena, count, element->size);
	for (size_t i = 0; i < count; i++) {
		size_t here = reader->length;

		enter(reader, NULL, i);
		if (read_object(reader, json_array_get(array, i), element,
			    items + i * element->size))
			return -1;
		leave(reader, here);
	}
	*list = (struct record_list){items, count};
	return 0;
}

static int
read_optional(struct reader *reader, const json_t *object,
	const struct record *record, const void **ret_structure)
{
	void *structure = arena_alloc(reader->arena, record->size);

	if (read_object(reader, object, record, structure))
		return -1;
	*ret_structure = structure;
	return 0;
}

static int
read_value(struct reader *reader, const json_t *json, const struct field *field,
	void *value)
{
	switch (field->type) {
	case FIELD_TYPE_TEXT:
		return read_text(reader, json, value);
	case FIELD_TYPE_BOOLEAN:
		if (!json_is_boolean(json))
			return expected(reader, "true or false");
		*(bool *)value = json_is_true(json);
		return 0;
	case FIELD_TYPE_INTEGER:
		if (!json_is_integer(json))
			return expected(reader, "an integer");
		*(int64_t *)value = json_integer_value(json);
		return 0;
	case FIELD_TYPE_TIME:
		return read_time(reader, json, value);
	case FIELD_TYPE_UUID:
		return read_uuid(reader, json, value);
	case FIELD_TYPE_BYTES:
		return read_bytes(reader, json, value);
	case FIELD_TYPE_RECORD:
		return read_object(reader, json, field->record, value);
	case FIELD_TYPE_OPTIONAL:
		return read_optional(reader, json, field->record, value);
	case FIELD_TYPE_LIST:
		return read_list(reader, json, field->record, value);
	case FIELD_TYPE_TEXTS:
		return read_texts(reader, json, value);
	case FIELD_TYPE_HTML:
		break;
	}
	return expected(reader, "no such key");
}

static int
read_field(struct reader *reader, const json_t *json, const struct field *field,
	void *structure)
{
	size_t here = reader->length;

	if (json_is_null(json) && field_set_none(field, structure))
		return 0;
	enter(reader, field->name, 0);
	if (read_value(reader, json, field, (char *)structure + field->offset))
		return -1;
	leave(reader, here);
	return 0;
}

static int
refuse_unknown(struct reader *reader, const json_t *object,
	const struct record *record)
{
	const struct field *field;
	const char *key;
	json_t *value;

	/* jansson's iterator takes what it does not change as not const. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		field = record_field(record, key);
		if (field && field->type != FIELD_TYPE_HTML)
			continue;
		enter(reader, key, 0);
		return error_set(reader->error, "unknown key");
	}
	return 0;
}

static int
read_object(struct reader *reader, const json_t *object,
	const struct record *record, void *structure)
{
	if (!json_is_object(object))
		return expected(reader, "an object");
	if (reader->strict && refuse_unknown(reader, object, record))
		return -1;
	record_set_none(record, structure);
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		const json_t *value = json_object_get(object, field->name);

		if (value && field->type != FIELD_TYPE_HTML &&
			read_field(reader, value, field, structure))
			return -1;
	}
	return 0;
}

int
json_read_record(struct arena *arena, const struct json_t *object,
	const struct record *record, bool strict, void *structure,
	struct error *error)
{
	struct reader reader = {arena, strict, error, "", 0};

	if (read_object(&reader, object, record, structure) == 0)
		return 0;
	if (reader.length > 0)
		error_prefix(error, "%s", reader.path);
	return -1;
}

#include "text/json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/uuid.h"

void
json_add_text(struct buffer *buffer, const char *text)
{
	const char *plain = text;

	buffer_add_byte(buffer, '"');
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte >= ' ' && byte != '"' && byte != '\\')
			continue;
		buffer_add(buffer, plain, (size_t)(text - plain));
		plain = text + 1;
		if (byte == '\n')
			buffer_add_text(buffer, "\\n");
		else if (byte < ' ')
			buffer_printf(buffer, "\\u%04x", byte);
		else
			buffer_printf(buffer, "\\%c", byte);
	}
	buffer_add(buffer, plain, (size_t)(text - plain));
	buffer_add_byte(buffer, '"');
}

static void
add_list(struct buffer *buffer, const struct field *field,
	const struct record_list *list)
{
	buffer_add_byte(buffer, '[');
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buffer_add_byte(buffer, ',');
		if (field->type == FIELD_TYPE_TEXTS)
			json_add_text(
				buffer, ((const char *const *)list->items)[i]);
		else
			json_add_record(buffer, field->record,
				(const char *)list->items +
					i * field->record->size);
	}
	buffer_add_byte(buffer, ']');
}

static void
add_bytes(struct buffer *buffer, const struct slice *bytes)
{
	buffer_add_byte(buffer, '"');
	base64_add(buffer, bytes->data, bytes->length);
	buffer_add_byte(buffer, '"');
}

/* What has nothing in it to be escaped. */
static void
add_plain(struct buffer *buffer, const char *text)
{
	buffer_add_byte(buffer, '"');
	buffer_add_text(buffer, text);
	buffer_add_byte(buffer, '"');
}

static void
add_time(struct buffer *buffer, struct timestamp time)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(time, text);
	add_plain(buffer, text);
}

static void
add_uuid(struct buffer *buffer, struct uuid id)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	add_plain(buffer, text);
}

static void
add_value(struct buffer *buffer, const struct field *field, const void *value)
{
	switch (field->type) {
	case FIELD_TYPE_TEXT:
		json_add_text(buffer, *(const char *const *)value);
		break;
	case FIELD_TYPE_BOOLEAN:
		buffer_add_text(
			buffer, *(const bool *)value ? "true" : "false");
		break;
	case FIELD_TYPE_INTEGER:
		buffer_add_integer(buffer, *(const int64_t *)value);
		break;
	case FIELD_TYPE_TIME:
		add_time(buffer, *(const struct timestamp *)value);
		break;
	case FIELD_TYPE_UUID:
		add_uuid(buffer, *(const struct uuid *)value);
		break;
	case FIELD_TYPE_BYTES:
		add_bytes(buffer, value);
		break;
	case FIELD_TYPE_RECORD:
		json_add_record(buffer, field->record, value);
		break;
	case FIELD_TYPE_OPTIONAL:
		json_add_record(
			buffer, field->record, *(const void *const *)value);
		break;
	case FIELD_TYPE_LIST:
	case FIELD_TYPE_TEXTS:
		add_list(buffer, field, value);
		break;
	case FIELD_TYPE_HTML:
		break;
	}
}

void
json_add_record(struct buffer *buffer, const struct record *record,
	const void *structure)
{
	bool first = true;

	buffer_add_byte(buffer, '{');
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		bool list = field->type == FIELD_TYPE_LIST ||
			    field->type == FIELD_TYPE_TEXTS;

		if (field->type == FIELD_TYPE_HTML)
			continue;
		if (!first)
			buffer_add_byte(buffer, ',');
		first = false;
		add_plain(buffer, field->name);
		buffer_add_byte(buffer, ':');
		if (!list && field_is_none(field, structure))
			buffer_add_text(buffer, "null");
		else
			add_value(buffer, field, field_in(field, structure));
	}
	buffer_add_byte(buffer, '}');
}

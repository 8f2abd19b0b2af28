/* cells.c: between a record's fields and the client library's binds. */
#include "db/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/uuid.h"

/* Appends the record's values, nested records in their place. */
static int
lay_out(struct cells *cells, const struct record *record, size_t offset)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		size_t at = offset + field->offset;

		switch (field->type) {
		case FIELD_TYPE_RECORD:
			if (lay_out(cells, field->record, at) != 0)
				return -1;
			break;
		case FIELD_TYPE_TEXT:
		case FIELD_TYPE_BOOLEAN:
		case FIELD_TYPE_INTEGER:
		case FIELD_TYPE_TIME:
		case FIELD_TYPE_UUID:
		case FIELD_TYPE_BYTES:
			if (cells->count == CELLS_MOST)
				return -1;
			cells->cells[cells->count].field = field;
			cells->cells[cells->count].offset = at;
			cells->count++;
			break;
		case FIELD_TYPE_HTML:
		case FIELD_TYPE_OPTIONAL:
		case FIELD_TYPE_LIST:
		case FIELD_TYPE_TEXTS:
			return -1;
		}
	}
	return 0;
}

int
cells_lay_out(struct cells *cells, const struct record *record)
{
	*cells = (struct cells){0, NULL, NULL};
	if (record == NULL)
		return 0;
	cells->cells = memory_new(CELLS_MOST, sizeof(*cells->cells));
	if (lay_out(cells, record, 0) != 0)
		return -1;
	cells->cells = memory_resize(
		cells->cells, (cells->count + 1) * sizeof(*cells->cells));
	cells->binds = memory_new(cells->count, sizeof(*cells->binds));
	return 0;
}

void
cells_release(struct cells *cells)
{
	free(cells->cells);
	free(cells->binds);
	*cells = (struct cells){0, NULL, NULL};
}

static void
time_to_server(struct timestamp time, MYSQL_TIME *value)
{
	struct clock_date date;

	clock_split(time, &date);
	*value = (MYSQL_TIME){
		.year = (unsigned)date.year,
		.month = (unsigned)date.month,
		.day = (unsigned)date.day,
		.hour = (unsigned)date.hour,
		.minute = (unsigned)date.minute,
		.second = (unsigned)date.second,
		.second_part = (unsigned long)date.microsecond,
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}

static struct timestamp
time_from_server(const MYSQL_TIME *value)
{
	const struct clock_date date = {
		.year = (int)value->year,
		.month = (int)value->month,
		.day = (int)value->day,
		.hour = (int)value->hour,
		.minute = (int)value->minute,
		.second = (int)value->second,
		.microsecond = (int)value->second_part,
	};

	return clock_join(&date);
}

/* The library only reads from a parameter's buffer, but does not say const. */
static void
bind_memory(struct cell *cell, MYSQL_BIND *bind, enum enum_field_types type,
	const void *data, size_t length)
{
	cell->length = (unsigned long)length;
	bind->buffer_type = type;
	bind->buffer = (void *)(uintptr_t)data;
	bind->buffer_length = cell->length;
}

static void
bind_parameter(struct cell *cell, MYSQL_BIND *bind, const void *value)
{
	const struct slice *slice = value;
	const char *text;

	switch (cell->field->type) {
	case FIELD_TYPE_TEXT:
		text = *(const char *const *)value;
		bind_memory(cell, bind, MYSQL_TYPE_STRING, text, strlen(text));
		break;
	case FIELD_TYPE_BYTES:
		bind_memory(cell, bind, MYSQL_TYPE_BLOB, slice->data,
			slice->length);
		break;
	case FIELD_TYPE_UUID:
		uuid_format_hyphenated(
			*(const struct uuid *)value, cell->value.uuid);
		bind_memory(cell, bind, MYSQL_TYPE_STRING, cell->value.uuid,
			sizeof(cell->value.uuid) - 1);
		break;
	case FIELD_TYPE_TIME:
		time_to_server(
			*(const struct timestamp *)value, &cell->value.time);
		bind_memory(cell, bind, MYSQL_TYPE_DATETIME, &cell->value.time,
			sizeof(cell->value.time));
		break;
	case FIELD_TYPE_BOOLEAN:
		cell->value.integer = *(const bool *)value ? 1 : 0;
		bind_memory(cell, bind, MYSQL_TYPE_LONGLONG,
			&cell->value.integer, sizeof(cell->value.integer));
		break;
	default: /* FIELD_TYPE_INTEGER; lay_out() lets nothing else pass */
		cell->value.integer = *(const int64_t *)value;
		bind_memory(cell, bind, MYSQL_TYPE_LONGLONG,
			&cell->value.integer, sizeof(cell->value.integer));
		break;
	}
}

void
cells_from_structure(struct cells *cells, const void *structure)
{
	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->cells[i];
		MYSQL_BIND *bind = &cells->binds[i];
		/* Of the innermost struct that holds the field. */
		const char *inner = (const char *)structure + cell->offset -
				    cell->field->offset;

		memset(bind, 0, sizeof(*bind));
		bind->length = &cell->length;
		bind->is_null = &cell->is_null;
		cell->is_null = field_is_none(cell->field, inner) ? 1 : 0;
		if (cell->is_null)
			bind->buffer_type = MYSQL_TYPE_NULL;
		else
			bind_parameter(
				cell, bind, field_in(cell->field, inner));
	}
}

void
cells_for_columns(struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		struct cell *cell = &cells->cells[i];
		MYSQL_BIND *bind = &cells->binds[i];

		memset(bind, 0, sizeof(*bind));
		bind->length = &cell->length;
		bind->is_null = &cell->is_null;
		bind->error = &cell->is_cut;
		bind->buffer = &cell->value;
		switch (cell->field->type) {
		case FIELD_TYPE_BOOLEAN:
		case FIELD_TYPE_INTEGER:
			bind->buffer_type = MYSQL_TYPE_LONGLONG;
			bind->buffer_length = sizeof(cell->value.integer);
			break;
		case FIELD_TYPE_TIME:
			bind->buffer_type = MYSQL_TYPE_DATETIME;
			bind->buffer_length = sizeof(cell->value.time);
			break;
		case FIELD_TYPE_UUID:
			bind->buffer_type = MYSQL_TYPE_STRING;
			bind->buffer_length = sizeof(cell->value.uuid);
			break;
		default:
			/* Texts and bytes: only the length at first; copied
			 * when there is a place of that length. */
			bind->buffer_type = cell->field->type == FIELD_TYPE_TEXT
						    ? MYSQL_TYPE_STRING
						    : MYSQL_TYPE_BLOB;
			bind->buffer_length = 0;
			break;
		}
	}
}

static int
set_none(const struct cell *cell, void *value)
{
	switch (cell->field->type) {
	case FIELD_TYPE_TEXT:
		*(const char **)value = NULL;
		return 0;
	case FIELD_TYPE_BYTES:
		*(struct slice *)value = (struct slice){NULL, 0};
		return 0;
	case FIELD_TYPE_UUID:
		*(struct uuid *)value = UUID_NONE;
		return 0;
	case FIELD_TYPE_TIME:
		*(struct timestamp *)value = TIME_NONE;
		return 0;
	case FIELD_TYPE_INTEGER:
		*(int64_t *)value = INTEGER_NONE;
		return 0;
	default: /* a bool has no "none" */
		return -1;
	}
}

/* A column of any length, with a NUL after it. NULL when the library fails. */
static char *
fetch_bytes(MYSQL_STMT *handle, const struct cell *cell, unsigned column,
	struct arena *arena)
{
	char *copy = arena_alloc(arena, cell->length + 1);
	unsigned long length = 0;
	my_bool is_null = 0, is_cut = 0;
	MYSQL_BIND bind = {
		.buffer_type = cell->field->type == FIELD_TYPE_TEXT
				       ? MYSQL_TYPE_STRING
				       : MYSQL_TYPE_BLOB,
		.buffer = copy,
		.buffer_length = cell->length,
		.length = &length,
		.is_null = &is_null,
		.error = &is_cut,
	};

	if (cell->length > 0 &&
		mysql_stmt_fetch_column(handle, &bind, column, 0) != 0)
		return NULL;
	copy[cell->length] = '\0';
	return copy;
}

/* 0, 1 when the value does not fit, -1 when the library failed. */
static int
take_value(const struct cell *cell, MYSQL_STMT *handle, unsigned column,
	struct arena *arena, void *value)
{
	char *bytes;

	if (cell->is_null)
		return set_none(cell, value) == 0 ? 0 : 1;
	switch (cell->field->type) {
	case FIELD_TYPE_TEXT:
	case FIELD_TYPE_BYTES:
		bytes = fetch_bytes(handle, cell, column, arena);
		if (bytes == NULL)
			return -1;
		if (cell->field->type == FIELD_TYPE_TEXT)
			*(const char **)value = bytes;
		else
			*(struct slice *)value = (struct slice){
				(unsigned char *)bytes, cell->length};
		return 0;
	case FIELD_TYPE_UUID:
		return uuid_parse_hyphenated(
			       cell->value.uuid, cell->length, value) == 0
			       ? 0
			       : 1;
	case FIELD_TYPE_TIME:
		*(struct timestamp *)value =
			time_from_server(&cell->value.time);
		return cell->is_cut ? 1 : 0;
	case FIELD_TYPE_BOOLEAN:
		*(bool *)value = cell->value.integer != 0;
		return cell->is_cut ? 1 : 0;
	default:
		*(int64_t *)value = cell->value.integer;
		return cell->is_cut ? 1 : 0;
	}
}

int
cells_to_structure(struct cells *cells, MYSQL_STMT *handle, struct arena *arena,
	void *structure, const struct field **ret_field)
{
	for (size_t i = 0; i < cells->count; i++) {
		const struct cell *cell = &cells->cells[i];
		int taken = take_value(cell, handle, (unsigned)i, arena,
			(char *)structure + cell->offset);

		if (taken == 0)
			continue;
		*ret_field = taken > 0 ? cell->field : NULL;
		return -1;
	}
	return 0;
}

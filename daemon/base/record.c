#include "base/record.h"

#include <string.h>

const struct field *
record_field(const struct record *record, const char *name)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->fields[i].name, name) == 0)
			return &record->fields[i];
	return NULL;
}

const void *
field_in(const struct field *field, const void *structure)
{
	return (const char *)structure + field->offset;
}

bool
field_is_none(const struct field *field, const void *structure)
{
	static const struct uuid no_uuid;
	const void *value = field_in(field, structure);

	switch (field->type) {
	case FIELD_TYPE_TEXT:
	case FIELD_TYPE_HTML:
		return *(const char *const *)value == NULL;
	case FIELD_TYPE_OPTIONAL:
		return *(const void *const *)value == NULL;
	case FIELD_TYPE_BYTES:
		return ((const struct slice *)value)->data == NULL;
	case FIELD_TYPE_INTEGER:
		return *(const int64_t *)value == INTEGER_NONE;
	case FIELD_TYPE_TIME:
		return ((const struct timestamp *)value)->microseconds ==
		       TIME_NONE.microseconds;
	case FIELD_TYPE_UUID:
		return memcmp(value, &no_uuid, sizeof(no_uuid)) == 0;
	case FIELD_TYPE_LIST:
	case FIELD_TYPE_TEXTS:
		return ((const struct record_list *)value)->count == 0;
	case FIELD_TYPE_BOOLEAN:
	case FIELD_TYPE_RECORD:
		return false;
	}
	return false;
}

bool
field_set_none(const struct field *field, void *structure)
{
	void *value = (char *)structure + field->offset;

	switch (field->type) {
	case FIELD_TYPE_TEXT:
	case FIELD_TYPE_HTML:
		*(const char **)value = NULL;
		return true;
	case FIELD_TYPE_OPTIONAL:
		*(const void **)value = NULL;
		return true;
	case FIELD_TYPE_BYTES:
		*(struct slice *)value = (struct slice){NULL, 0};
		return true;
	case FIELD_TYPE_INTEGER:
		*(int64_t *)value = INTEGER_NONE;
		return true;
	case FIELD_TYPE_TIME:
		*(struct timestamp *)value = TIME_NONE;
		return true;
	case FIELD_TYPE_UUID:
		*(struct uuid *)value = UUID_NONE;
		return true;
	case FIELD_TYPE_LIST:
	case FIELD_TYPE_TEXTS:
		*(struct record_list *)value = (struct record_list){NULL, 0};
		return true;
	case FIELD_TYPE_BOOLEAN:
	case FIELD_TYPE_RECORD:
		return false;
	}
	return false;
}

void
record_set_none(const struct record *record, void *structure)
{
	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		void *value = (char *)structure + field->offset;

		if (field->type == FIELD_TYPE_BOOLEAN)
			*(bool *)value = false;
		else if (field->type == FIELD_TYPE_RECORD)
			record_set_none(field->record, value);
		else
			field_set_none(field, structure);
	}
}

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

#include "tenants/config_difference.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "tenants/config.h"
#include "text/json.h"

#define LINES_MOST  100
#define VALUE_BYTES 60

struct difference {
	struct arena *arena;
	const char **lines;
	size_t count;
};

/* The value as JSON of one field writes it: good enough to compare and, cut,
 * to show. */
static const char *
value_text(
	struct arena *arena, const struct field *field, const void *structure)
{
	struct record one = {"value", field, 1, 0};
	struct buffer buffer = BUFFER_EMPTY;
	const char *text, *colon;

	json_add_record(&buffer, &one, structure);
	text = arena_copy(arena, buffer.data, buffer.length);
	buffer_release(&buffer);
	/* {"name":value} */
	colon = strchr(text, ':');
	return colon == NULL
		       ? text
		       : arena_copy(arena, colon + 1, strlen(colon + 1) - 1);
}

static const char *
cut(struct arena *arena, const char *text)
{
	size_t length = strlen(text);

	if (length <= VALUE_BYTES)
		return text;
	length = VALUE_BYTES;
	while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length--;
	return arena_printf(arena, "%.*s…", (int)length, text);
}

static void
compare(struct difference *difference, const struct record *record,
	const char *prefix, const void *before, const void *after)
{
	struct arena *arena = difference->arena;

	for (size_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];
		const char *old, *new;

		if (field->type == FIELD_TYPE_RECORD) {
			compare(difference, field->record,
				arena_printf(
					arena, "%s%s.", prefix, field->name),
				field_in(field, before),
				field_in(field, after));
			continue;
		}
		old = value_text(arena, field, before);
		new = value_text(arena, field, after);
		if (strcmp(old, new) == 0 || difference->count == LINES_MOST)
			continue;
		difference->lines[difference->count++] =
			field->type == FIELD_TYPE_LIST
				? arena_printf(arena, "%s%s: changed", prefix,
					  field->name)
				: arena_printf(arena, "%s%s: %s → %s", prefix,
					  field->name, cut(arena, old),
					  cut(arena, new));
	}
}

struct record_list
config_difference(struct arena *arena, const struct tenant_config *before,
	const struct tenant_config *after)
{
	struct difference difference = {.arena = arena};

	difference.lines =
		arena_array(arena, LINES_MOST, sizeof(*difference.lines));
	compare(&difference, &tenant_config_record, "", before, after);
	return (struct record_list){difference.lines, difference.count};
}

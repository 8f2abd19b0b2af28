#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "conf/table.h"
#include "settings.h"

/* Collects names of keys that only a start can change. */
struct difference {
	struct arena *arena;
	const char *names;
};

static bool
same_texts(const struct record_list *a, const struct record_list *b)
{
	const char *const *left = a->items, *const *right = b->items;

	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(left[i], right[i]) != 0)
			return false;
	return true;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same(const struct field *field, const void *before, const void *after)
{
	const void *a = field_in(field, before), *b = field_in(field, after);

	switch (field->type) {
	case FIELD_TYPE_TEXT:
		return same_text(
			*(const char *const *)a, *(const char *const *)b);
	case FIELD_TYPE_TEXTS:
		return same_texts(a, b);
	case FIELD_TYPE_INTEGER:
		return *(const int64_t *)a == *(const int64_t *)b;
	case FIELD_TYPE_BOOLEAN:
		return *(const bool *)a == *(const bool *)b;
	default:
		return true;
	}
}

static void
compare(struct difference *difference, const struct conf_table *table,
	const char *prefix, const void *before, const void *after)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_key *key = &table->keys[i];
		const struct field *field =
			record_field(table->record, key->name);

		if (field->type == FIELD_TYPE_RECORD)
			compare(difference, key->table,
				arena_printf(difference->arena, "%s%s.", prefix,
					key->name),
				field_in(field, before),
				field_in(field, after));
		else if (key->at_start_only && !same(field, before, after))
			difference->names = arena_printf(difference->arena,
				"%s%s%s%s", difference->names,
				difference->names[0] == '\0' ? "" : ", ",
				prefix, key->name);
	}
}

const char *
settings_fixed_changes(struct arena *arena, const struct settings *before,
	const struct settings *after)
{
	struct difference difference = {arena, ""};

	compare(&difference, &settings_table, "", before, after);
	return difference.names;
}

static const struct conf_table *
mail_table(void)
{
	for (size_t i = 0; i < settings_table.count; i++)
		if (strcmp(settings_table.keys[i].name, "mail") == 0)
			return settings_table.keys[i].table;
	log_defect("settings", "no table of mail");
}

bool
settings_same_mail(
	const struct settings_mail *one, const struct settings_mail *other)
{
	const struct conf_table *table = mail_table();

	for (size_t i = 0; i < table->count; i++)
		if (!same(record_field(table->record, table->keys[i].name), one,
			    other))
			return false;
	return true;
}

#include "conf/table.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/guess.h"
#include "base/log.h"
#include "base/parse.h"
#include "base/utf8.h"

/* Keys that are named when one is unknown; more would not be read. */
#define KEYS_NAMED 8

/* One value on its way into one field. */
struct reading {
	struct arena *arena;
	const struct conf_key *key;
	const struct field *field;
	const struct conf_node *node;
	void *target;
	struct conf_errors *errors;
};

static int
wrong(const struct reading *reading, const char *expected)
{
	if (reading->node->kind == CONF_SCALAR && !conf_is_null(reading->node))
		return conf_error(reading->errors, &reading->node->place,
			"%s is \"%.60s\", expected %s", reading->key->name,
			reading->node->text, expected);
	return conf_error(reading->errors, &reading->node->place,
		"%s is %s, expected %s", reading->key->name,
		conf_kind_name(reading->node), expected);
}

static size_t
count_choices(const char *const *choices)
{
	size_t count = 0;

	while (choices[count] != NULL)
		count++;
	return count;
}

/* "a, b or c" */
static const char *
join(struct arena *arena, const char *const *words, size_t count)
{
	const char *all = words[0];

	for (size_t i = 1; i < count; i++)
		all = arena_printf(arena, "%s%s%s", all,
			i + 1 == count ? " or " : ", ", words[i]);
	return all;
}

static int
wrong_choice(const struct reading *reading, const char *text)
{
	const char *const *choices = reading->key->choices;
	size_t count = count_choices(choices);
	const char *guess = guess_word(text, choices, count);
	const char *all = join(reading->arena, choices, count);

	return conf_error(reading->errors, &reading->node->place,
		guess != NULL ? "%s is \"%.60s\", expected %s: did you mean "
				"\"%s\"?"
			      : "%s is \"%.60s\", expected %s",
		reading->key->name, text, all, guess);
}

static int
check_text(const struct reading *reading, const char *text)
{
	const struct conf_key *key = reading->key;
	size_t longest = key->longest != 0 ? key->longest : CONF_TEXT_LIMIT;
	const char *expected;

	if (key->choices != NULL) {
		for (size_t i = 0; key->choices[i] != NULL; i++)
			if (strcmp(key->choices[i], text) == 0)
				return 0;
		return wrong_choice(reading, text);
	}
	/* Also of an empty one where one is required. */
	if (text[strspn(text, " ")] == '\0' && (*text != '\0' || key->required))
		return conf_error(reading->errors, &reading->node->place,
			"%s has nothing in it, expected text", key->name);
	if (utf8_length(text) > longest)
		return conf_error(reading->errors, &reading->node->place,
			"%s has %zu characters, expected at most %zu",
			key->name, utf8_length(text), longest);
	if (utf8_has_control(text))
		return conf_error(reading->errors, &reading->node->place,
			"%s holds control characters, expected text",
			key->name);
	expected = key->check != NULL ? key->check(text) : NULL;
	return expected != NULL ? wrong(reading, expected) : 0;
}

/* 10 to us and to YAML 1.2, 8 to YAML 1.1, which most programs read. */
static bool
has_leading_zero(const struct conf_node *node)
{
	const char *text = node->text + (node->text[0] == '-');

	return text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

static int
read_text(const struct reading *reading)
{
	const char *meaning = conf_plain_meaning(reading->node);

	if (reading->node->kind != CONF_SCALAR || conf_is_null(reading->node))
		return wrong(reading, "a text");
	if (meaning != NULL && reading->key->choices == NULL &&
		!reading->key->unquoted)
		return conf_error(reading->errors, &reading->node->place,
			"%s is %.60s, which is %s, expected a text: put it in "
			"quotes",
			reading->key->name, reading->node->text, meaning);
	if (reading->key->unquoted && meaning != NULL &&
		has_leading_zero(reading->node))
		return wrong(reading, "a number without a zero before it");
	if (check_text(reading, reading->node->text) < 0)
		return -1;
	*(const char **)reading->target = reading->node->text;
	return 0;
}

static int
read_boolean(const struct reading *reading)
{
	static const char *const yes[] = {"true", "yes", "on"};
	static const char *const no[] = {"false", "no", "off"};
	const struct conf_node *node = reading->node;

	if (node->kind == CONF_SCALAR && !node->quoted) {
		for (size_t i = 0; i < COUNT_OF(yes); i++) {
			if (strcmp(node->text, yes[i]) == 0) {
				*(bool *)reading->target = true;
				return 0;
			}
			if (strcmp(node->text, no[i]) == 0) {
				*(bool *)reading->target = false;
				return 0;
			}
		}
	}
	return wrong(reading, "true or false");
}

static int
parse_number(const struct conf_key *key, const char *text, int64_t *value)
{
	switch (key->unit) {
	case CONF_UNIT_DURATION:
		return parse_duration(text, value);
	case CONF_UNIT_SIZE:
		return parse_size(text, value);
	case CONF_UNIT_NONE:
		break;
	}
	return parse_integer(text, INT64_MIN + 1, INT64_MAX, value);
}

static void
print_number(
	const struct conf_key *key, int64_t value, char text[PARSE_TEXT_SIZE])
{
	switch (key->unit) {
	case CONF_UNIT_DURATION:
		parse_print_duration(value, text);
		break;
	case CONF_UNIT_SIZE:
		parse_print_size(value, text);
		break;
	case CONF_UNIT_NONE:
		snprintf(text, PARSE_TEXT_SIZE, "%lld", (long long)value);
		break;
	}
}

static int
out_of_bounds(const struct reading *reading)
{
	const struct conf_key *key = reading->key;
	char least[PARSE_TEXT_SIZE], most[PARSE_TEXT_SIZE];

	print_number(key, key->least, least);
	print_number(key, key->most, most);
	return conf_error(reading->errors, &reading->node->place,
		"%s is %.60s, expected between %s and %s", key->name,
		reading->node->text, least, most);
}

static int
read_number(const struct reading *reading)
{
	static const char *const expected[] = {
		[CONF_UNIT_NONE] = "a whole number",
		[CONF_UNIT_DURATION] =
			"a duration such as 500ms, 30s, 15m, 2h or 14d",
		[CONF_UNIT_SIZE] = "a size such as 512KiB or 2MiB",
	};
	const struct conf_key *key = reading->key;
	int64_t value;

	if (reading->node->kind != CONF_SCALAR ||
		parse_number(key, reading->node->text, &value) < 0)
		return wrong(reading, expected[key->unit]);
	if (has_leading_zero(reading->node))
		return wrong(reading, "a number without a zero before it");
	if ((key->least != 0 || key->most != 0) &&
		(value < key->least || value > key->most))
		return out_of_bounds(reading);
	*(int64_t *)reading->target = value;
	return 0;
}

static int
check_count(const struct reading *reading)
{
	size_t most = reading->key->entries != 0 ? reading->key->entries
						 : CONF_LIST_LIMIT;

	if (reading->node->count <= most)
		return 0;
	return conf_error(reading->errors, &reading->node->place,
		"%s has %zu entries, expected at most %zu", reading->key->name,
		reading->node->count, most);
}

static int
read_texts(const struct reading *reading)
{
	const struct conf_node *node = reading->node;
	struct conf_node *const *items = node->items;
	struct conf_node *alone = (struct conf_node *)node;
	struct record_list *list = reading->target;
	const char **texts;
	size_t count = node->count;
	int outcome = 0;

	if (node->kind == CONF_SCALAR && !conf_is_null(node)) {
		items = &alone;
		count = 1;
	} else if (node->kind != CONF_SEQUENCE) {
		return wrong(reading, "a list of texts");
	} else if (check_count(reading) < 0) {
		return -1;
	}
	texts = arena_array(reading->arena, count, sizeof(*texts));
	for (size_t i = 0; i < count; i++) {
		struct reading item = *reading;

		item.node = items[i];
		item.target = &texts[i];
		outcome |= read_text(&item);
	}
	*list = (struct record_list){texts, count};
	return outcome;
}

static int
read_list(const struct reading *reading)
{
	const struct conf_node *node = reading->node;
	const struct conf_table *table = reading->key->table;
	size_t size = table->record->size;
	char *items;
	int outcome = 0;

	if (node->kind != CONF_SEQUENCE)
		return wrong(reading, "a list of mappings");
	if (check_count(reading) < 0)
		return -1;
	items = arena_array(reading->arena, node->count, size);
	for (size_t i = 0; i < node->count; i++) {
		struct reading item = *reading;

		item.node = node->items[i];
		if (item.node->kind != CONF_MAPPING)
			outcome |= wrong(&item, "a mapping in each entry");
		else
			outcome |= conf_read(reading->arena, table, item.node,
				items + i * size, reading->errors);
	}
	*(struct record_list *)reading->target =
		(struct record_list){items, node->count};
	return outcome;
}

static int
read_value(const struct reading *reading)
{
	switch (reading->field->type) {
	case FIELD_TYPE_TEXT:
		return read_text(reading);
	case FIELD_TYPE_BOOLEAN:
		return read_boolean(reading);
	case FIELD_TYPE_INTEGER:
		return read_number(reading);
	case FIELD_TYPE_TEXTS:
		return read_texts(reading);
	case FIELD_TYPE_RECORD:
		if (reading->node->kind != CONF_MAPPING)
			return wrong(reading, "a mapping");
		return conf_read(reading->arena, reading->key->table,
			reading->node, reading->target, reading->errors);
	case FIELD_TYPE_LIST:
		return read_list(reading);
	case FIELD_TYPE_HTML:
	case FIELD_TYPE_TIME:
	case FIELD_TYPE_UUID:
	case FIELD_TYPE_BYTES:
	case FIELD_TYPE_OPTIONAL:
		break;
	}
	log_defect("conf", "key %s: no such kind of value", reading->key->name);
}

static const struct conf_key *
find_key(const struct conf_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

static int
unknown_key(struct arena *arena, const struct conf_table *table,
	const struct conf_pair *pair, struct conf_errors *errors)
{
	const char **names = arena_array(arena, table->count, sizeof(*names));
	const char *guess;

	for (size_t i = 0; i < table->count; i++)
		names[i] = table->keys[i].name;
	guess = guess_word(pair->key, names, table->count);
	if (guess != NULL)
		return conf_error(errors, &pair->place,
			"unknown key \"%.60s\": did you mean \"%s\"?",
			pair->key, guess);
	if (table->count > KEYS_NAMED)
		return conf_error(errors, &pair->place,
			"unknown key \"%.60s\", expected one of those that the "
			"manual lists",
			pair->key);
	return conf_error(errors, &pair->place,
		"unknown key \"%.60s\", expected %s", pair->key,
		join(arena, names, table->count));
}

/* Keys without value get their default, or the defaults of their table. */
static int
fill_absent(struct arena *arena, const struct conf_key *key,
	const struct field *field, void *target, struct conf_errors *errors)
{
	struct conf_node node = {
		.kind = CONF_SCALAR,
		.place = {"default", 0, 0},
		.text = key->otherwise,
		/* An empty text is a default, too. */
		.quoted = field->type == FIELD_TYPE_TEXT,
	};
	struct reading reading = {arena, key, field, &node, target, errors};

	if (field->type == FIELD_TYPE_RECORD)
		return conf_read(arena, key->table, NULL, target, errors);
	return key->otherwise == NULL ? 0 : read_value(&reading);
}

int
conf_read(struct arena *arena, const struct conf_table *table,
	const struct conf_node *mapping, void *structure,
	struct conf_errors *errors)
{
	int outcome = 0;

	for (size_t i = 0; mapping != NULL && i < mapping->count; i++)
		if (find_key(table, mapping->pairs[i].key) == NULL)
			outcome = unknown_key(
				arena, table, &mapping->pairs[i], errors);
	for (size_t i = 0; i < table->count; i++) {
		const struct conf_key *key = &table->keys[i];
		const struct field *field =
			record_field(table->record, key->name);
		const struct conf_node *node = conf_get(mapping, key->name);
		void *target;

		if (field == NULL)
			log_defect("conf", "no field for key %s", key->name);
		target = (char *)structure + field->offset;
		if (node != NULL && !conf_is_null(node)) {
			struct reading reading = {
				arena, key, field, node, target, errors};

			outcome |= read_value(&reading);
		} else if (key->required && node != NULL) {
			outcome = conf_error(errors, &node->place,
				"%s has no value, expected one", key->name);
		} else if (key->required && mapping != NULL) {
			outcome = conf_error(errors, &mapping->place,
				"the key \"%s\" is missing", key->name);
		} else {
			outcome |=
				fill_absent(arena, key, field, target, errors);
		}
	}
	return outcome;
}

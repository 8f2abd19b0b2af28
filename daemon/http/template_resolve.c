#include "http/template_resolve.h"

#include <string.h>

#include "base/error.h"
#include "http/template_parse.h"

static const struct {
	const char *name;
	enum template_filter filter;
	enum field_type type;
	bool second; /* takes a second name, a text */
} filters[] = {
	{"date", TEMPLATE_DATE, FIELD_TYPE_TIME, false},
	{"minute", TEMPLATE_MINUTE, FIELD_TYPE_TIME, false},
	{"there", TEMPLATE_THERE, FIELD_TYPE_TIME, false},
	{"ago", TEMPLATE_AGO, FIELD_TYPE_TIME, false},
	{"iso", TEMPLATE_ISO, FIELD_TYPE_TIME, false},
	{"day", TEMPLATE_DAY, FIELD_TYPE_TIME, false},
	{"isoday", TEMPLATE_ISODAY, FIELD_TYPE_TIME, false},
	{"money", TEMPLATE_MONEY, FIELD_TYPE_INTEGER, true},
	{"url", TEMPLATE_URL, FIELD_TYPE_TEXT, false},
	{"number", TEMPLATE_NUMBER, FIELD_TYPE_INTEGER, false},
};

static const struct field *
find_part(const struct record *record, const char *part, size_t length)
{
	for (size_t i = 0; record != NULL && i < record->count; i++)
		if (strlen(record->fields[i].name) == length &&
			memcmp(record->fields[i].name, part, length) == 0)
			return &record->fields[i];
	return NULL;
}

/* The slot whose record has the name's first part; the field in it. */
static const struct field *
find_first(const struct template_scope *scope, const char *name, size_t length,
	uint8_t *slot)
{
	for (size_t i = scope->count; i-- > 0;) {
		const struct field *field =
			find_part(scope->records[i], name, length);
		if (field != NULL) {
			*slot = (uint8_t)i;
			return field;
		}
	}
	return NULL;
}

/* {{.}}: the element of the innermost list of texts. */
static int
resolve_element(const struct template_scope *scope,
	const struct template_node *node, struct template_reference *reference,
	struct error *error)
{
	for (size_t i = scope->count; i-- > 2;)
		if (scope->records[i] == NULL) {
			reference->slot = (uint8_t)i;
			reference->type = FIELD_TYPE_TEXT;
			return 0;
		}
	return template_fail(error, node->source, node->offset,
		"{{.}} stands outside a list of texts");
}

static int
follow(struct template_reference *reference, const struct field *field,
	const char *name, const struct template_node *node, struct error *error)
{
	if (field->type == FIELD_TYPE_RECORD)
		return 0;
	if (field->type != FIELD_TYPE_OPTIONAL)
		return template_fail(error, node->source, node->offset,
			"\"%s\": %s has no parts", name, field->name);
	if (reference->hops == TEMPLATE_HOPS)
		return template_fail(error, node->source, node->offset,
			"\"%s\" crosses too many optional records", name);
	reference->hops++;
	return 0;
}

int
template_resolve(const struct template_scope *scope,
	const struct template_node *node, const char *name,
	struct template_reference *ret_reference,
	const struct record **ret_record, struct error *error)
{
	struct template_reference reference = {0};
	size_t length = strcspn(name, ".");
	const struct field *field;

	*ret_record = NULL;
	if (strcmp(name, ".") == 0) {
		if (resolve_element(scope, node, &reference, error) < 0)
			return -1;
		*ret_reference = reference;
		return 0;
	}
	field = find_first(scope, name, length, &reference.slot);
	for (const char *part = name;;) {
		if (field == NULL)
			return template_fail(error, node->source, node->offset,
				"there is no \"%.*s\" here",
				(int)(part + length - name), name);
		reference.offsets[reference.hops] += field->offset;
		part += length;
		if (*part == '\0')
			break;
		if (follow(&reference, field, name, node, error) < 0)
			return -1;
		length = strcspn(++part, ".");
		field = find_part(field->record, part, length);
	}
	reference.type = field->type;
	*ret_reference = reference;
	*ret_record = field->record;
	return 0;
}

static int
resolve_filter(const struct template_scope *scope,
	const struct template_node *node,
	struct template_instruction *instruction, struct error *error)
{
	size_t i = 0;
	const struct record *record;

	while (i < COUNT_OF(filters) &&
		strcmp(filters[i].name, node->filter) != 0)
		i++;
	if (i == COUNT_OF(filters))
		return template_fail(error, node->source, node->offset,
			"there is no filter \"%s\"", node->filter);
	if (filters[i].type != instruction->value.type)
		return template_fail(error, node->source, node->offset,
			"%s is not what the filter %s takes", node->name,
			node->filter);
	if (filters[i].second != (node->second != NULL))
		return template_fail(error, node->source, node->offset,
			"the filter %s takes %s", node->filter,
			filters[i].second ? "two names" : "one name");
	instruction->filter = filters[i].filter;
	if (node->second == NULL)
		return 0;
	if (template_resolve(scope, node, node->second, &instruction->second,
		    &record, error) < 0)
		return -1;
	if (instruction->second.type != FIELD_TYPE_TEXT)
		return template_fail(error, node->source, node->offset,
			"%s is not a text", node->second);
	return 0;
}

/* What can be shown as it is. */
static const char *
why_not_plain(enum field_type type)
{
	switch (type) {
	case FIELD_TYPE_TEXT:
	case FIELD_TYPE_INTEGER:
	case FIELD_TYPE_UUID:
		return NULL;
	case FIELD_TYPE_HTML:
		return "is HTML: write it with three braces";
	case FIELD_TYPE_BOOLEAN:
		return "is a truth value: write a section";
	case FIELD_TYPE_TIME:
		return "is a time: add a filter (date, minute, there, ago, iso) "
		       "or, of a day, day or isoday";
	case FIELD_TYPE_BYTES:
		return "is bytes and cannot be shown";
	case FIELD_TYPE_RECORD:
	case FIELD_TYPE_OPTIONAL:
	case FIELD_TYPE_LIST:
	case FIELD_TYPE_TEXTS:
		return "is a record or a list: write a section";
	}
	return "cannot be shown";
}

int
template_resolve_value(const struct template_scope *scope,
	const struct template_node *node, bool escape,
	struct template_instruction *instruction, struct error *error)
{
	const struct record *record;
	bool raw = node->kind == TEMPLATE_RAW;

	if (template_resolve(scope, node, node->name, &instruction->value,
		    &record, error) < 0)
		return -1;
	enum field_type type = instruction->value.type;
	if (raw && (type != FIELD_TYPE_HTML || node->filter != NULL))
		return template_fail(error, node->source, node->offset,
			"%s is not HTML: write it with two braces", node->name);
	instruction->escape = escape && !raw;
	if (node->filter != NULL)
		return resolve_filter(scope, node, instruction, error);
	if (!raw && why_not_plain(type) != NULL)
		return template_fail(error, node->source, node->offset, "%s %s",
			node->name, why_not_plain(type));
	return 0;
}

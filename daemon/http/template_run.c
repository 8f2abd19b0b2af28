#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/uuid.h"
#include "http/template_program.h"
#include "text/dates.h"

/* A list being gone through: how many elements are left after this one. */
struct machine {
	const void *slots[TEMPLATE_SLOTS];
	size_t left[TEMPLATE_SLOTS];
	enum language language;
	const struct zone *zone; /* NULL: UTC */
	struct arena *scratch;
	struct buffer *output;
};

/* The value's address; NULL where an optional record on the way is absent. */
static const void *
locate(const struct machine *machine,
	const struct template_reference *reference)
{
	const char *at = machine->slots[reference->slot];

	if (at == NULL)
		return NULL;
	at += reference->offsets[0];
	for (unsigned hop = 1; hop <= reference->hops; hop++) {
		at = *(const char *const *)(const void *)at;
		if (at == NULL)
			return NULL;
		at += reference->offsets[hop];
	}
	return at;
}

/* None and false are false; so is an empty text. */
static bool
is_true(const struct machine *machine,
	const struct template_reference *reference)
{
	const struct field field = {.type = reference->type};
	const void *at = locate(machine, reference);

	if (at == NULL || field_is_none(&field, at))
		return false;
	if (reference->type == FIELD_TYPE_BOOLEAN)
		return *(const bool *)at;
	if (reference->type == FIELD_TYPE_TEXT ||
		reference->type == FIELD_TYPE_HTML)
		return **(const char *const *)at != '\0';
	return true;
}

static void
add(struct machine *machine, bool escape, const char *text)
{
	if (escape)
		buffer_add_html(machine->output, text, strlen(text));
	else
		buffer_add_text(machine->output, text);
}

static void
add_time(struct machine *machine, enum template_filter filter, bool escape,
	struct timestamp time)
{
	char iso[CLOCK_TEXT_SIZE];
	const char *text = iso;
	struct arena *scratch = machine->scratch;
	enum language language = machine->language;
	const struct zone *zone = machine->zone;

	switch (filter) {
	case TEMPLATE_DATE:
		text = dates_day(scratch, language, zone, time);
		break;
	case TEMPLATE_MINUTE:
		text = dates_minute(scratch, language, zone, time);
		break;
	case TEMPLATE_THERE:
		text = dates_minute_there(scratch, language, zone, time);
		break;
	case TEMPLATE_AGO:
		text = dates_ago(scratch, language, zone, time, clock_now());
		break;
	case TEMPLATE_DAY:
		text = dates_day(scratch, language, NULL, time);
		break;
	case TEMPLATE_ISODAY:
		clock_format(time, iso);
		iso[10] = '\0';
		break;
	default:
		/* Whole seconds: HTML's <time> takes no microseconds. */
		clock_format(time, iso);
		memcpy(iso + 19, "Z", 2);
		break;
	}
	add(machine, escape, text);
	arena_clear(machine->scratch);
}

/* Thousands apart by a comma in English, a narrow no-break space in French. */
static void
add_number(struct machine *machine, int64_t number)
{
	char text[DIGITS_SIZE];
	const char *gap = machine->language == LANGUAGE_FRENCH ? "\u202f" : ",";
	const char *digits = digits_text(number, text);
	size_t length = strlen(digits);

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
			buffer_add_text(machine->output, gap);
		buffer_add_byte(machine->output, digits[i]);
	}
}

static void
add_integer(struct machine *machine,
	const struct template_instruction *instruction, int64_t number)
{
	const char *const *currency;

	switch (instruction->filter) {
	case TEMPLATE_NUMBER:
		add_number(machine, number);
		return;
	case TEMPLATE_MONEY:
		currency = locate(machine, &instruction->second);
		if (currency == NULL || *currency == NULL)
			return;
		add(machine, instruction->escape,
			dates_money(machine->scratch, machine->language, number,
				*currency));
		arena_clear(machine->scratch);
		return;
	default:
		buffer_add_integer(machine->output, number);
	}
}

static void
add_value(
	struct machine *machine, const struct template_instruction *instruction)
{
	const struct field field = {.type = instruction->value.type};
	const void *at = locate(machine, &instruction->value);
	char id[UUID_TEXT_SIZE];

	if (at == NULL || field_is_none(&field, at))
		return;
	switch (field.type) {
	case FIELD_TYPE_TEXT:
		if (instruction->filter == TEMPLATE_URL)
			buffer_add_url(
				machine->output, *(const char *const *)at);
		else
			add(machine, instruction->escape,
				*(const char *const *)at);
		break;
	case FIELD_TYPE_HTML:
		buffer_add_text(machine->output, *(const char *const *)at);
		break;
	case FIELD_TYPE_INTEGER:
		add_integer(machine, instruction, *(const int64_t *)at);
		break;
	case FIELD_TYPE_TIME:
		add_time(machine, instruction->filter, instruction->escape,
			*(const struct timestamp *)at);
		break;
	case FIELD_TYPE_UUID:
		uuid_format(*(const struct uuid *)at, id);
		buffer_add_text(machine->output, id);
		break;
	default: /* template_resolve_value() lets no other through */
		break;
	}
}

/* Puts the section's record, or the list's first element, into its slot. */
static bool
enter(struct machine *machine, const struct template_instruction *instruction)
{
	const void *at = locate(machine, &instruction->value);
	const struct record_list *list = at;

	if (at == NULL)
		return false;
	if (instruction->value.type == FIELD_TYPE_OPTIONAL)
		at = *(const void *const *)at;
	if (instruction->operation == TEMPLATE_EACH) {
		if (list->count == 0)
			return false;
		machine->left[instruction->slot] = list->count - 1;
		at = list->items;
	}
	machine->slots[instruction->slot] = at;
	return at != NULL;
}

static bool
next(struct machine *machine, const struct template_instruction *instruction)
{
	const char *element = machine->slots[instruction->slot];

	if (machine->left[instruction->slot] == 0)
		return false;
	machine->left[instruction->slot]--;
	machine->slots[instruction->slot] = element + instruction->stride;
	return true;
}

static bool
is_many(struct machine *machine, const struct template_instruction *instruction)
{
	const int64_t *count = locate(machine, &instruction->value);

	return !language_is_singular(
		machine->language, count == NULL ? 0 : *count);
}

/* Whether the program goes on at the instruction's target. */
static bool
jumps(struct machine *machine, const struct template_instruction *instruction)
{
	switch (instruction->operation) {
	case TEMPLATE_ADD:
		buffer_add(machine->output, instruction->text,
			instruction->length);
		return false;
	case TEMPLATE_ADD_VALUE:
		add_value(machine, instruction);
		return false;
	case TEMPLATE_UNLESS_GOTO:
		return !is_true(machine, &instruction->value);
	case TEMPLATE_IF_GOTO:
		return is_true(machine, &instruction->value);
	case TEMPLATE_ENTER:
	case TEMPLATE_EACH:
		return !enter(machine, instruction);
	case TEMPLATE_NEXT:
		return next(machine, instruction);
	case TEMPLATE_MANY_GOTO:
		return is_many(machine, instruction);
	case TEMPLATE_GOTO:
		return true;
	case TEMPLATE_END:
		return false;
	}
	return false;
}

void
template_run(const struct template_program *program, const void *view,
	const void *common, enum language language, const struct zone *zone,
	struct arena *scratch, struct buffer *output)
{
	struct machine machine = {
		.slots = {common, view},
		.language = language,
		.zone = zone,
		.scratch = scratch,
		.output = output,
	};
	const struct template_instruction *at = program->instructions;

	while (at->operation != TEMPLATE_END) {
		if (jumps(&machine, at))
			at = program->instructions + at->target;
		else
			at++;
	}
}

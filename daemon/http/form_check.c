#include "http/form_check.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "http/request.h"

int
form_check_fail(const struct form_check *check, const char *message)
{
	return form_fail(check->request, check->field->name, message);
}

int
form_check_fail_limit(
	const struct form_check *check, const char *message, int64_t limit)
{
	return form_fail_limit(
		check->request, check->field->name, message, limit);
}

int
form_check_fail_missing(const struct form_check *check)
{
	return form_check_fail(check, check->field->control == FORM_CHECKBOX
					      ? N_("Tick this box to go on.")
				      : check->field->choices != NULL
					      ? N_("Choose one.")
					      : N_("Fill in this field."));
}

static const char *
find_choice(const struct form_check *check, const char *value)
{
	bool translate;
	const struct form_choice *choice =
		form_choices_of(check->request->form, check->field, &translate);

	for (; choice->value != NULL; choice++)
		if (strcmp(choice->value, value) == 0)
			return choice->value;
	return NULL;
}

static int
check_choice(const struct form_check *check)
{
	const char *value;

	if (check->typed[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	value = find_choice(check, check->typed);
	if (value == NULL)
		return form_check_fail(
			check, N_("Choose one of those offered."));
	*(const char **)check->target = value;
	return 0;
}

static int
store_number(const struct form_check *check, int64_t value)
{
	const struct form_field *field = check->field;
	bool bounded = field->least != 0 || field->most != 0;

	if (bounded && value < field->least)
		return form_check_fail_limit(check,
			N_("This is too little: at least {{limit}}."),
			field->control == FORM_MONEY ? field->least / 100
						     : field->least);
	if (field->most != 0 && value > field->most)
		return form_check_fail_limit(check,
			N_("This is too much: at most {{limit}}."),
			field->control == FORM_MONEY ? field->most / 100
						     : field->most);
	*(int64_t *)check->target = value;
	return 0;
}

static int
check_integer(const struct form_check *check)
{
	const char *text = form_trim(check->request->arena, check->typed);
	int64_t value;

	if (text[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	if (parse_integer(text, INT64_MIN + 1, INT64_MAX, &value) < 0)
		return form_check_fail(
			check, N_("Write a whole number, in digits."));
	return store_number(check, value);
}

/* Minor units: more is a slip of the hand. */
#define MONEY_LIMIT INT64_C(100000000000000)

/* "12", "12.5", "12,50", "1 200,00": minor units, or -1. */
static int64_t
parse_money(const char *text)
{
	int64_t units = 0;
	int decimals = -1;

	for (; *text != '\0'; text++) {
		if (*text == ' ' && decimals < 0)
			continue;
		if ((*text == '.' || *text == ',') && decimals < 0) {
			decimals = 0;
			continue; /* what follows is cents */
		}
		if (!isdigit((unsigned char)*text) || decimals == 2 ||
			units > MONEY_LIMIT / 100)
			return -1;
		units = units * 10 + (*text - '0');
		if (decimals >= 0)
			decimals++;
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 2; decimals++)
		units *= 10;
	return units;
}

static int
check_money(const struct form_check *check)
{
	const char *text = form_trim(check->request->arena, check->typed);

	if (text[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	int64_t value = -1;
	if (check->json && parse_integer(text, 0, MONEY_LIMIT, &value) < 0)
		return form_check_fail(
			check, N_("Write a whole number, in digits."));
	if (!check->json && isdigit((unsigned char)text[0]))
		value = parse_money(text);
	if (value < 0)
		return form_check_fail(
			check, N_("Write an amount, like 12.50."));
	return store_number(check, value);
}

static int
check_date(const struct form_check *check)
{
	const char *text = form_trim(check->request->arena, check->typed);

	if (text[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	if (clock_parse(text, check->target) < 0)
		return form_check_fail(
			check, N_("Write a date, like 2026-11-23."));
	return 0;
}

static int
check_colour(const struct form_check *check)
{
	char *text = form_trim(check->request->arena, check->typed);

	if (text[0] == '\0')
		return check->field->required ? form_check_fail_missing(check)
					      : 0;
	if (text[0] != '#' || strlen(text) != 7 ||
		strspn(text + 1, "0123456789abcdefABCDEF") != 6)
		return form_check_fail(
			check, N_("Write a colour, like #1a6b5c."));
	for (size_t i = 1; i < 7; i++)
		text[i] = (char)tolower((unsigned char)text[i]);
	*(const char **)check->target = text;
	return 0;
}

static int
check_checkbox(const struct form_check *check)
{
	const struct form_input *input =
		form_input_find(check->request->form, check->field->name, NULL);
	bool ticked = input != NULL && input->kind != INPUT_FALSE;

	if (!ticked && check->field->required)
		return form_check_fail_missing(check);
	*(bool *)check->target = ticked;
	return 0;
}

static int
check_choices(const struct form_check *check)
{
	const struct form_state *state = check->request->form;
	struct record_list *list = check->target;
	const char **values = arena_array(
		check->request->arena, state->input_count, sizeof(*values));
	size_t count = 0;

	for (const struct form_input *input =
			form_input_find(state, check->field->name, NULL);
		input != NULL;
		input = form_input_find(state, check->field->name, input)) {
		if (input->kind == INPUT_TEXT && input->value != NULL &&
			input->value[0] == '\0')
			continue;
		const char *value =
			input->kind != INPUT_TEXT || input->value == NULL
				? NULL
				: find_choice(check, input->value);
		if (value == NULL)
			return form_check_fail(
				check, N_("Choose from those offered."));
		size_t known = 0;
		while (known < count && values[known] != value)
			known++;
		if (known == count)
			values[count++] = value;
	}
	if (count == 0 && check->field->required)
		return form_check_fail(check, N_("Choose at least one."));
	*list = (struct record_list){values, count};
	return 0;
}

static const struct {
	int (*check)(const struct form_check *check);
	enum field_type type;
} controls[] = {
	[FORM_LINE] = {form_check_line, FIELD_TYPE_TEXT},
	[FORM_EMAIL] = {form_check_email, FIELD_TYPE_TEXT},
	[FORM_USERNAME] = {form_check_username, FIELD_TYPE_TEXT},
	[FORM_PASSWORD] = {form_check_password, FIELD_TYPE_TEXT},
	[FORM_TEXT] = {form_check_text, FIELD_TYPE_TEXT},
	[FORM_MARKDOWN] = {form_check_text, FIELD_TYPE_TEXT},
	[FORM_SELECT] = {check_choice, FIELD_TYPE_TEXT},
	[FORM_RADIO] = {check_choice, FIELD_TYPE_TEXT},
	[FORM_CHECKBOX] = {check_checkbox, FIELD_TYPE_BOOLEAN},
	[FORM_CHOICES] = {check_choices, FIELD_TYPE_TEXTS},
	[FORM_INTEGER] = {check_integer, FIELD_TYPE_INTEGER},
	[FORM_MONEY] = {check_money, FIELD_TYPE_INTEGER},
	[FORM_DATE] = {check_date, FIELD_TYPE_TIME},
	[FORM_COLOUR] = {check_colour, FIELD_TYPE_TEXT},
	[FORM_HIDDEN] = {form_check_hidden, FIELD_TYPE_TEXT},
};

/* Whether JSON gave the type that the control takes. */
static bool
is_right_kind(enum field_type type, enum form_input_kind kind)
{
	switch (kind) {
	case INPUT_TEXT:
		return type != FIELD_TYPE_BOOLEAN && type != FIELD_TYPE_INTEGER;
	case INPUT_TRUE:
	case INPUT_FALSE:
		return type == FIELD_TYPE_BOOLEAN;
	case INPUT_NUMBER:
		return type == FIELD_TYPE_INTEGER;
	case INPUT_OTHER:
		return false;
	}
	return false;
}

static void
set_none(enum field_type type, void *target)
{
	if (type == FIELD_TYPE_INTEGER)
		*(int64_t *)target = INTEGER_NONE;
	if (type == FIELD_TYPE_TIME)
		*(struct timestamp *)target = TIME_NONE;
}

int
form_check(struct request *request, const struct form_field *field,
	const struct field *target, void *structure)
{
	const struct form_state *state = request->form;
	const struct form_input *input =
		form_input_find(state, field->name, NULL);
	struct form_check check = {
		.request = request,
		.field = field,
		.typed = "",
		.json = state->json,
	};

	if (target == NULL || target->type != controls[field->control].type)
		log_defect("form_check", "%s: control and member do not fit",
			field->name);
	check.target = (char *)structure + target->offset;
	set_none(target->type, check.target);
	if (input != NULL && input->value == NULL)
		return form_check_fail(&check,
			input->has_zero ? N_("This holds a zero byte.")
					: N_("This is not valid UTF-8 text."));
	if (input != NULL && state->json &&
		!is_right_kind(target->type, input->kind))
		return form_check_fail(&check, N_("This has the wrong type."));
	if (input != NULL)
		check.typed = input->value;
	return controls[field->control].check(&check);
}

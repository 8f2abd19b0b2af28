#include "http/form_state.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/request.h"
#include "text/markdown.h"

/* A form being made into a view. */
struct show {
	struct request *request;
	const struct form_state *state;
	const struct form *form;
	const void *values; /* or NULL */
	bool typed;	    /* show what was sent instead */
	const char *suffix; /* "-2" for the page's second form */
};

static const struct {
	const char *type; /* of <input> */
	const char *inputmode;
} inputs[] = {
	[FORM_LINE] = {"text", NULL},
	[FORM_EMAIL] = {"email", NULL},
	[FORM_USERNAME] = {"text", NULL},
	[FORM_PASSWORD] = {"password", NULL},
	[FORM_INTEGER] = {"text", "numeric"},
	[FORM_MONEY] = {"text", "decimal"},
	[FORM_DATE] = {"date", NULL},
	[FORM_COLOUR] = {"color", NULL},
	[FORM_HIDDEN] = {NULL, NULL},
};

static const char *
translate(const struct show *show, const char *text)
{
	return text == NULL ? NULL : text_get(show->request->language, text);
}

/* FORM_MONEY is typed with two decimals. */
#define MINOR_UNITS 100

static const char *
money_text(const struct show *show, int64_t minor)
{
	const char *point =
		show->request->language == LANGUAGE_FRENCH ? "," : ".";

	return arena_printf(show->request->arena, "%lld%s%02lld",
		(long long)(minor / MINOR_UNITS), point,
		(long long)(minor % MINOR_UNITS));
}

static const char *
date_text(const struct show *show, struct timestamp time)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(time, text);
	return arena_copy(show->request->arena, text, strlen("2026-11-23"));
}

/* The struct's value as one would type it; NULL for none. */
static const char *
stored_value(const struct show *show, const struct form_field *field)
{
	const struct field *member =
		record_field(show->form->record, field->name);

	if (show->values == NULL || field_is_none(member, show->values))
		return NULL;
	const void *value = field_in(member, show->values);
	if (member->type == FIELD_TYPE_TEXT)
		return *(const char *const *)value;
	if (member->type == FIELD_TYPE_TIME)
		return date_text(show, *(const struct timestamp *)value);
	if (member->type != FIELD_TYPE_INTEGER)
		return NULL;
	if (field->control == FORM_MONEY)
		return money_text(show, *(const int64_t *)value);
	return arena_printf(show->request->arena, "%lld",
		(long long)*(const int64_t *)value);
}

static const char *
shown_value(const struct show *show, const struct form_field *field)
{
	if (field->control == FORM_PASSWORD)
		return NULL;
	if (!show->typed)
		return stored_value(show, field);
	/* What the page says itself may be another by now. */
	if (field->control == FORM_HIDDEN && show->state->checked &&
		stored_value(show, field) != NULL)
		return stored_value(show, field);
	return form_typed(show->request, field);
}

static bool
is_checked(const struct show *show, const struct form_field *field)
{
	const struct field *member =
		record_field(show->form->record, field->name);

	if (show->typed)
		return form_input_find(show->state, field->name, NULL) != NULL;
	return show->values != NULL &&
	       *(const bool *)field_in(member, show->values);
}

static bool
is_among_typed(const struct show *show, const char *name, const char *value)
{
	const struct form_input *input =
		form_input_find(show->state, name, NULL);

	for (; input != NULL; input = form_input_find(show->state, name, input))
		if (input->value != NULL && strcmp(input->value, value) == 0)
			return true;
	return false;
}

static bool
is_selected(const struct show *show, const struct form_field *field,
	const char *value)
{
	if (show->typed)
		return is_among_typed(show, field->name, value);
	if (field->control != FORM_CHOICES) {
		const char *stored = stored_value(show, field);
		return stored != NULL && strcmp(stored, value) == 0;
	}
	if (show->values == NULL)
		return false;
	const struct record_list *list = field_in(
		record_field(show->form->record, field->name), show->values);
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(((const char *const *)list->items)[i], value) == 0)
			return true;
	return false;
}

static struct record_list
show_options(
	const struct show *show, const struct form_field *field, const char *id)
{
	struct arena *arena = show->request->arena;
	bool is_text;
	const struct form_choice *choices =
		form_choices_of(show->state, field, &is_text);
	size_t count = 0;

	while (choices[count].value != NULL)
		count++;
	struct form_option_view *options =
		arena_array(arena, count, sizeof(*options));
	for (size_t i = 0; i < count; i++) {
		options[i].id = arena_printf(arena, "%s-%zu", id, i + 1);
		options[i].value = choices[i].value;
		options[i].label = is_text ? translate(show, choices[i].label)
					   : choices[i].label;
		options[i].selected =
			is_selected(show, field, choices[i].value);
	}
	return (struct record_list){options, count};
}

static void
set_kind(struct form_field_view *view, const struct form_field *field)
{
	switch (field->control) {
	case FORM_TEXT:
		view->is_textarea = true;
		return;
	case FORM_MARKDOWN:
		view->is_markdown = true;
		return;
	case FORM_SELECT:
		view->is_select = true;
		return;
	case FORM_RADIO:
		view->is_radio = true;
		return;
	case FORM_CHECKBOX:
		view->is_checkbox = true;
		return;
	case FORM_CHOICES:
		view->is_choices = true;
		return;
	default:
		view->is_input = true;
		view->type = inputs[field->control].type;
		view->inputmode = inputs[field->control].inputmode;
		view->is_name = field->control == FORM_USERNAME;
		view->is_colour = field->control == FORM_COLOUR;
	}
}

/* Numbers are typed as text, so that a wrong one is kept and explained; a
 * password that is cut short unseen would never fit again. */
static void
set_limits(struct form_field_view *view, const struct form_field *field)
{
	bool text = field->control != FORM_INTEGER &&
		    field->control != FORM_MONEY &&
		    field->control != FORM_PASSWORD;

	view->maxlength = text && field->most > 0 ? field->most : INTEGER_NONE;
}

static void
set_texts(const struct show *show, struct form_field_view *view,
	const struct form_field *field)
{
	struct arena *arena = show->request->arena;
	const struct form_fault *fault =
		form_fault_find(show->state, field->name);

	view->name = field->name;
	view->id = arena_printf(arena, "field-%s%s", field->name, show->suffix);
	view->help_id =
		arena_printf(arena, "help-%s%s", field->name, show->suffix);
	view->error_id =
		arena_printf(arena, "error-%s%s", field->name, show->suffix);
	view->label = translate(show, field->label);
	view->help = translate(show, field->help);
	if (fault != NULL)
		view->error = form_fault_text(show->request, fault);
	if (view->help != NULL && view->error != NULL)
		view->describedby = arena_printf(
			arena, "%s %s", view->help_id, view->error_id);
	else if (view->help != NULL)
		view->describedby = view->help_id;
	else if (view->error != NULL)
		view->describedby = view->error_id;
}

/* Members' Markdown begins below the page's own headings. */
#define PREVIEW_HEADING 3

static void
set_preview(const struct show *show, struct form_field_view *view)
{
	const char *asked = show->typed ? show->state->preview : NULL;

	view->preview_id = arena_printf(
		show->request->arena, "preview-%s%s", view->name, show->suffix);
	if (asked == NULL || strcmp(asked, view->name) != 0)
		return;
	view->preview = markdown_html(show->request->arena,
		view->value == NULL ? "" : view->value, PREVIEW_HEADING);
}

static void
show_field(const struct show *show, const struct form_field *field,
	struct form_field_view *view)
{
	set_kind(view, field);
	set_limits(view, field);
	set_texts(show, view, field);
	view->required = field->required;
	view->autocomplete = field->autocomplete;
	if (field->control == FORM_CHECKBOX)
		view->checked = is_checked(show, field);
	else if (field->control != FORM_CHOICES)
		view->value = shown_value(show, field);
	if (view->is_markdown)
		set_preview(show, view);
	if (view->is_select || view->is_radio || view->is_choices)
		view->options = show_options(show, field, view->id);
}

static bool
same_group(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Neighbouring fields with one heading become a group; hidden ones stand
 * apart. */
static void
show_fields(const struct show *show, struct form_view *view)
{
	struct arena *arena = show->request->arena;
	const struct form *form = show->form;
	struct form_field_view *fields =
		arena_array(arena, form->count, sizeof(*fields));
	struct form_group_view *groups =
		arena_array(arena, form->count, sizeof(*groups));
	struct form_hidden_view *hidden =
		arena_array(arena, form->count, sizeof(*hidden));
	const char *heading = NULL;

	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *field = &form->fields[i];

		if (form_is_omitted(show->state, field->name))
			continue;
		if (field->control == FORM_HIDDEN) {
			hidden[view->hidden.count++] =
				(struct form_hidden_view){
					field->name, shown_value(show, field)};
			continue;
		}
		if (view->groups.count == 0 ||
			!same_group(field->group, heading)) {
			heading = field->group;
			groups[view->groups.count++] = (struct form_group_view){
				translate(show, heading), {&fields[i], 0}};
		}
		struct record_list *list =
			&groups[view->groups.count - 1].fields;
		show_field(show, field,
			(struct form_field_view *)list->items + list->count++);
	}
	view->groups.items = groups;
	view->hidden.items = hidden;
}

/* What a kept form consists of travels along. */
static void
show_kept(const struct show *show, struct form_view *view)
{
	struct form_hidden_view *hidden;
	const struct form_input *input;

	if (!form_kept_fits(show->state)) {
		view->notice = translate(show,
			N_("What you had written is too long to be kept here. "
			   "Go back to copy it before you go on."));
		return;
	}
	hidden = arena_array(show->request->arena,
		view->hidden.count + show->state->input_count + 1,
		sizeof(*hidden));
	if (view->hidden.count > 0)
		memcpy(hidden, view->hidden.items,
			view->hidden.count * sizeof(*hidden));
	view->hidden.items = hidden;
	STAILQ_FOREACH (input, &show->state->inputs, next)
		if (form_travels(input))
			hidden[view->hidden.count++] =
				(struct form_hidden_view){
					input->name, input->value};
}

static struct record_list
show_faults(const struct show *show)
{
	struct arena *arena = show->request->arena;
	const struct form_fault *fault;
	size_t count = 0;

	STAILQ_FOREACH (fault, &show->state->faults, next)
		count++;
	struct form_error_view *errors =
		arena_array(arena, count, sizeof(*errors));
	count = 0;
	STAILQ_FOREACH (fault, &show->state->faults, next) {
		struct form_error_view *error = &errors[count++];

		error->message = form_fault_text(show->request, fault);
		for (size_t i = 0; i < show->form->count; i++) {
			const struct form_field *field = &show->form->fields[i];

			if (strcmp(field->name, fault->field) != 0)
				continue;
			error->label = translate(show, field->label);
			error->id = arena_printf(
				arena, "field-%s%s", field->name, show->suffix);
		}
	}
	return (struct record_list){errors, count};
}

const struct form_view *
form_show(struct request *request, const struct form *form, const char *action,
	const void *values)
{
	struct form_state *state = form_state_get(request);
	struct form_view *view = ARENA_NEW(request->arena, struct form_view);
	struct show show = {
		.request = request,
		.state = state,
		.form = form,
		.values = values,
		.typed = state->form == form,
		.suffix = "",
	};

	if (++state->shown > 1)
		show.suffix = arena_printf(request->arena, "-%u", state->shown);
	view->id = arena_printf(request->arena, "form%s", show.suffix);
	view->action = action;
	view->submit = translate(&show, form->submit);
	show_fields(&show, view);
	if (state->form == form || state->form == NULL) {
		view->errors = show_faults(&show);
		view->notice = translate(&show, state->notice);
	}
	if (form->carries)
		show_kept(&show, view);
	view->failed = view->errors.count > 0;
	return view;
}

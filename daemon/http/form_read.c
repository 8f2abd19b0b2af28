#include "http/form_state.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/utf8.h"
#include "http/reply.h"
#include "http/request.h"

static bool
is_known(const struct form *form, const struct form_state *state,
	const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return !form_is_omitted(state, name);
	return false;
}

/* A misspelt key of a program would otherwise be lost silently; browsers send
 * further fields (the form token, the button) as they like. */
static void
refuse_unknown(struct request *request, const struct form *form)
{
	const struct form_input *input;

	STAILQ_FOREACH (input, &request->form->inputs, next)
		if (!is_known(form, request->form, input->name))
			form_fail(request, input->name,
				N_("There is no such field."));
}

/* What a program sent, so that its author sees where it is wrong. */
static const char *
malformed_json(struct request *request)
{
	const struct json_fault *fault = &request->form->malformed;

	if (fault->reason == NULL)
		return N_("Send one JSON object.");
	return text_fill(request->arena,
		text_get(request->language,
			N_("Send one JSON object. Line {{line}}, column "
			   "{{column}}: {{reason}}")),
		"line", arena_printf(request->arena, "%d", fault->line),
		"column", arena_printf(request->arena, "%d", fault->column),
		"reason", text_get(request->language, fault->reason), NULL);
}

static int
reply_unreadable(struct request *request, enum form_body body)
{
	if (body == FORM_BODY_UNKNOWN)
		reply_error(request, 415,
			N_("This kind of content is not understood"),
			request_is_api(request)
				? N_("Send application/json.")
				: N_("Send the form from its page."));
	else
		reply_error(request, 400, N_("What was sent cannot be read"),
			request_is_api(request)
				? malformed_json(request)
				: N_("Go back, load the page again and send it "
				     "once more."));
	return -1;
}

/* Longer than the field takes. Such a text is not made into a preview: what
 * Markdown costs is not linear on every text. */
static bool
is_too_long(const struct form_state *state, const struct form_field *field)
{
	const struct form_input *input =
		form_input_find(state, field->name, NULL);

	return input != NULL && input->value != NULL && field->most != 0 &&
	       input->value[form_cut(input->value, (size_t)field->most)] !=
		       '\0';
}

/* A button of a Markdown field asks to see it and not to send the form yet. */
static bool
wants_preview(struct request *request, const struct form *form)
{
	struct form_state *state = request->form;
	const struct form_input *input =
		form_input_find(state, "preview", NULL);
	const struct form_field *field = form->fields;

	if (state->json || input == NULL || input->value == NULL)
		return false;
	while (field < form->fields + form->count &&
		(field->control != FORM_MARKDOWN ||
			strcmp(field->name, input->value) != 0))
		field++;
	if (field == form->fields + form->count)
		return false;
	if (is_too_long(state, field))
		form_fail_limit(request, field->name,
			N_("This is too long: use at most {{limit}} "
			   "characters."),
			field->most);
	else
		state->preview = field->name;
	return true;
}

/* What travels is told from what does not by its name alone. */
static void
check_name(const struct request *request, const struct form_field *field)
{
	if (field->control == FORM_PASSWORD &&
		(request->route->flags & ROUTE_REFILLS) != 0 &&
		strcmp(field->name, FORM_PASSWORD_NAME) != 0)
		log_defect("form", "the password %s would travel", field->name);
}

int
form_read(struct request *request, const struct form *form, void *structure)
{
	struct form_state *state = form_state_get(request);
	enum form_body body = form_inputs_read(request);

	if (body != FORM_BODY_READ)
		return reply_unreadable(request, body);
	state->form = form;
	if (state->held != 0)
		return 1;
	if (wants_preview(request, form))
		return 1;
	state->checked = true;
	for (size_t i = 0; i < form->count; i++) {
		const struct form_field *field = &form->fields[i];

		check_name(request, field);
		if (!form_is_omitted(state, field->name))
			form_check(request, field,
				record_field(form->record, field->name),
				structure);
	}
	if (state->json)
		refuse_unknown(request, form);
	return STAILQ_EMPTY(&state->faults) ? 0 : 1;
}

bool
form_took(struct request *request, const char *field)
{
	const struct form_state *state = form_state_get(request);

	return state->checked && !form_is_omitted(state, field) &&
	       form_fault_find(state, field) == NULL;
}

const char *
form_value(struct request *request, const char *name)
{
	const struct form_input *input;

	if (form_inputs_read(request) != FORM_BODY_READ)
		return NULL;
	input = form_input_find(request->form, name, NULL);
	return input == NULL || input->kind != INPUT_TEXT ? NULL : input->value;
}

bool
form_is_readable(struct request *request)
{
	return form_inputs_read(request) == FORM_BODY_READ;
}

bool
form_was_sent(struct request *request, const char *name)
{
	return form_inputs_read(request) == FORM_BODY_READ &&
	       form_input_find(request->form, name, NULL) != NULL;
}

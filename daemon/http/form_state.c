#include "http/form_state.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "http/request.h"

struct form_state *
form_state_get(struct request *request)
{
	struct form_state *state = request->form;

	if (state != NULL)
		return state;
	state = ARENA_NEW(request->arena, struct form_state);
	STAILQ_INIT(&state->inputs);
	STAILQ_INIT(&state->faults);
	STAILQ_INIT(&state->changes);
	request->form = state;
	return state;
}

const struct form_input *
form_input_find(const struct form_state *state, const char *name,
	const struct form_input *previous)
{
	const struct form_input *input = previous == NULL
						 ? STAILQ_FIRST(&state->inputs)
						 : STAILQ_NEXT(previous, next);

	while (input != NULL && strcmp(input->name, name) != 0)
		input = STAILQ_NEXT(input, next);
	return input;
}

static struct form_change *
add_change(struct request *request, const char *field)
{
	struct form_state *state = form_state_get(request);
	struct form_change *change =
		ARENA_NEW(request->arena, struct form_change);

	change->field = field;
	STAILQ_INSERT_TAIL(&state->changes, change, next);
	return change;
}

void
form_choices(struct request *request, const char *field,
	const struct form_choice *choices)
{
	add_change(request, field)->choices = choices;
}

void
form_omit(struct request *request, const char *field)
{
	add_change(request, field);
}

const struct form_choice *
form_choices_of(const struct form_state *state, const struct form_field *field,
	bool *ret_translate)
{
	static const struct form_choice none[] = {{NULL, NULL}};
	const struct form_choice *choices = field->choices;
	const struct form_change *change;

	*ret_translate = true;
	STAILQ_FOREACH (change, &state->changes, next)
		if (change->choices != NULL &&
			strcmp(change->field, field->name) == 0) {
			choices = change->choices;
			*ret_translate = false;
		}
	return choices == NULL ? none : choices;
}

bool
form_is_omitted(const struct form_state *state, const char *field)
{
	const struct form_change *change;

	STAILQ_FOREACH (change, &state->changes, next)
		if (change->choices == NULL &&
			strcmp(change->field, field) == 0)
			return true;
	return false;
}

const struct form_fault *
form_fault_find(const struct form_state *state, const char *field)
{
	const struct form_fault *fault;

	STAILQ_FOREACH (fault, &state->faults, next)
		if (strcmp(fault->field, field) == 0)
			return fault;
	return NULL;
}

int
form_fail_limit(struct request *request, const char *field, const char *message,
	int64_t limit)
{
	struct form_state *state = form_state_get(request);
	struct form_fault *fault = ARENA_NEW(request->arena, struct form_fault);

	fault->field = field;
	fault->message = message;
	fault->limit = limit;
	STAILQ_INSERT_TAIL(&state->faults, fault, next);
	return 1;
}

int
form_fail(struct request *request, const char *field, const char *message)
{
	return form_fail_limit(request, field, message, INTEGER_NONE);
}

const char *
form_fault_text(struct request *request, const struct form_fault *fault)
{
	const char *text = text_get(request->language, fault->message);

	if (fault->limit == INTEGER_NONE)
		return text;
	return text_fill(
		request->arena, text, "limit", log_integer(fault->limit), NULL);
}

#include "http/form_state.h"

#include <string.h>

#include "base/arena.h"
#include "http/request.h"

void
form_hold(struct request *request, int status, const char *notice)
{
	struct form_state *state = form_state_get(request);

	state->held = status;
	state->notice = notice;
}

static void
add_kept(struct request *request, const char *name, const char *value)
{
	struct form_input *input = ARENA_NEW(request->arena, struct form_input);

	input->name = name;
	input->value = value;
	input->kind = INPUT_TEXT;
	STAILQ_INSERT_TAIL(&request->form->inputs, input, next);
}

/* Only text can be sent along; the token is of no use any more. */
static bool
is_worth_keeping(const struct form_input *input)
{
	return input->kind == INPUT_TEXT && input->name[0] != '\0' &&
	       input->value != NULL && strcmp(input->name, "csrf") != 0 &&
	       strcmp(input->name, FORM_PASSWORD_NAME) != 0;
}

void
form_begin_again(struct request *request)
{
	struct form_state *state = form_state_get(request);

	STAILQ_INIT(&state->faults);
	STAILQ_INIT(&state->changes);
	state->form = NULL;
	state->checked = false;
	state->preview = NULL;
	state->shown = 0;
}

bool
form_keep(struct request *request)
{
	struct form_state *state = form_state_get(request);
	struct form_input_list sent = STAILQ_HEAD_INITIALIZER(sent);
	const struct form_input *input;

	if (form_inputs_read(request) != FORM_BODY_READ)
		return false;
	form_begin_again(request);
	STAILQ_CONCAT(&sent, &state->inputs);
	STAILQ_FOREACH (input, &sent, next)
		if (is_worth_keeping(input))
			add_kept(request,
				arena_printf(request->arena, "%s%s",
					FORM_KEPT_PREFIX, input->name),
				input->value);
	if (STAILQ_EMPTY(&state->inputs))
		return false;
	add_kept(request, FORM_KEPT_PATH, request->path);
	return true;
}

const char *
form_restore(struct request *request)
{
	struct form_state *state = form_state_get(request);
	struct form_input_list sent = STAILQ_HEAD_INITIALIZER(sent);
	const char *path = form_value(request, FORM_KEPT_PATH);
	const struct form_input *input;

	if (path == NULL)
		return NULL;
	STAILQ_CONCAT(&sent, &state->inputs);
	form_begin_again(request);
	STAILQ_FOREACH (input, &sent, next)
		if (form_is_kept(input) && input->value != NULL)
			add_kept(request,
				input->name + strlen(FORM_KEPT_PREFIX),
				input->value);
	return path;
}

bool
form_is_kept(const struct form_input *input)
{
	return strncmp(input->name, FORM_KEPT_PREFIX,
		       strlen(FORM_KEPT_PREFIX)) == 0;
}

bool
form_travels(const struct form_input *input)
{
	return input->value != NULL &&
	       (form_is_kept(input) ||
		       strcmp(input->name, FORM_KEPT_PATH) == 0);
}

bool
form_kept_fits(const struct form_state *state)
{
	const struct form_input *input;
	size_t size = 0;

	STAILQ_FOREACH (input, &state->inputs, next)
		if (form_travels(input))
			size += strlen(input->name) + strlen(input->value);
	return size <= FORM_KEPT_MOST;
}

struct record_list
form_resend(struct request *request, const char *token)
{
	struct form_state *state = form_state_get(request);
	struct form_hidden_view *hidden;
	const struct form_input *input;
	size_t count = 0;

	if (form_inputs_read(request) != FORM_BODY_READ)
		return (struct record_list){NULL, 0};
	hidden = arena_array(
		request->arena, state->input_count + 2, sizeof(*hidden));
	STAILQ_FOREACH (input, &state->inputs, next)
		if (is_worth_keeping(input))
			hidden[count++] = (struct form_hidden_view){
				input->name, input->value};
	if (count > 0 && token != NULL)
		hidden[count++] = (struct form_hidden_view){"csrf", token};
	return (struct record_list){hidden, count};
}

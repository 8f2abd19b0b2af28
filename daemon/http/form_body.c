#include "http/form_body.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "http/body.h"
#include "http/request.h"

int
form_body_add(struct request *request, const char *name, const char *value,
	size_t length, enum form_input_kind kind)
{
	struct form_state *state = request->form;
	struct form_input *input;

	if (++state->input_count > FORM_INPUTS_MOST)
		return -1;
	input = ARENA_NEW(request->arena, struct form_input);
	input->name = name;
	input->kind = kind;
	input->has_zero = memchr(value, '\0', length) != NULL;
	if (utf8_valid(value, length))
		input->value = arena_copy(request->arena, value, length);
	STAILQ_INSERT_TAIL(&state->inputs, input, next);
	return 0;
}

static int
add_part(const struct body_part *part, void *argument)
{
	struct request *request = argument;
	const char *name =
		utf8_valid(part->name, strlen(part->name)) ? part->name : "";

	return form_body_add(request, name, (const char *)part->value.data,
		part->value.length,
		part->file != NULL ? INPUT_OTHER : INPUT_TEXT);
}

int
form_body_urlencoded(struct request *request, struct slice body)
{
	return body_urlencoded(
		request->arena, body.data, body.length, add_part, request);
}

int
form_body_multipart(
	struct request *request, const char *content_type, struct slice body)
{
	return body_multipart(request->arena, content_type, body.data,
		body.length, add_part, request);
}

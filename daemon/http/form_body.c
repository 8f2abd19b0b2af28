#include "http/form_body.h"

#include <stdint.h>
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
		input->value = value;
	STAILQ_INSERT_TAIL(&state->inputs, input, next);
	return 0;
}

static int
add_part(struct request *request, const struct body_part *part,
	const char *value)
{
	const char *name =
		utf8_valid(part->name, strlen(part->name)) ? part->name : "";

	return form_body_add(request, name, value, part->value.length,
		part->file != NULL ? INPUT_OTHER : INPUT_TEXT);
}

static int
add_decoded(const struct body_part *part, void *argument)
{
	return add_part(argument, part, (const char *)part->value.data);
}

/* It stands in the body, and its boundary behind it. */
static int
add_slice(const struct body_part *part, void *argument)
{
	struct request *request = argument;

	return add_part(request, part,
		arena_copy(
			request->arena, part->value.data, part->value.length));
}

int
form_body_urlencoded(struct request *request, struct slice body)
{
	return body_urlencoded((char *)(uintptr_t)body.data, body.length,
		add_decoded, request);
}

int
form_body_multipart(
	struct request *request, const char *content_type, struct slice body)
{
	return body_multipart(request->arena, content_type, body.data,
		body.length, add_slice, request);
}

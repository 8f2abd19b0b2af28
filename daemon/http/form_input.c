#include "http/form_body.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "http/request.h"
#include "text/json.h"

/* A list of texts: as many inputs of one name. */
static int
add_array(struct request *request, const char *name, const json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *element = json_array_get(array, i);

		if (!json_is_string(element))
			return form_body_add(request, name, "", 0, INPUT_OTHER);
		if (form_body_add(request, name, json_string_value(element),
			    json_string_length(element), INPUT_TEXT) < 0)
			return -1;
	}
	return 0;
}

static int
add_json(struct request *request, const char *name, const json_t *value)
{
	char digits[24];

	switch (json_typeof(value)) {
	case JSON_NULL:
		return 0;
	case JSON_STRING:
		return form_body_add(request, name, json_string_value(value),
			json_string_length(value), INPUT_TEXT);
	case JSON_INTEGER:
		snprintf(digits, sizeof(digits), "%lld",
			(long long)json_integer_value(value));
		return form_body_add(request, name,
			arena_text(request->arena, digits), strlen(digits),
			INPUT_NUMBER);
	case JSON_TRUE:
		return form_body_add(request, name, "1", 1, INPUT_TRUE);
	case JSON_FALSE:
		return form_body_add(request, name, "", 0, INPUT_FALSE);
	case JSON_ARRAY:
		return add_array(request, name, value);
	case JSON_REAL:
	case JSON_OBJECT:
		break;
	}
	return form_body_add(request, name, "", 0, INPUT_OTHER);
}

int
form_body_json(struct request *request, struct slice body)
{
	json_t *object =
		json_parse_exactly(request->arena, (const char *)body.data,
			body.length, &request->form->malformed);
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return -1;
	request->form->json = true;
	json_object_foreach(object, key, value)
	{
		if (add_json(request, arena_text(request->arena, key), value) <
			0)
			return -1;
	}
	return 0;
}

/* "text/html" of "Text/HTML; charset=utf-8". */
static bool
is_type(const char *content_type, const char *type)
{
	size_t length = strcspn(content_type, "; \t");

	return strlen(type) == length &&
	       strncasecmp(content_type, type, length) == 0;
}

static enum form_body
read_body(struct request *request)
{
	const char *type = request_header(request, "content-type");
	int result;

	if (request->body.length == 0 && !request_is_api(request))
		return FORM_BODY_READ;
	if (type == NULL)
		return FORM_BODY_UNKNOWN;
	if (request_is_api(request)) {
		if (!is_type(type, "application/json"))
			return FORM_BODY_UNKNOWN;
		result = form_body_json(request, request->body);
	} else if (is_type(type, "application/x-www-form-urlencoded"))
		result = form_body_urlencoded(request, request->body);
	else if (is_type(type, "multipart/form-data"))
		result = form_body_multipart(request, type, request->body);
	else
		return FORM_BODY_UNKNOWN;
	return result < 0 ? FORM_BODY_MALFORMED : FORM_BODY_READ;
}

enum form_body
form_inputs_read(struct request *request)
{
	struct form_state *state = form_state_get(request);

	if (state->body == FORM_BODY_UNREAD)
		state->body = read_body(request);
	return state->body;
}

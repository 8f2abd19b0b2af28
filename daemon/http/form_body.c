#include "http/form_body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "http/request.h"

/* RFC 2046, 5.1.1. */
#define BOUNDARY_LIMIT 70

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
hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* A decoded copy (WHATWG URL, 5.1), or NULL when a % is not followed by two
 * digits. */
static char *
decode(struct arena *arena, const char *text, size_t length, size_t *ret_length)
{
	char *decoded = arena_alloc(arena, length + 1);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '+') {
			decoded[used++] = ' ';
			continue;
		}
		if (text[i] != '%') {
			decoded[used++] = text[i];
			continue;
		}
		if (length - i < 3)
			return NULL;
		int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
		if (high < 0 || low < 0)
			return NULL;
		decoded[used++] = (char)(high * 16 + low);
		i += 2;
	}
	*ret_length = used;
	return decoded;
}

/* A name that is not text can be no field's. */
static const char *
name_text(struct arena *arena, const char *name, size_t length)
{
	return utf8_valid(name, length) ? arena_copy(arena, name, length) : "";
}

static int
add_pair(struct request *request, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	size_t name_length = equals == NULL ? length : (size_t)(equals - pair);
	size_t value_length = equals == NULL ? 0 : length - name_length - 1;
	char *name = decode(request->arena, pair, name_length, &name_length);
	char *value = decode(request->arena, equals == NULL ? "" : equals + 1,
		value_length, &value_length);

	if (name == NULL || value == NULL)
		return -1;
	return form_body_add(request,
		name_text(request->arena, name, name_length), value,
		value_length, INPUT_TEXT);
}

int
form_body_urlencoded(struct request *request, struct slice body)
{
	const char *at = (const char *)body.data;
	size_t left = body.length;

	while (left > 0) {
		const char *end = memchr(at, '&', left);
		size_t length = end == NULL ? left : (size_t)(end - at);

		if (length > 0 && add_pair(request, at, length) < 0)
			return -1;
		if (end == NULL)
			break;
		at = end + 1;
		left -= length + 1;
	}
	return 0;
}

/* The value of a header's parameter ("; name=value" or quoted), or NULL. */
static const char *
header_parameter(struct arena *arena, const char *header, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strchr(header, ';'); at != NULL;
		at = strchr(at, ';')) {
		at += 1 + strspn(at + 1, " \t");
		if (strncasecmp(at, name, length) != 0 || at[length] != '=')
			continue;
		at += length + 1;
		if (*at != '"')
			return arena_copy(arena, at, strcspn(at, "; \t"));
		size_t quoted = strcspn(at + 1, "\"");
		return at[1 + quoted] == '"' ? arena_copy(arena, at + 1, quoted)
					     : NULL;
	}
	return NULL;
}

/* The part's Content-Disposition; "" when there is none. */
static const char *
disposition(struct arena *arena, const char *headers, size_t length)
{
	static const char name[] = "content-disposition:";
	const char *text = arena_copy(arena, headers, length);

	while (text != NULL) {
		size_t line = strcspn(text, "\r\n");

		if (strncasecmp(text, name, strlen(name)) == 0)
			return arena_copy(arena, text, line);
		text += line;
		text += strspn(text, "\r\n");
		if (*text == '\0')
			break;
	}
	return "";
}

/* One part between two delimiters: headers, an empty line, data. */
static int
add_part(struct request *request, const char *part, size_t length)
{
	const char *blank = memmem(part, length, "\r\n\r\n", 4);
	const char *header, *name;

	if (blank == NULL)
		return -1;
	size_t head = (size_t)(blank - part);
	header = disposition(request->arena, part, head);
	name = header_parameter(request->arena, header, "name");
	if (name == NULL)
		return -1;
	bool file =
		header_parameter(request->arena, header, "filename") != NULL;
	return form_body_add(request,
		name_text(request->arena, name, strlen(name)), blank + 4,
		length - head - 4, file ? INPUT_OTHER : INPUT_TEXT);
}

/* RFC 7578: parts between lines "--boundary", the last of which ends with
 * "--". */
int
form_body_multipart(
	struct request *request, const char *content_type, struct slice body)
{
	const char *boundary =
		header_parameter(request->arena, content_type, "boundary");
	const char *at = (const char *)body.data;
	const char *end = at + body.length;

	if (boundary == NULL || boundary[0] == '\0' ||
		strlen(boundary) > BOUNDARY_LIMIT)
		return -1;
	const char *line = arena_printf(request->arena, "\r\n--%s", boundary);
	size_t length = strlen(line);
	/* The first delimiter has no line break before it. */
	if (body.length < length - 2 || memcmp(at, line + 2, length - 2) != 0)
		return -1;
	at += length - 2;
	for (;;) {
		if (end - at >= 2 && memcmp(at, "--", 2) == 0)
			return 0;
		if (end - at < 2 || memcmp(at, "\r\n", 2) != 0)
			return -1;
		at += 2;
		const char *next = memmem(at, (size_t)(end - at), line, length);
		if (next == NULL ||
			add_part(request, at, (size_t)(next - at)) < 0)
			return -1;
		at = next + length;
	}
}

#include "http/body.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/parse.h"

/* Where it stands; text[length] becomes a NUL if nothing before does. 0 or -1.
 */
static int
decode(char *text, size_t length, bool plus, size_t *ret_length)
{
	char *next = text;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '%') {
			bool whole = length - i > 2;
			int high = whole ? parse_hexadecimal(text[i + 1]) : -1;
			int low = whole ? parse_hexadecimal(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return -1;
			*next++ = (char)(high * 16 + low);
			i += 2;
		} else {
			*next++ = plus && text[i] == '+' ? ' ' : text[i];
		}
	}
	*next = '\0';
	*ret_length = (size_t)(next - text);
	return 0;
}

char *
body_decode(struct arena *arena, const char *text, size_t length, bool plus,
	size_t *ret_length)
{
	char *decoded = arena_copy(arena, text, length);

	return decode(decoded, length, plus, ret_length) < 0 ? NULL : decoded;
}

int
body_urlencoded(char *text, size_t length, body_each *each, void *argument)
{
	char *end = text + length;
	size_t parts = 0;

	while (text < end) {
		char *stop = memchr(text, '&', (size_t)(end - text));
		char *equals, *value;
		struct body_part part = {.name = text};
		size_t name_length, value_length;
		int outcome;

		if (stop == NULL)
			stop = end;
		equals = memchr(text, '=', (size_t)(stop - text));
		if (equals == NULL)
			equals = stop;
		value = equals < stop ? equals + 1 : stop;
		if (decode(text, (size_t)(equals - text), true, &name_length) <
				0 ||
			decode(value, (size_t)(stop - value), true,
				&value_length) < 0 ||
			strlen(text) != name_length)
			return -1;
		part.value = (struct slice){
			(const unsigned char *)value, value_length};
		text = stop + 1;
		if (name_length == 0 && value_length == 0)
			continue;
		if (++parts > BODY_PARTS_LIMIT)
			return -1;
		outcome = each(&part, argument);
		if (outcome != 0)
			return outcome;
	}
	return 0;
}

bool
body_is_type(const char *header, const char *type)
{
	size_t length = strlen(type);

	if (header == NULL || strncasecmp(header, type, length) != 0)
		return false;
	header += length;
	header += strspn(header, " \t");
	return *header == '\0' || *header == ';';
}

/*
 * A parameter of a header such as `form-data; name="a"; filename="b"`: quoted
 * or not; in quotes browsers write %22, %0D, %0A for what would break out
 * (WHATWG HTML, multipart/form-data encoding). NULL when absent or malformed.
 */
static const char *
parameter(struct arena *arena, const char *header, const char *name)
{
	size_t name_length = strlen(name);
	const char *next = strchr(header, ';');

	while (next != NULL) {
		const char *value, *end;
		bool match;

		next += 1 + strspn(next + 1, " \t");
		value = next + strcspn(next, "=;");
		if (*value != '=')
			return NULL;
		match = (size_t)(value - next) == name_length &&
			strncasecmp(next, name, name_length) == 0;
		value++;
		if (*value == '"') {
			value++;
			end = strchr(value, '"');
			if (end == NULL)
				return NULL;
			next = strchr(end, ';');
		} else {
			end = value + strcspn(value, "; \t");
			next = strchr(end, ';');
		}
		if (match)
			return arena_copy(arena, value, (size_t)(end - value));
	}
	return NULL;
}

/* The headers of one part: text between its boundary line and the empty one. */
static int
read_part_headers(struct arena *arena, const char *head, size_t length,
	struct body_part *part)
{
	char *text = arena_copy(arena, head, length);
	char *line = text;

	if (memchr(text, '\0', length) != NULL)
		return -1;
	while (line != NULL && *line != '\0') {
		char *next = strstr(line, "\r\n");

		if (next != NULL) {
			*next = '\0';
			next += 2;
		}
		if (strncasecmp(line, "content-disposition:", 20) == 0) {
			const char *value =
				line + 20 + strspn(line + 20, " \t");

			if (!body_is_type(value, "form-data"))
				return -1;
			part->name = parameter(arena, value, "name");
			part->file = parameter(arena, value, "filename");
		} else if (strncasecmp(line, "content-type:", 13) == 0) {
			part->type = line + 13 + strspn(line + 13, " \t");
		}
		line = next;
	}
	return part->name == NULL ? -1 : 0;
}

int
body_multipart(struct arena *arena, const char *type, const void *data,
	size_t length, body_each *each, void *argument)
{
	const char *boundary = parameter(arena, type, "boundary");
	const char *text = data, *end = text + length;
	const char *mark, *stop;
	size_t mark_length, parts = 0;

	if (boundary == NULL || boundary[0] == '\0' || strlen(boundary) > 70)
		return -1;
	/* A line break belongs to the boundary that follows it; the first one
	 * may stand at the very beginning. */
	mark = arena_printf(arena, "\r\n--%s", boundary);
	mark_length = strlen(mark);
	if (length >= mark_length - 2 &&
		memcmp(text, mark + 2, mark_length - 2) == 0)
		text += mark_length - 2;
	else if ((text = memmem(text, length, mark, mark_length)) != NULL)
		text += mark_length;
	else
		return -1;
	for (;;) {
		struct body_part part = {0};
		const char *head, *value;
		int outcome;

		if (end - text >= 2 && memcmp(text, "--", 2) == 0)
			return 0;
		if (end - text < 2 || memcmp(text, "\r\n", 2) != 0)
			return -1;
		head = text + 2;
		value = memmem(text, (size_t)(end - text), "\r\n\r\n", 4);
		if (value == NULL || ++parts > BODY_PARTS_LIMIT)
			return -1;
		if (read_part_headers(arena, head,
			    value > head ? (size_t)(value - head) : 0,
			    &part) < 0)
			return -1;
		value += 4;
		/* An empty value: its end shares the head's line break. */
		stop = memmem(value - 2, (size_t)(end - value) + 2, mark,
			mark_length);
		if (stop == NULL)
			return -1;
		part.value = (struct slice){(const unsigned char *)value,
			stop > value ? (size_t)(stop - value) : 0};
		outcome = each(&part, argument);
		if (outcome != 0)
			return outcome;
		text = stop + mark_length;
	}
}

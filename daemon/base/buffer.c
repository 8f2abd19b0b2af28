#include "base/buffer.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digits.h"
#include "base/log.h"
#include "base/memory.h"

#define FIRST_CAPACITY ((size_t)256)
/* From here on it grows by a quarter: what a visitor sent is held while others
 * send as much. */
#define LARGE ((size_t)64 * 1024)

void
buffer_release(struct buffer *buffer)
{
	memory_wipe(buffer->data);
	*buffer = BUFFER_EMPTY;
}

void
buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	if (buffer->data)
		buffer->data[0] = '\0';
}

static void
grow(struct buffer *buffer, size_t more)
{
	size_t need, capacity;

	if (__builtin_add_overflow(buffer->length, more, &need) ||
		need >= SIZE_MAX / 2)
		log_defect("buffer", "%zu further bytes asked for", more);
	need++;
	capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
	while (capacity < need)
		capacity += capacity < LARGE ? capacity : capacity / 4;
	buffer->data = memory_wipe_resize(buffer->data, capacity);
	buffer->capacity = capacity;
}

/* Where `more` bytes and a NUL fit. */
static inline char *
room_for(struct buffer *buffer, size_t more)
{
	if (more >= buffer->capacity - buffer->length)
		grow(buffer, more);
	return buffer->data + buffer->length;
}

char *
buffer_reserve(struct buffer *buffer, size_t more)
{
	char *end = room_for(buffer, more);

	*end = '\0';
	return end;
}

void
buffer_add(struct buffer *buffer, const void *data, size_t length)
{
	char *end = room_for(buffer, length);

	if (length)
		memcpy(end, data, length);
	buffer->length += length;
	end[length] = '\0';
}

void
buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_add_byte(struct buffer *buffer, char byte)
{
	char *end = room_for(buffer, 1);

	end[0] = byte;
	end[1] = '\0';
	buffer->length++;
}

void
buffer_add_integer(struct buffer *buffer, int64_t number)
{
	char text[DIGITS_SIZE];

	buffer_add_text(buffer, digits_text(number, text));
}

void
buffer_vprintf(struct buffer *buffer, const char *format, va_list values)
{
	va_list again;
	int length;

	va_copy(again, values);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		log_defect("buffer", "cannot format '%s'", format);
	vsnprintf(buffer_reserve(buffer, (size_t)length), (size_t)length + 1,
		format, values);
	buffer->length += (size_t)length;
}

void
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	buffer_vprintf(buffer, format, values);
	va_end(values);
}

const char *
buffer_text(const struct buffer *buffer)
{
	return buffer->data ? buffer->data : "";
}

/* By byte; "" where it stands for itself. */
static const char html_references[UCHAR_MAX + 1][8] = {
	['&'] = "&amp;",
	['<'] = "&lt;",
	['>'] = "&gt;",
	['"'] = "&quot;",
	['\''] = "&#39;",
};

void
buffer_add_html(struct buffer *buffer, const char *text, size_t length)
{
	size_t done = 0;

	for (size_t i = 0; i < length; i++) {
		const char *reference = html_references[(unsigned char)text[i]];

		if (reference[0] == '\0')
			continue;
		buffer_add(buffer, text + done, i - done);
		buffer_add_text(buffer, reference);
		done = i + 1;
	}
	buffer_add(buffer, text + done, length - done);
}

void
buffer_add_url(struct buffer *buffer, const char *text)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~";

	for (; *text; text++) {
		if (strchr(unreserved, *text))
			buffer_add_byte(buffer, *text);
		else
			buffer_printf(buffer, "%%%02X", (unsigned char)*text);
	}
}

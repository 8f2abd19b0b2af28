#include "base/exposition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"

#define SECOND ((uint64_t)CLOCK_SECOND)

void
exposition_family(struct buffer *buffer, const char *name,
	enum exposition_kind kind, const char *help)
{
	static const char *const kinds[] = {
		[EXPOSITION_COUNTER] = "counter",
		[EXPOSITION_GAUGE] = "gauge",
		[EXPOSITION_HISTOGRAM] = "histogram",
	};

	buffer_printf(buffer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		kinds[kind]);
}

static void
add_value(struct buffer *buffer, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buffer_add_text(buffer, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			buffer_add_byte(buffer, '\\');
		buffer_add_byte(buffer, *text);
	}
}

static void
add_name(struct buffer *buffer, const char *name, va_list labels)
{
	const char *label, *begin = "{";

	buffer_add_text(buffer, name);
	while ((label = va_arg(labels, const char *)) != NULL) {
		buffer_printf(buffer, "%s%s=\"", begin, label);
		add_value(buffer, va_arg(labels, const char *));
		buffer_add_byte(buffer, '"');
		begin = ",";
	}
	if (*begin == ',')
		buffer_add_byte(buffer, '}');
}

void
exposition_count(struct buffer *buffer, const char *name, uint64_t value, ...)
{
	va_list labels;

	va_start(labels, value);
	add_name(buffer, name, labels);
	va_end(labels);
	buffer_printf(buffer, " %" PRIu64 "\n", value);
}

void
exposition_print_seconds(
	uint64_t microseconds, char text[EXPOSITION_SECONDS_SIZE])
{
	size_t length = (size_t)snprintf(text, EXPOSITION_SECONDS_SIZE,
		"%" PRIu64 ".%06" PRIu64, microseconds / SECOND,
		microseconds % SECOND);

	while (text[length - 1] == '0')
		length--;
	if (text[length - 1] == '.')
		length--;
	text[length] = '\0';
}

void
exposition_seconds(
	struct buffer *buffer, const char *name, uint64_t microseconds, ...)
{
	char text[EXPOSITION_SECONDS_SIZE];
	va_list labels;

	va_start(labels, microseconds);
	add_name(buffer, name, labels);
	va_end(labels);
	exposition_print_seconds(microseconds, text);
	buffer_printf(buffer, " %s\n", text);
}

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Writes at `start`; what does not fit is cut between characters. */
__attribute__((format(printf, 3, 0))) static void
write_at(struct error *error, size_t start, const char *format, va_list values)
{
	size_t room = sizeof(error->text) - start;
	int length = vsnprintf(error->text + start, room, format, values);

	if (length >= (int)room)
		error->text[utf8_cut(error->text, sizeof(error->text) - 4)] =
			'\0';
}

__attribute__((format(printf, 2, 3))) static void
append(struct error *error, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	write_at(error, strlen(error->text), format, values);
	va_end(values);
}

int
error_set(struct error *error, const char *format, ...)
{
	va_list values;

	if (!error)
		return -1;
	va_start(values, format);
	write_at(error, 0, format, values);
	va_end(values);
	return -1;
}

int
error_prefix(struct error *error, const char *format, ...)
{
	struct error old;
	va_list values;

	if (!error)
		return -1;
	old = *error;
	va_start(values, format);
	write_at(error, 0, format, values);
	va_end(values);
	append(error, ": %s", old.text);
	return -1;
}

#include "conf/errors.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static int
by_place(const void *left, const void *right)
{
	const struct conf_error_line *a = left, *b = right;

	if (a->place.line != b->place.line)
		return a->place.line < b->place.line ? -1 : 1;
	if (a->place.column != b->place.column)
		return a->place.column < b->place.column ? -1 : 1;
	/* At one place: as they were found. */
	return a->start < b->start ? -1 : 1;
}

static void
add_line(struct conf_errors *errors, const struct conf_error_line *line)
{
	struct buffer *text = &errors->text;

	if (line->place.line == 0)
		buffer_printf(text, "%s: ", line->place.file);
	else
		buffer_printf(text, "%s:%zu:%zu: ", line->place.file,
			line->place.line, line->place.column);
	buffer_add(text, errors->pending.data + line->start, line->length);
	buffer_add_byte(text, '\n');
}

/* The present file's lines go to the text. */
static void
end_file(struct conf_errors *errors)
{
	size_t told = errors->of_file;

	if (told > CONF_ERROR_LIMIT)
		told = CONF_ERROR_LIMIT;
	qsort(errors->lines, told, sizeof(errors->lines[0]), by_place);
	for (size_t i = 0; i < told; i++)
		add_line(errors, &errors->lines[i]);
	if (errors->of_file > told)
		buffer_printf(&errors->text, "%s: … and %zu more error%s\n",
			errors->file, errors->of_file - told,
			errors->of_file - told == 1 ? "" : "s");
	errors->of_file = 0;
	buffer_clear(&errors->pending);
}

static bool
is_invisible(const char *text, size_t size)
{
	char character[5] = "";

	if (size < sizeof(character))
		memcpy(character, text, size);
	return utf8_has_invisible(character);
}

/* Control characters would break the line, and invisible ones reorder it;
 * "%.60s" may have cut within a character. */
static size_t
make_printable(char *text, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length;) {
		size_t size = 1;

		while (i + size < length &&
			((unsigned char)text[i + size] & 0xc0) == 0x80)
			size++;
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			text[kept++] = ' ';
		} else if (utf8_valid(text + i, size) &&
			   !is_invisible(text + i, size)) {
			memmove(text + kept, text + i, size);
			kept += size;
		}
		i += size;
	}
	return kept;
}

int
conf_error(struct conf_errors *errors, const struct conf_place *place,
	const char *format, ...)
{
	struct conf_error_line *line;
	va_list values;

	if (errors->file == NULL || strcmp(errors->file, place->file) != 0)
		end_file(errors);
	errors->file = place->file;
	errors->count++;
	if (errors->of_file++ >= CONF_ERROR_LIMIT)
		return -1;
	line = &errors->lines[errors->of_file - 1];
	line->place = *place;
	line->start = errors->pending.length;
	va_start(values, format);
	buffer_vprintf(&errors->pending, format, values);
	va_end(values);
	line->length = make_printable(errors->pending.data + line->start,
		errors->pending.length - line->start);
	errors->pending.length = line->start + line->length;
	return -1;
}

const char *
conf_errors_text(struct conf_errors *errors)
{
	end_file(errors);
	return buffer_text(&errors->text);
}

void
conf_errors_release(struct conf_errors *errors)
{
	buffer_release(&errors->text);
	buffer_release(&errors->pending);
	*errors = (struct conf_errors){0};
}

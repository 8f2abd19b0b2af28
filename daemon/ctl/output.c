#include "ctl/output.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/utf8.h"

/* A stream's own end, and the beginning of a character whose rest is written
 * next. */
struct end {
	int descriptor;
	char begun[4];
	size_t length;
};

static struct end standard_output = {.descriptor = STDOUT_FILENO};
static struct end standard_error = {.descriptor = STDERR_FILENO};

static bool
is_hidden(uint32_t point)
{
	return (point < 0x20 && point != '\n' && point != '\t') ||
	       (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

/* Whether it can still become a character. */
static bool
is_begun(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0xc2	? 0
		      : bytes[0] < 0xe0 ? 2
		      : bytes[0] < 0xf0 ? 3
		      : bytes[0] < 0xf5 ? 4
					: 0;

	for (size_t i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
	return length < size;
}

/* Copies all but the beginning of a last character; returns what it took. */
static size_t
show(FILE *stream, const char *text, size_t length)
{
	size_t position = 0;

	while (position < length) {
		const char *here = text + position;
		uint32_t point;
		size_t size = utf8_point(here, length - position, &point);

		if (size == 0 && is_begun(here, length - position))
			break;
		if (size == 0)
			fprintf(stream, "\\x%02x", (unsigned char)*here);
		else if (is_hidden(point))
			fprintf(stream, "\\u%04x", point);
		else
			fwrite(here, 1, size, stream);
		position += size == 0 ? 1 : size;
	}
	return position;
}

static int
write_all(int descriptor, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(descriptor, text, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

static ssize_t
on_write(void *cookie, const char *data, size_t length)
{
	struct end *end = cookie;
	char *all = malloc(end->length + length), *shown = NULL;
	size_t total = end->length + length, taken, size;
	FILE *stream = open_memstream(&shown, &size);
	int outcome;

	if (all == NULL || stream == NULL)
		abort();
	memcpy(all, end->begun, end->length);
	memcpy(all + end->length, data, length);
	taken = show(stream, all, total);
	end->length = total - taken;
	memcpy(end->begun, all + taken, end->length);
	fclose(stream);
	outcome = write_all(end->descriptor, shown, size);
	free(shown);
	free(all);
	return outcome < 0 ? 0 : (ssize_t)length;
}

static FILE *
replace(struct end *end, int buffering)
{
	FILE *stream = fopencookie(
		end, "w", (cookie_io_functions_t){.write = on_write});

	if (stream == NULL)
		abort();
	setvbuf(stream, NULL, buffering, BUFSIZ);
	return stream;
}

void
output_open(void)
{
	/* Who reads from a pipe sees each job end. */
	stdout = replace(&standard_output, _IOLBF);
	stderr = replace(&standard_error, _IONBF);
}

char *
output_line(const char *text)
{
	char *shown = NULL;
	size_t size;
	FILE *stream = open_memstream(&shown, &size);

	if (stream == NULL)
		abort();
	while (*text != '\0') {
		size_t part = strcspn(text, "\n");
		size_t taken = show(stream, text, part);

		/* What is begun at the end stays so. */
		for (; taken < part; taken++)
			fprintf(stream, "\\x%02x", (unsigned char)text[taken]);
		text += part;
		if (*text == '\n') {
			fputs("\\u000a", stream);
			text++;
		}
	}
	fclose(stream);
	return shown;
}

void
output_clear_line(void)
{
	fflush(stderr);
	(void)write_all(STDERR_FILENO, "\r\033[K", 4);
}

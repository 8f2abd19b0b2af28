#include "mail/header.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

/* RFC 2047, section 2: an encoded word has at most 75 characters, a line that
 * holds one at most 76. RFC 5322, 2.1.1: other lines should end before 78. */
#define WORD_LIMIT   75
#define LINE_LIMIT   76
#define WORD_OPENING "=?UTF-8?Q?"
#define WORD_CLOSING "?="
#define FOLD	     "\r\n "

static size_t
column(const struct buffer *output)
{
	const char *text = buffer_text(output);
	const char *line = strrchr(text, '\n');

	return strlen(line ? line + 1 : text);
}

void
header_add(struct buffer *output, const char *name, const char *value)
{
	buffer_printf(output, "%s: %s\r\n", name, value);
}

static bool
is_control(char byte)
{
	return (unsigned char)byte < ' ' || byte == 0x7f;
}

/* Whether it can stand as it is: ASCII, not to be taken for an encoded word,
 * and folded at its spaces short enough for a line. */
static bool
is_plain(const char *text)
{
	size_t word = 0;

	for (const char *p = text; *p; p++) {
		word = *p == ' ' || is_control(*p) ? 0 : word + 1;
		if ((unsigned char)*p >= 0x80 || word > LINE_LIMIT / 2)
			return false;
	}
	return strstr(text, "=?") == NULL;
}

/* Adds "word" or "a long phrase", a new line before each word that does not
 * fit; control characters count as spaces. */
static void
add_folded(struct buffer *output, const char *text)
{
	bool first = true;

	while (*text) {
		size_t length = 0;

		while (is_control(*text) || *text == ' ')
			if (*text++ == '\0')
				return;
		while (text[length] && !is_control(text[length]) &&
			text[length] != ' ')
			length++;
		if (!first && column(output) + 1 + length > LINE_LIMIT)
			buffer_add_text(output, FOLD);
		else if (!first)
			buffer_add_byte(output, ' ');
		buffer_add(output, text, length);
		text += length;
		first = false;
	}
}

/* Bytes of the character at `text`. */
static size_t
character_size(const char *text)
{
	size_t size = 1;

	while (((unsigned char)text[size] & 0xc0) == 0x80)
		size++;
	return size;
}

/* RFC 2047, 5 (3): what may stand for itself in an encoded word that is part
 * of a phrase; the strictest set serves everywhere. */
static bool
stands_for_itself(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= 'a' && byte <= 'z') || (byte && strchr("!*+-/", byte));
}

/* One character, Q-encoded; returns the length. */
static size_t
encode_character(const char *text, size_t size, char encoded[16])
{
	size_t length = 0;

	for (size_t i = 0; i < size && i < 4; i++) {
		char byte = is_control(text[i]) ? ' ' : text[i];

		if (stands_for_itself(byte))
			encoded[length++] = byte;
		else if (byte == ' ')
			encoded[length++] = '_';
		else
			length += (size_t)snprintf(encoded + length,
				16 - length, "=%02X", (unsigned char)byte);
	}
	return length;
}

static void
add_encoded(struct buffer *output, const char *text)
{
	size_t word = 0; /* length of the encoded word so far; 0: none open */

	while (*text) {
		char encoded[16];
		size_t size = character_size(text);
		size_t length = encode_character(text, size, encoded);
		size_t needed = length + strlen(WORD_CLOSING);

		if (word && (word + needed > WORD_LIMIT ||
				    column(output) + needed > LINE_LIMIT)) {
			buffer_add_text(output, WORD_CLOSING FOLD);
			word = 0;
		}
		if (!word) {
			buffer_add_text(output, WORD_OPENING);
			word = strlen(WORD_OPENING);
		}
		buffer_add(output, encoded, length);
		word += length;
		text += size;
	}
	if (word)
		buffer_add_text(output, WORD_CLOSING);
}

void
header_add_text(struct buffer *output, const char *name, const char *text)
{
	buffer_printf(output, "%s: ", name);
	if (is_plain(text))
		add_folded(output, text);
	else
		add_encoded(output, text);
	buffer_add_text(output, "\r\n");
}

/* RFC 5322, 3.2.3: a phrase of atoms needs no quotes. */
static bool
is_phrase(const char *name)
{
	for (; *name; name++)
		if (is_control(*name) ||
			(strchr("()<>[]:;@\\,.\"", *name) != NULL))
			return false;
	return true;
}

static void
add_quoted(struct buffer *output, const char *name)
{
	struct buffer quoted = BUFFER_EMPTY;

	buffer_add_byte(&quoted, '"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			buffer_add_byte(&quoted, '\\');
		buffer_add_byte(&quoted, *name);
	}
	buffer_add_byte(&quoted, '"');
	add_folded(output, buffer_text(&quoted));
	buffer_release(&quoted);
}

void
header_add_address(struct buffer *output, const char *name, const char *display,
	const char *address)
{
	buffer_printf(output, "%s: ", name);
	if (display && *display) {
		if (!is_plain(display))
			add_encoded(output, display);
		else if (is_phrase(display))
			add_folded(output, display);
		else
			add_quoted(output, display);
		if (column(output) + strlen(address) + 3 > LINE_LIMIT)
			buffer_add_text(output, FOLD);
		else
			buffer_add_byte(output, ' ');
	}
	buffer_printf(output, "<%s>\r\n", address);
}

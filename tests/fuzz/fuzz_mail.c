/*
 * Mails to members: lines of the input are sender's name, recipient's name and
 * address, Reply-To's name and address and subject, the rest is the body.
 * Whatever they hold, the message has our header lines and no other, and no
 * address gets in that we did not write there.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "mail/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Noreturn void
fail(const char *why, const char *message)
{
	fprintf(stderr, "mail: %s:\n%s\n", why, message);
	abort();
}

/* Every byte, and every line end. */
static void
check_bytes(const char *message, size_t length)
{
	size_t column = 0;

	if (strlen(message) != length)
		fail("a NUL", message);
	for (const char *byte = message; *byte != '\0'; byte++, column++) {
		if (*byte == '\r' && byte[1] == '\n') {
			/* RFC 5322, 2.1.1: 998 is the most. */
			if (column > 998)
				fail("a line too long", message);
			byte++;
			column = SIZE_MAX;
			continue;
		}
		if ((*byte < ' ' && *byte != '\t') || *byte > '~')
			fail("a byte that does not belong there", message);
	}
}

/* "phrase <address>" with nothing behind it: one mailbox (RFC 5322, 3.4). */
static void
check_mailbox(const char *value, const char *address, const char *message)
{
	const char *next = value;

	while (*next != '\0' && *next != '<') {
		if (*next == '"') {
			for (next++; *next != '"'; next++) {
				if (*next == '\\')
					next++;
				if (*next == '\0')
					fail("a quote without end", message);
			}
		} else if (strchr("()>[]:;@\\,", *next) != NULL) {
			fail("an address of somebody else", message);
		}
		next++;
	}
	if (*next != '<' || strncmp(next + 1, address, strlen(address)) != 0 ||
		strcmp(next + 1 + strlen(address), ">") != 0)
		fail("another address", message);
}

/* The next header, unfolded, or NULL at the empty line. */
static const char *
take_header(struct arena *arena, const char **next, const char *message)
{
	struct buffer line = BUFFER_EMPTY;
	const char *unfolded;

	if (strncmp(*next, "\r\n", 2) == 0)
		return NULL;
	do {
		const char *end = strstr(*next, "\r\n");

		if (end == NULL ||
			strspn(*next, " \t") == (size_t)(end - *next))
			fail("an empty line among the headers", message);
		buffer_add(&line, *next, (size_t)(end - *next));
		*next = end + 2;
	} while (**next == ' ' || **next == '\t');
	unfolded = arena_text(arena, buffer_text(&line));
	buffer_release(&line);
	return unfolded;
}

static void
check_headers(
	struct arena *arena, const struct message *mail, const char *message)
{
	const struct {
		const char *name;
		const struct message_address *mailbox;
	} wanted[] = {{"Date: ", NULL}, {"From: ", &mail->from},
		{"To: ", &mail->to}, {"Reply-To: ", &mail->reply_to},
		{"Subject: ", NULL}, {"Message-ID: ", NULL},
		{"Auto-Submitted: ", NULL}, {"MIME-Version: ", NULL},
		{"Content-Language: ", NULL}, {"Content-Type: ", NULL},
		{"Content-Transfer-Encoding: ", NULL}};
	const char *next = message;

	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		if (wanted[i].mailbox != NULL &&
			wanted[i].mailbox->address == NULL)
			continue;
		const char *line = take_header(arena, &next, message);
		size_t length = strlen(wanted[i].name);

		if (line == NULL || strncmp(line, wanted[i].name, length) != 0)
			fail(wanted[i].name, message);
		if (wanted[i].mailbox != NULL)
			check_mailbox(line + length, wanted[i].mailbox->address,
				message);
	}
	if (take_header(arena, &next, message) != NULL)
		fail("one header more", message);
}

static const char *
take_line(char **text)
{
	const char *line = strsep(text, "\n");

	return line == NULL ? "" : line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	char *text = arena_copy(arena, data, size);
	struct buffer output = BUFFER_EMPTY;
	struct error error;
	struct message mail = {
		.from = {"guild@example.org", NULL},
		.language = "en",
		.id = {{1}},
	};

	/* What the database holds is UTF-8. */
	if (!utf8_valid(text, size)) {
		arena_free(arena);
		return 0;
	}
	mail.from.name = take_line(&text);
	mail.to.name = take_line(&text);
	mail.to.address = take_line(&text);
	mail.reply_to.name = take_line(&text);
	mail.reply_to.address = take_line(&text);
	/* A form's word may hold CR: \v stands for a line feed. */
	mail.subject = take_line(&text);
	for (char *byte = (char *)(uintptr_t)mail.from.name;
		byte < mail.subject + strlen(mail.subject); byte++)
		if (*byte == '\v')
			*byte = '\n';
	mail.body = text == NULL ? "" : text;
	if (mail.reply_to.address[0] == '\0')
		mail.reply_to.address = NULL;
	if (message_build(&output, &mail, &error) == 0) {
		check_bytes(buffer_text(&output), output.length);
		check_headers(arena, &mail, buffer_text(&output));
	}
	buffer_release(&output);
	arena_free(arena);
	return 0;
}

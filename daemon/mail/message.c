#include "mail/message.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mailbox.h"
#include "base/uuid.h"
#include "mail/header.h"

/* RFC 2045, 6.7: an encoded line has at most 76 characters. */
#define LINE_LIMIT 76

static void
add_date(struct buffer *output, struct timestamp date)
{
	char text[CLOCK_HTTP_SIZE];

	/* RFC 5322 wants an offset where HTTP has "GMT". */
	clock_format_http(date, text);
	text[strlen(text) - strlen("GMT")] = '\0';
	buffer_printf(output, "Date: %s+0000\r\n", text);
}

static void
add_identifier(struct buffer *output, const struct message *message)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(message->id, id);
	buffer_printf(output, "Message-ID: <%s%s>\r\n", id,
		strrchr(message->from.address, '@'));
}

/* A byte, after a soft line break where it would make the line too long; one
 * column stays free for the "=" of a break. */
static void
add_piece(struct buffer *output, size_t *column, const char *piece)
{
	size_t length = strlen(piece);

	if (*column + length > LINE_LIMIT - 1) {
		buffer_add_text(output, "=\r\n");
		*column = 0;
	}
	buffer_add(output, piece, length);
	*column += length;
}

static bool
ends_line(const char *text)
{
	return text[0] == '\n' || text[0] == '\0' ||
	       (text[0] == '\r' && text[1] == '\n');
}

/* RFC 2045, 6.7. White space at the end of a line and a lone CR are encoded,
 * a "From " at the beginning of one too (mbox files would change it). */
static void
add_quoted_printable(struct buffer *output, const char *body)
{
	size_t column = 0;

	for (; *body; body++) {
		unsigned char byte = (unsigned char)*body;
		bool space = byte == ' ' || byte == '\t';
		char piece[4] = {(char)byte, '\0'};

		if (ends_line(body)) {
			body += byte == '\r';
			buffer_add_text(output, "\r\n");
			column = 0;
			continue;
		}
		if ((byte < ' ' && !space) || byte == '=' || byte > '~' ||
			(space && ends_line(body + 1)) ||
			(column == 0 && strncmp(body, "From ", 5) == 0))
			snprintf(piece, sizeof(piece), "=%02X", byte);
		add_piece(output, &column, piece);
	}
	if (column > 0)
		buffer_add_text(output, "\r\n");
}

int
message_build(struct buffer *output, const struct message *message,
	struct error *error)
{
	if (!mailbox_valid(message->from.address))
		return error_set(error, "the sender is not a mail address");
	if (!mailbox_valid(message->to.address))
		return error_set(error, "the recipient is not a mail address");
	if (message->reply_to.address &&
		!mailbox_valid(message->reply_to.address))
		return error_set(error, "Reply-To is not a mail address");
	add_date(output, message->date);
	header_add_address(
		output, "From", message->from.name, message->from.address);
	header_add_address(output, "To", message->to.name, message->to.address);
	if (message->reply_to.address)
		header_add_address(output, "Reply-To", message->reply_to.name,
			message->reply_to.address);
	header_add_text(output, "Subject", message->subject);
	add_identifier(output, message);
	/* RFC 3834: no vacation notice answers this. */
	header_add(output, "Auto-Submitted", "auto-generated");
	header_add(output, "MIME-Version", "1.0");
	header_add(output, "Content-Language", message->language);
	header_add(output, "Content-Type", "text/plain; charset=utf-8");
	header_add(output, "Content-Transfer-Encoding", "quoted-printable");
	buffer_add_text(output, "\r\n");
	add_quoted_printable(output, message->body);
	return 0;
}

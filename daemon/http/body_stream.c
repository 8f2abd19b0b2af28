#include "http/body_stream.h"

#include "http/head.h"

/* What may stand in a line around chunks: the parser takes any byte above 127
 * for a zero in a chunk's size. */
static bool
is_of_line(char byte)
{
	return (byte >= ' ' && byte < 0x7f) || byte == '\t' || byte == '\r' ||
	       byte == '\n';
}

/*
 * The bytes around chunks from stream->unchecked on. The parser skips one byte
 * where a line feed and two where a line end must be; a proxy in front that
 * does not would see other requests than we do (RFC 9112, 7.1, 11.2).
 */
static bool
check_framing(struct body_stream *stream, const char *end)
{
	const char *next = stream->unchecked;

	stream->unchecked = end;
	for (; next < end; next++) {
		if ((stream->framing == FRAMING_DATA && *next != '\r') ||
			(stream->framing == FRAMING_RETURN) !=
				(*next == '\n') ||
			!is_of_line(*next))
			return false;
		/* "3 " is a size to our parser and none to others. */
		if (stream->framing == FRAMING_SPACE &&
			(*next == '\r' || *next == ';'))
			return false;
		stream->framing = *next == '\r' ? FRAMING_RETURN
				  : *next == ' ' || *next == '\t'
					  ? FRAMING_SPACE
					  : FRAMING_LINE;
	}
	return true;
}

static int
on_body(http_parser *parser, const char *data, size_t length)
{
	struct body_stream *stream = parser->data;

	if (stream->chunked) {
		if (!check_framing(stream, data))
			return 1;
		stream->unchecked = data + length;
		stream->framing = FRAMING_DATA;
	}
	stream->total += length;
	if (stream->total > stream->limit) {
		stream->too_large = true;
		return 1;
	}
	buffer_add(&stream->data, data, length);
	return 0;
}

static int
on_complete(http_parser *parser)
{
	struct body_stream *stream = parser->data;

	stream->complete = true;
	/* What follows is the next request's. */
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_body = on_body,
	.on_message_complete = on_complete,
};

void
body_stream_start(
	struct body_stream *stream, const struct head *head, size_t limit)
{
	*stream = (struct body_stream){
		.parser = head->parser,
		.limit = limit,
		.chunked = head->length == HEAD_CHUNKED,
	};
	stream->parser.data = stream;
	http_parser_pause(&stream->parser, 0);
	/* The parser stopped before the head's last byte. */
	http_parser_execute(&stream->parser, &settings, "\n", 1);
}

void
body_stream_release(struct body_stream *stream)
{
	buffer_release(&stream->data);
}

size_t
body_stream_feed(struct body_stream *stream, const void *data, size_t length)
{
	size_t used;

	if (stream->complete || stream->too_large || stream->malformed ||
		length == 0)
		return 0;
	stream->unchecked = data;
	used = http_parser_execute(&stream->parser, &settings, data, length);
	if (stream->chunked && !stream->too_large &&
		!check_framing(stream, (const char *)data + used)) {
		stream->complete = false;
		stream->malformed = true;
	}
	if (!stream->complete && !stream->too_large &&
		HTTP_PARSER_ERRNO(&stream->parser) != HPE_OK)
		stream->malformed = true;
	return used;
}

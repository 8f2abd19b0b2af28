#include "http/body_stream.h"

#include "http/head.h"

static int
on_body(http_parser *parser, const char *data, size_t length)
{
	struct body_stream *stream = parser->data;

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
	*stream = (struct body_stream){.parser = head->parser, .limit = limit};
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
	used = http_parser_execute(&stream->parser, &settings, data, length);
	if (!stream->complete && !stream->too_large &&
		HTTP_PARSER_ERRNO(&stream->parser) != HPE_OK)
		stream->malformed = true;
	return used;
}

/*
 * body_stream.h: a request's body as it comes off the wire, by Content-Length
 * or in chunks (libhttp-parser frames it), collected up to a limit.
 */
#ifndef MISSIOND_HTTP_BODY_STREAM_H
#define MISSIOND_HTTP_BODY_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <http_parser.h>

#include "base/buffer.h"

struct head;

/* What stood before the next byte around the chunks of a body. */
enum body_framing {
	FRAMING_LINE,	/* a line, begun or not */
	FRAMING_SPACE,	/* a space or tab in one */
	FRAMING_RETURN, /* a carriage return */
	FRAMING_DATA,	/* a chunk's data */
};

struct body_stream {
	http_parser parser;
	struct buffer data; /* arrived and not yet taken */
	size_t total;	    /* arrived in all */
	size_t limit;
	bool chunked;
	enum body_framing framing;
	const char *unchecked; /* of the piece being fed */
	bool complete;
	bool too_large;
	bool malformed;
};

/* `limit` bytes at the most; a longer body sets too_large. */
void body_stream_start(
	struct body_stream *stream, const struct head *head, size_t limit);
void body_stream_release(struct body_stream *stream);

/*
 * Feeds what arrived; returns how many bytes were of this body. What follows
 * them belongs to the next request.
 */
size_t body_stream_feed(
	struct body_stream *stream, const void *data, size_t length);

#endif

/* reply_state.h: a reply while it is made, shared by reply.c and the
 * connection that sends it. */
#ifndef MISSIOND_HTTP_REPLY_STATE_H
#define MISSIOND_HTTP_REPLY_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct event_stream_reply;
struct request;

struct reply {
	int status; /* 0: none made yet */
	const char *type;
	const void *body;
	size_t length;
	const char *cache;
	const char *etag;
	struct buffer headers; /* further lines, each with CRLF */
	/* the body has no end: event_stream.h; else NULL */
	struct event_stream_reply *stream;
};

/* An empty reply in the request's arena. */
void reply_start(struct request *request);

/* Forgets what was said, so that an error can be answered instead. */
void reply_restart(struct request *request);

/* Makes a GET whose ETag the visitor has a 304 (RFC 9110, 13.1.2). */
void reply_apply_conditions(struct request *request);

/*
 * Appends status line and headers: security headers, Date, Content-Length,
 * "Connection: close" when `close`.
 */
void reply_write_head(
	const struct request *request, bool close, struct buffer *output);

/* "session", or under TLS "__Host-session". */
const char *cookie_name(const struct request *request, const char *name);

/* "Not Found"; "Unknown" for a code without a phrase. */
const char *reply_phrase(int status);

/* The headers that every answer carries, also a refusal without a request. */
void reply_add_security_headers(struct buffer *output, bool secure);

#endif

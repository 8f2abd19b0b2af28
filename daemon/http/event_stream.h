/*
 * event_stream.h: Server-Sent Events (WHATWG HTML, 9.2). A handler decides, in
 * its task, whether there is to be a stream and replies with
 * reply_event_stream(). The reply's head is sent, the request ends as any other
 * (its arena, community and turn are given back), and the connection stays as a
 * stream: callbacks, no task.
 *
 * - It is framed by the connection's end, under HTTP/1.0 and 1.1 alike, so an
 *   event is sent as it is. HEAD gets the head, and no stream.
 * - The request's deadline does not count any more. After EVENT_STREAM_BEAT
 *   without an event a comment is sent, which keeps proxies from closing it and
 *   shows which visitors are gone.
 * - What a visitor does not read is kept up to EVENT_STREAM_UNREAD bytes, and
 *   until the next beat; then the stream ends. The kernel gives it up when
 *   nothing was acknowledged for EVENT_STREAM_PATIENCE.
 * - Who closes their side, or goes on talking, is gone; who closed it before
 *   the stream began gets the greeting, and no stream. When the server stops,
 *   all streams end at once; browsers connect again by themselves.
 */
#ifndef MISSIOND_HTTP_EVENT_STREAM_H
#define MISSIOND_HTTP_EVENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

struct buffer;
struct event_stream;
struct request;

#define EVENT_STREAM_BEAT     (20 * CLOCK_SECOND)
#define EVENT_STREAM_PATIENCE CLOCK_MINUTE
#define EVENT_STREAM_UNREAD   ((size_t)4096)

/* What whoever asked for the stream is told; must not wait. */
struct event_stream_owner {
	/* It is open; `stream` is good until ended() is called. */
	void (*opened)(struct event_stream *stream, void *argument);
	/* It is over, or there never was one: called once in any case. */
	void (*ended)(void *argument);
};

/* Replies with a stream that begins with `greeting` (in the arena; fields of
 * events, or ""). 0. */
int reply_event_stream(struct request *request, const char *greeting,
	const struct event_stream_owner *owner, void *argument);

/* Sends lines of events. false: the visitor does not read, and the stream has
 * ended. */
bool event_stream_send(
	struct event_stream *stream, const char *lines, size_t length);

/* Ends it; ended() is called before this returns. */
void event_stream_end(struct event_stream *stream);

/* Appends an event. Each field is one line, NULL for none; without `data`
 * browsers only remember the id. */
void event_stream_format(struct buffer *lines, const char *id,
	const char *event, const char *data);

#endif

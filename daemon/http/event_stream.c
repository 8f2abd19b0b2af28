#include "http/event_stream.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/connection.h"
#include "http/reply.h"
#include "http/reply_state.h"

struct event_stream {
	struct http_connection *connection;
	const struct event_stream_owner *owner;
	void *argument;
};

/* A stream that is replied with and not open yet; in the request's arena. */
struct event_stream_reply {
	const struct event_stream_owner *owner;
	void *argument; /* NULL: handed over */
};

/* What a visitor says on a stream is thrown away, up to here. */
#define HEARD_MOST ((size_t)4096)

/* Also the kernel keeps little for who does not read; it doubles this. */
#define SOCKET_BUFFER 4096

static void
give_up(void *object)
{
	struct event_stream_reply *reply = object;

	if (reply->argument != NULL)
		reply->owner->ended(reply->argument);
}

int
reply_event_stream(struct request *request, const char *greeting,
	const struct event_stream_owner *owner, void *argument)
{
	struct event_stream_reply *stream =
		ARENA_NEW(request->arena, struct event_stream_reply);

	*stream = (struct event_stream_reply){owner, argument};
	arena_on_free(request->arena, give_up, stream);
	/* nginx would collect it. */
	reply_header(request, "X-Accel-Buffering", "no");
	reply_bytes(
		request, 200, "text/event-stream", greeting, strlen(greeting));
	request->reply->stream = stream;
	return 0;
}

static void
set_patience(const struct http_connection *connection)
{
	int descriptor = bufferevent_getfd(connection->events);
	int size = SOCKET_BUFFER;
	unsigned time = EVENT_STREAM_PATIENCE / 1000;

	/* Neither is there for a Unix socket, and both are only precautions. */
	(void)setsockopt(
		descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	(void)setsockopt(
		descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &time, sizeof(time));
}

void
event_stream_open(struct http_connection *connection, const struct buffer *head)
{
	struct reply *reply = connection->exchange->request.reply;
	struct event_stream *stream = memory_new(1, sizeof(*stream));

	*stream = (struct event_stream){
		connection, reply->stream->owner, reply->stream->argument};
	reply->stream->argument = NULL;
	connection->stream = stream;
	http_connection_enter(connection, CONNECTION_STREAM);
	set_patience(connection);
	wire_say(connection, head->data, head->length);
	wire_say(connection, reply->body, reply->length);
	exchange_end(connection);
	stream->owner->opened(stream, stream->argument);
	/* What came early, behind the request, would be kept for ever. */
	event_stream_listen(connection);
}

void
event_stream_forget(struct http_connection *connection)
{
	struct event_stream *stream = connection->stream;

	if (stream == NULL)
		return;
	connection->stream = NULL;
	stream->owner->ended(stream->argument);
	free(stream);
}

void
event_stream_end(struct event_stream *stream)
{
	http_connection_close(stream->connection);
}

static size_t
unread(const struct http_connection *connection)
{
	return evbuffer_get_length(bufferevent_get_output(connection->events));
}

bool
event_stream_send(struct event_stream *stream, const char *lines, size_t length)
{
	struct http_connection *connection = stream->connection;

	if (unread(connection) + length > EVENT_STREAM_UNREAD) {
		http_connection_close(connection);
		return false;
	}
	/* The next beat is counted from here. */
	http_connection_enter(connection, CONNECTION_STREAM);
	wire_say(connection, lines, length);
	return true;
}

void
event_stream_beat(struct http_connection *connection)
{
	static const char comment[] = ":\n\n";

	if (unread(connection) > 0) {
		http_connection_close(connection);
		return;
	}
	http_connection_enter(connection, CONNECTION_STREAM);
	wire_say(connection, comment, sizeof(comment) - 1);
}

void
event_stream_listen(struct http_connection *connection)
{
	struct evbuffer *input = wire_input(connection);
	size_t length = wire_available(connection);

	connection->drained += length;
	evbuffer_drain(input, length);
	if (connection->drained > HEARD_MOST)
		http_connection_close(connection);
}

static void
add_field(struct buffer *lines, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (strpbrk(value, "\r\n") != NULL)
		log_defect("event_stream", "%s breaks the line", name);
	buffer_printf(lines, "%s: %s\n", name, value);
}

void
event_stream_format(struct buffer *lines, const char *id, const char *event,
	const char *data)
{
	add_field(lines, "id", id);
	add_field(lines, "event", event);
	add_field(lines, "data", data);
	buffer_add_byte(lines, '\n');
}

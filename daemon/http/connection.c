#include "http/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/event_stream.h"
#include "http/tls_stream.h"
#include "loop/loop.h"
#include "loop/task.h"

/* After a refusal: how long, and how much, is read so that the visitor sees
 * the answer and not a reset (RFC 9112, 9.6). */
#define LINGER_TIME  (2 * CLOCK_SECOND)
#define LINGER_BYTES ((size_t)8 * 1024 * 1024)
/* For a task that must end after its deadline. */
#define TASK_GRACE (5 * CLOCK_SECOND)

static void
on_read(struct bufferevent *events, void *argument)
{
	struct http_connection *connection = argument;

	(void)events;
	wire_read(connection);
	http_connection_advance(connection);
}

void
http_connection_abandon(struct http_connection *connection)
{
	struct exchange *exchange = connection->exchange;

	connection->gone = true;
	if (exchange == NULL || !exchange->busy)
		http_connection_close(connection);
	else if (exchange->task != NULL)
		task_cancel(exchange->task);
}

static void
on_write(struct bufferevent *events, void *argument)
{
	struct http_connection *connection = argument;

	if (evbuffer_get_length(bufferevent_get_output(events)) > 0)
		return;
	bufferevent_disable(events, EV_WRITE);
	if (connection->state != CONNECTION_WRITE) {
		/* What came meanwhile may not have been read. */
		if (!connection->gone)
			on_read(events, connection);
		return;
	}
	connection->answered = true;
	if (connection->exchange == NULL || connection->exchange->close_after ||
		connection->server->draining) {
		exchange_end(connection);
		http_connection_enter(connection, CONNECTION_LINGER);
		return;
	}
	exchange_end(connection);
	http_connection_enter(connection, CONNECTION_IDLE);
	http_connection_advance(connection);
}

/* What they have sent whole is answered: they may be waiting for it. Whether
 * they are gone altogether shows when we write. */
static void
note_half_closed(struct http_connection *connection)
{
	bufferevent_disable(connection->events, EV_READ);
	connection->half_closed = true;
	switch (connection->state) {
	case CONNECTION_PROXY:
	case CONNECTION_IDLE:
	case CONNECTION_STREAM:
	case CONNECTION_LINGER:
		http_connection_close(connection);
		return;
	case CONNECTION_HEAD:
	case CONNECTION_ADMIT:
	case CONNECTION_BODY:
	case CONNECTION_HANDLE:
		http_connection_advance(connection);
		return;
	case CONNECTION_WRITE:
		return;
	}
}

static void
on_event(struct bufferevent *events, short what, void *argument)
{
	struct http_connection *connection = argument;

	(void)events;
	if ((what & BEV_EVENT_EOF) != 0 && (what & BEV_EVENT_READING) != 0)
		note_half_closed(connection);
	else if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
		http_connection_abandon(connection);
}

static void
on_deadline(evutil_socket_t unused, short what, void *argument)
{
	struct http_connection *connection = argument;

	(void)unused;
	(void)what;
	switch (connection->state) {
	case CONNECTION_HEAD:
		refuse(connection, 408);
		return;
	case CONNECTION_BODY:
		connection->exchange->refused = 408;
		exchange_feed(connection);
		return;
	case CONNECTION_ADMIT:
	case CONNECTION_HANDLE:
		/* The task had its own deadline and some grace. */
		http_connection_abandon(connection);
		return;
	case CONNECTION_STREAM:
		event_stream_beat(connection);
		return;
	case CONNECTION_PROXY:
	case CONNECTION_IDLE:
	case CONNECTION_WRITE:
	case CONNECTION_LINGER:
		http_connection_close(connection);
		return;
	}
}

/* How long the state may last, from now. */
static int64_t
time_for(const struct http_connection *connection)
{
	const struct server_options *options = connection->server->options;
	int64_t left;

	switch (connection->state) {
	case CONNECTION_PROXY:
	case CONNECTION_HEAD:
		return options->header_time;
	case CONNECTION_IDLE:
		/* A handshake without a request is no idle connection. */
		return connection->answered ? options->idle_time
					    : options->header_time;
	case CONNECTION_STREAM:
		return EVENT_STREAM_BEAT;
	case CONNECTION_LINGER:
		return LINGER_TIME;
	case CONNECTION_ADMIT:
	case CONNECTION_BODY:
	case CONNECTION_HANDLE:
	case CONNECTION_WRITE:
		break;
	}
	if (connection->exchange == NULL)
		return options->request_time;
	left = connection->exchange->began + options->request_time -
	       clock_monotonic();
	if (connection->state == CONNECTION_ADMIT ||
		connection->state == CONNECTION_HANDLE)
		left += TASK_GRACE;
	return left > CLOCK_SECOND ? left : CLOCK_SECOND;
}

void
http_connection_enter(
	struct http_connection *connection, enum http_connection_state state)
{
	struct timeval limit;
	int64_t time;

	connection->state = state;
	time = time_for(connection);
	limit.tv_sec = (time_t)(time / CLOCK_SECOND);
	limit.tv_usec = (suseconds_t)(time % CLOCK_SECOND);
	event_add(connection->timer, &limit);
	if (state != CONNECTION_LINGER)
		return;
	wire_end(connection);
	http_connection_advance(connection);
}

void
http_connection_close(struct http_connection *connection)
{
	server_forget(connection->server, connection);
	event_stream_forget(connection);
	exchange_end(connection);
	if (connection->timer != NULL)
		event_free(connection->timer);
	tls_stream_free(connection->tls);
	if (connection->events != NULL)
		bufferevent_free(connection->events);
	if (connection->peek != NULL)
		event_free(connection->peek);
	if (connection->descriptor >= 0)
		close(connection->descriptor);
	free(connection);
}

static void
read_head(struct http_connection *connection)
{
	struct evbuffer *input = wire_input(connection);
	size_t available = wire_available(connection);
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	size_t length = end.pos < 0 ? 0 : (size_t)end.pos + 4;
	const char *data;
	int status;

	if (available == 0)
		return;
	if (connection->state == CONNECTION_IDLE)
		http_connection_enter(connection, CONNECTION_HEAD);
	if (end.pos >= 0 && length <= HEAD_SIZE_LIMIT) {
		data = (const char *)evbuffer_pullup(input, (ev_ssize_t)length);
		exchange_start(connection, data, length);
		return;
	}
	if (available > HEAD_SIZE_LIMIT + 1)
		available = HEAD_SIZE_LIMIT + 1;
	data = (const char *)evbuffer_pullup(input, (ev_ssize_t)available);
	status = head_check_partial(data, available);
	if (status != 0)
		refuse(connection, status);
}

/* What follows a refusal, up to a limit, unread. */
static void
drain(struct http_connection *connection)
{
	struct evbuffer *input = wire_input(connection);
	size_t length = wire_available(connection);

	connection->drained += length;
	evbuffer_drain(input, length);
	if (connection->half_closed || connection->drained > LINGER_BYTES)
		http_connection_close(connection);
}

void
http_connection_advance(struct http_connection *connection)
{
	switch (connection->state) {
	case CONNECTION_IDLE:
	case CONNECTION_HEAD:
		read_head(connection);
		if (!connection->half_closed)
			return;
		if (connection->state == CONNECTION_HEAD)
			refuse(connection, 400);
		else if (connection->state == CONNECTION_IDLE)
			http_connection_close(connection);
		return;
	case CONNECTION_BODY:
		exchange_feed(connection);
		return;
	case CONNECTION_ADMIT:
	case CONNECTION_HANDLE:
		/* What came early waits, bounded by READ_AHEAD. */
		if (connection->exchange->body_wanted)
			exchange_feed(connection);
		return;
	case CONNECTION_STREAM:
		event_stream_listen(connection);
		return;
	case CONNECTION_LINGER:
		drain(connection);
		return;
	case CONNECTION_PROXY:
	case CONNECTION_WRITE:
		return;
	}
}

void
http_connection_send(struct http_connection *connection, struct buffer *head,
	const void *body, size_t length, bool close)
{
	if (connection->exchange != NULL)
		connection->exchange->close_after |= close;
	http_connection_enter(connection, CONNECTION_WRITE);
	wire_send(connection, head, body, length);
}

void
http_connection_begin(struct http_connection *connection)
{
	bufferevent_setcb(
		connection->events, on_read, on_write, on_event, connection);
	http_connection_enter(connection, CONNECTION_IDLE);
	wire_begin(connection);
}

void
http_connection_start_timer(struct http_connection *connection)
{
	connection->timer = evtimer_new(
		loop_events(connection->server->loop), on_deadline, connection);
	if (connection->timer == NULL)
		log_defect("connection", "out of memory");
}

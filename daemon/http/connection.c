#include "http/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/event_stream.h"
#include "http/tls.h"
#include "loop/loop.h"
#include "loop/task.h"

/* What one connection may have read ahead of its state. */
#define READ_AHEAD ((size_t)64 * 1024)
/* After a refusal: how long, and how much, is read so that the visitor sees
 * the answer and not a reset (RFC 9112, 9.6). */
#define LINGER_TIME  (2 * CLOCK_SECOND)
#define LINGER_BYTES ((size_t)8 * 1024 * 1024)
/* For a task that must end after its deadline. */
#define TASK_GRACE (5 * CLOCK_SECOND)

static void
on_read(struct bufferevent *events, void *argument)
{
	(void)events;
	http_connection_advance(argument);
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

	if (connection->state != CONNECTION_WRITE ||
		evbuffer_get_length(bufferevent_get_output(events)) > 0)
		return;
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

static void
shut_writing(struct http_connection *connection)
{
	SSL *ssl = bufferevent_openssl_get_ssl(connection->events);

	if (ssl != NULL) {
		SSL_shutdown(ssl);
		ERR_clear_error();
	}
	shutdown(bufferevent_getfd(connection->events), SHUT_WR);
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
	shut_writing(connection);
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
	if (connection->events != NULL)
		bufferevent_free(connection->events);
	if (connection->peek != NULL)
		event_free(connection->peek);
	if (connection->descriptor >= 0)
		close(connection->descriptor);
	tls_drop(connection->tls);
	free(connection);
}

static void
read_head(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->events);
	size_t available = evbuffer_get_length(input);
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
	struct evbuffer *input = bufferevent_get_input(connection->events);
	size_t length = evbuffer_get_length(input);

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
http_connection_send(struct http_connection *connection,
	const struct buffer *head, const void *body, size_t length, bool close)
{
	struct evbuffer *output = bufferevent_get_output(connection->events);

	if (connection->exchange != NULL)
		connection->exchange->close_after |= close;
	http_connection_enter(connection, CONNECTION_WRITE);
	if (evbuffer_expand(output, head->length + length) < 0 ||
		evbuffer_add(output, head->data, head->length) < 0 ||
		(length > 0 && evbuffer_add(output, body, length) < 0))
		log_defect("connection", "out of memory");
}

void
http_connection_begin(struct http_connection *connection)
{
	bufferevent_setcb(
		connection->events, on_read, on_write, on_event, connection);
	bufferevent_setwatermark(connection->events, EV_READ, 0, READ_AHEAD);
	http_connection_enter(connection, CONNECTION_IDLE);
	bufferevent_enable(connection->events, EV_READ | EV_WRITE);
}

void
http_connection_start_timer(struct http_connection *connection)
{
	connection->timer = evtimer_new(
		loop_events(connection->server->loop), on_deadline, connection);
	if (connection->timer == NULL)
		log_defect("connection", "out of memory");
}

/*
 * wire.c: what a connection reads and writes. Between it and the socket stands
 * a bufferevent, and with TLS between it and the bufferevent a tls_stream.
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/log.h"
#include "http/connection.h"
#include "http/tls_stream.h"

/* What one connection may have read ahead of its state. */
#define READ_AHEAD ((size_t)64 * 1024)
/* Of records that are not read yet: some of the largest. */
#define RECORDS_AHEAD ((size_t)32 * 1024)
/* Who has so much to read is not listened to: there are records that each want
 * an answer (RFC 8446, 4.6.3). */
#define UNREAD_MOST ((size_t)64 * 1024)

/* Sends what lies in the bufferevent's output, without a turn of the loop where
 * the kernel takes all. */
static void
flush(struct http_connection *connection)
{
	struct bufferevent *events = connection->events;
	struct evbuffer *output = bufferevent_get_output(events);

	if (evbuffer_get_length(output) == 0 ||
		(bufferevent_get_enabled(events) & EV_WRITE) != 0)
		return;
	/* A bufferevent keeps others from its front. What fails here fails
	 * there again, and is told. */
	evbuffer_unfreeze(output, 1);
	(void)evbuffer_write(output, bufferevent_getfd(events));
	evbuffer_freeze(output, 1);
	if (evbuffer_get_length(output) > 0)
		bufferevent_enable(events, EV_WRITE);
}

/* As the bufferevent would say it, and as late: whoever reads goes on with what
 * was read before. */
static void
tell(struct http_connection *connection, short what)
{
	bufferevent_disable(connection->events, EV_READ);
	bufferevent_trigger_event(connection->events, what | BEV_EVENT_READING,
		BEV_TRIG_DEFER_CALLBACKS);
}

struct evbuffer *
wire_input(struct http_connection *connection)
{
	return connection->tls == NULL
		       ? bufferevent_get_input(connection->events)
		       : tls_stream_said(connection->tls);
}

void
wire_read(struct http_connection *connection)
{
	struct evbuffer *said = wire_input(connection);
	struct evbuffer *output = bufferevent_get_output(connection->events);
	enum tls_stream_state state = TLS_STREAM_MORE;

	if (connection->tls == NULL)
		return;
	while (state == TLS_STREAM_MORE &&
		evbuffer_get_length(said) < READ_AHEAD &&
		evbuffer_get_length(output) < UNREAD_MOST)
		state = tls_stream_read(connection->tls);
	flush(connection);
	if ((bufferevent_get_enabled(connection->events) & EV_READ) == 0)
		return;
	if (state == TLS_STREAM_ENDED)
		tell(connection, BEV_EVENT_EOF);
	else if (state == TLS_STREAM_FAILED)
		tell(connection, BEV_EVENT_ERROR);
}

size_t
wire_available(struct http_connection *connection)
{
	wire_read(connection);
	return evbuffer_get_length(wire_input(connection));
}

/* To be sent, whatever the kernel takes now. */
static void
add(struct http_connection *connection, const void *data, size_t length)
{
	if (evbuffer_add(bufferevent_get_output(connection->events), data,
		    length) < 0)
		log_defect("wire", "out of memory");
}

static void
say_secured(struct http_connection *connection, const void *data, size_t length)
{
	if (tls_stream_write(connection->tls, data, length) < 0)
		tell(connection, BEV_EVENT_ERROR);
}

/* As few records as there can be, and one write for all. */
static void
send_secured(struct http_connection *connection, struct buffer *head,
	const char *body, size_t length)
{
	size_t beside = TLS_RECORD_MOST - head->length % TLS_RECORD_MOST;

	if (beside > length)
		beside = length;
	if (tls_stream_expect(connection->tls, head->length + length) < 0)
		log_defect("wire", "out of memory");
	if (beside > 0)
		buffer_add(head, body, beside);
	say_secured(connection, head->data, head->length);
	if (length > beside)
		say_secured(connection, body + beside, length - beside);
	flush(connection);
}

/* How much the kernel took at once; what failed fails again, and is told. */
static size_t
write_now(struct http_connection *connection, const struct buffer *head,
	const char *body, size_t length)
{
	const struct iovec parts[] = {
		{head->data, head->length}, {(void *)(uintptr_t)body, length}};
	ssize_t taken;

	if (evbuffer_get_length(bufferevent_get_output(connection->events)) > 0)
		return 0;
	taken = writev(bufferevent_getfd(connection->events), parts,
		length > 0 ? 2 : 1);
	return taken < 0 ? 0 : (size_t)taken;
}

/* What the kernel takes is not copied before. */
static void
send_plain(struct http_connection *connection, const struct buffer *head,
	const char *body, size_t length)
{
	size_t taken = write_now(connection, head, body, length);

	if (taken == head->length + length)
		return;
	if (taken < head->length) {
		add(connection, head->data + taken, head->length - taken);
		taken = head->length;
	}
	if (length > 0)
		add(connection, body + (taken - head->length),
			length - (taken - head->length));
	flush(connection);
}

void
wire_send(struct http_connection *connection, struct buffer *head,
	const char *body, size_t length)
{
	struct bufferevent *events = connection->events;

	if (connection->tls != NULL)
		send_secured(connection, head, body, length);
	else
		send_plain(connection, head, body, length);
	if (evbuffer_get_length(bufferevent_get_output(events)) == 0)
		bufferevent_trigger(events, EV_WRITE, BEV_TRIG_DEFER_CALLBACKS);
}

void
wire_say(struct http_connection *connection, const void *data, size_t length)
{
	if (connection->tls != NULL)
		say_secured(connection, data, length);
	else
		add(connection, data, length);
	flush(connection);
}

void
wire_end(struct http_connection *connection)
{
	if (connection->tls != NULL) {
		tls_stream_end(connection->tls);
		flush(connection);
	}
	shutdown(bufferevent_getfd(connection->events), SHUT_WR);
}

void
wire_begin(struct http_connection *connection)
{
	bufferevent_setwatermark(connection->events, EV_READ, 0,
		connection->tls == NULL ? READ_AHEAD : RECORDS_AHEAD);
	bufferevent_disable(connection->events, EV_WRITE);
	bufferevent_enable(connection->events, EV_READ);
}

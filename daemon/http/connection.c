#include "http/connection.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "http/proxy.h"
#include "http/tls.h"
#include "loop/loop.h"
#include "loop/task.h"

/* What one connection may have read ahead of its state. */
#define READ_AHEAD ((size_t)64 * 1024)
/* After a refusal: how long, and how much, is read so that the visitor sees
 * the answer and not a reset (RFC 9112, 9.6). */
#define LINGER_TIME  (2 * CLOCK_SECOND)
#define LINGER_BYTES ((size_t)1024 * 1024)
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

static void
on_event(struct bufferevent *events, short what, void *argument)
{
	struct http_connection *connection = argument;

	/* Who has sent everything and closed that side still gets the answer
	 * that is on its way. */
	if ((what & BEV_EVENT_EOF) != 0 &&
		connection->state == CONNECTION_WRITE &&
		evbuffer_get_length(bufferevent_get_output(events)) > 0) {
		if (connection->exchange != NULL)
			connection->exchange->close_after = true;
		return;
	}
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
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
	bufferevent_setwatermark(connection->events, EV_READ, 0, LINGER_BYTES);
	http_connection_advance(connection);
}

void
http_connection_close(struct http_connection *connection)
{
	server_forget(connection->server, connection);
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

static bool
read_head(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->events);
	size_t available = evbuffer_get_length(input);
	struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
	size_t length = end.pos < 0 ? 0 : (size_t)end.pos + 4;
	const char *data;
	int status;

	if (available == 0)
		return false;
	if (connection->state == CONNECTION_IDLE)
		http_connection_enter(connection, CONNECTION_HEAD);
	if (end.pos >= 0 && length <= HEAD_SIZE_LIMIT) {
		data = (const char *)evbuffer_pullup(input, (ev_ssize_t)length);
		exchange_start(connection, data, length);
		return true;
	}
	if (available > HEAD_SIZE_LIMIT + 1)
		available = HEAD_SIZE_LIMIT + 1;
	data = (const char *)evbuffer_pullup(input, (ev_ssize_t)available);
	status = head_check_partial(data, available);
	if (status != 0)
		refuse(connection, status);
	return false;
}

void
http_connection_advance(struct http_connection *connection)
{
	struct evbuffer *input = bufferevent_get_input(connection->events);

	switch (connection->state) {
	case CONNECTION_IDLE:
	case CONNECTION_HEAD:
		read_head(connection);
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
	case CONNECTION_LINGER:
		evbuffer_drain(input, evbuffer_get_length(input));
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

static struct bufferevent *
open_events(struct http_connection *connection, int descriptor)
{
	struct event_base *base = loop_events(connection->server->loop);
	SSL *ssl;

	if (!connection->secure)
		return bufferevent_socket_new(
			base, descriptor, BEV_OPT_CLOSE_ON_FREE);
	connection->tls = tls_hold(connection->server->tls);
	ssl = connection->tls == NULL ? NULL : tls_accept(connection->tls);
	if (ssl == NULL)
		return NULL;
	return bufferevent_openssl_socket_new(base, descriptor, ssl,
		BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

/* From here on the descriptor is the bufferevent's. */
static void
begin(struct http_connection *connection, int descriptor)
{
	connection->events = open_events(connection, descriptor);
	if (connection->events == NULL) {
		close(descriptor);
		http_connection_close(connection);
		return;
	}
	bufferevent_setcb(
		connection->events, on_read, on_write, on_event, connection);
	bufferevent_setwatermark(connection->events, EV_READ, 0, READ_AHEAD);
	http_connection_enter(connection, CONNECTION_IDLE);
	bufferevent_enable(connection->events, EV_READ | EV_WRITE);
}

/* A trusted proxy's word on who the visitor is stands before everything, TLS
 * too: it is looked at first and taken when it is whole. */
static void
on_proxy_header(evutil_socket_t descriptor, short what, void *argument)
{
	struct http_connection *connection = argument;
	unsigned char data[PROXY_SIZE_LIMIT];
	ssize_t length = recv(descriptor, data, sizeof(data), MSG_PEEK);
	int used;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	used = length <= 0
		       ? -1
		       : proxy_read(data, (size_t)length, connection->visitor);
	if (used < 0 ||
		(used == 0 && ((size_t)length == sizeof(data) ||
				      (what & EV_CLOSED) != 0)) ||
		(used > 0 && recv(descriptor, data, (size_t)used, 0) != used)) {
		http_connection_close(connection);
		return;
	}
	if (used == 0)
		return;
	event_free(connection->peek);
	connection->peek = NULL;
	connection->descriptor = -1;
	begin(connection, descriptor);
}

static void
await_proxy_header(struct http_connection *connection, int descriptor)
{
	connection->descriptor = descriptor;
	/* Edge-triggered: part of a header stays readable and would spin. That
	 * no more of it comes is told apart. */
	connection->peek = event_new(loop_events(connection->server->loop),
		descriptor, EV_READ | EV_CLOSED | EV_PERSIST | EV_ET,
		on_proxy_header, connection);
	if (connection->peek == NULL || event_add(connection->peek, NULL) < 0) {
		http_connection_close(connection);
		return;
	}
	http_connection_enter(connection, CONNECTION_PROXY);
}

void
http_connection_new(
	struct server *server, int descriptor, const char *peer, bool secure)
{
	struct http_connection *connection = memory_new(1, sizeof(*connection));
	const struct server_options *options = server->options;
	int on = 1;

	connection->server = server;
	connection->secure = secure;
	connection->descriptor = -1;
	memcpy(connection->peer, peer, sizeof(connection->peer));
	memcpy(connection->visitor, peer, sizeof(connection->visitor));
	TAILQ_INSERT_TAIL(&server->connections, connection, next);
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	connection->timer =
		evtimer_new(loop_events(server->loop), on_deadline, connection);
	if (connection->timer == NULL)
		log_defect("connection", "out of memory");
	if (options->proxy_protocol && network_contains(options->trusted,
					       options->trusted_count, peer))
		await_proxy_header(connection, descriptor);
	else
		begin(connection, descriptor);
}

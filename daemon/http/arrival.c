#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "http/connection.h"
#include "http/proxy.h"
#include "http/tls_stream.h"
#include "loop/loop.h"

/* What one write may take; a socket's buffer holds less. */
#define WRITE_MOST ((size_t)256 * 1024)

/* False where it cannot be. */
static bool
begin_tls(struct http_connection *connection)
{
	struct tls *tls = connection->server->tls;

	if (tls == NULL)
		return false;
	connection->tls =
		tls_stream_new(tls, bufferevent_get_input(connection->events),
			bufferevent_get_output(connection->events));
	return connection->tls != NULL;
}

/* From here on the descriptor is the bufferevent's. */
static void
begin(struct http_connection *connection, int descriptor)
{
	connection->events =
		bufferevent_socket_new(loop_events(connection->server->loop),
			descriptor, BEV_OPT_CLOSE_ON_FREE);
	if (connection->events == NULL)
		close(descriptor);
	if (connection->events == NULL ||
		(connection->secure && !begin_tls(connection))) {
		http_connection_close(connection);
		return;
	}
	/* A page leaves at once, not in pieces of 16 KiB. */
	bufferevent_set_max_single_write(connection->events, WRITE_MOST);
	http_connection_begin(connection);
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
	if (!server_admits_visitor(connection)) {
		connection->server->counts.refused++;
		http_connection_close(connection);
		return;
	}
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
http_connection_new(struct listener *listener, int descriptor,
	const char peer[NETWORK_TEXT_SIZE], const char group[NETWORK_TEXT_SIZE])
{
	struct http_connection *connection = memory_new(1, sizeof(*connection));
	struct server *server = listener->server;
	const struct server_options *options = server->options;
	int on = 1;

	connection->server = server;
	connection->secure = listener->secure;
	connection->descriptor = -1;
	memcpy(connection->peer, peer, sizeof(connection->peer));
	memcpy(connection->visitor, peer, sizeof(connection->visitor));
	memcpy(connection->group, group, sizeof(connection->group));
	TAILQ_INSERT_TAIL(&server->connections, connection, next);
	setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	http_connection_start_timer(connection);
	if (options->proxy_protocol && network_contains(options->trusted,
					       options->trusted_count, peer))
		await_proxy_header(connection, descriptor);
	else
		begin(connection, descriptor);
}

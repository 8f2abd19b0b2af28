#include "http/server.h"

#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/connection.h"
#include "http/tls.h"
#include "loop/loop.h"

/* After accept() failed for want of descriptors, before it is tried again. */
#define ACCEPT_PAUSE INT64_C(100000)

struct server *
server_new(struct loop *loop, const struct service *service,
	const struct server_options *options)
{
	struct server *server = memory_new(1, sizeof(*server));

	server->loop = loop;
	server->service = service;
	server->options = options;
	server->addresses = map_new();
	STAILQ_INIT(&server->listeners);
	TAILQ_INIT(&server->connections);
	return server;
}

void
server_set_options(struct server *server, const struct server_options *options)
{
	server->options = options;
}

void
server_set_tls(struct server *server, struct tls *tls)
{
	struct tls *before = server->tls;

	server->tls = tls_hold(tls);
	tls_drop(before);
}

static bool
is_counted(const struct server *server, const char *peer)
{
	return !network_contains(
		server->options->trusted, server->options->trusted_count, peer);
}

/* Counts a connection for an address, unless that one has enough. */
static bool
count_address(struct server *server, const char *address,
	char group[NETWORK_TEXT_SIZE])
{
	uintptr_t count;

	network_group(address, group);
	count = (uintptr_t)map_get(server->addresses, group);
	if (count >= server->options->per_address &&
		is_counted(server, address))
		return false;
	map_set(server->addresses, group, (void *)(count + 1));
	return true;
}

static void
discount_address(struct server *server, const char *group)
{
	uintptr_t count = (uintptr_t)map_get(server->addresses, group);

	if (count > 1)
		map_set(server->addresses, group, (void *)(count - 1));
	else
		map_remove(server->addresses, group);
}

bool
server_admits(
	struct server *server, const char *peer, char group[NETWORK_TEXT_SIZE])
{
	if (server->counts.connections >= server->options->connections ||
		!count_address(server, peer, group))
		return false;
	server->counts.connections++;
	return true;
}

bool
server_admits_visitor(struct http_connection *connection)
{
	struct server *server = connection->server;
	char group[NETWORK_TEXT_SIZE];

	if (!count_address(server, connection->visitor, group))
		return false;
	discount_address(server, connection->group);
	memcpy(connection->group, group, sizeof(group));
	return true;
}

static void
finish_draining(void *argument)
{
	struct server *server = argument;

	loop_timer_free(server->drain_timer);
	server->drain_timer = NULL;
	if (server->drained != NULL)
		server->drained(server->drained_argument);
	server->drained = NULL;
}

void
server_forget(struct server *server, struct http_connection *connection)
{
	TAILQ_REMOVE(&server->connections, connection, next);
	server->counts.connections--;
	discount_address(server, connection->group);
	if (server->draining && server->counts.connections == 0 &&
		server->drain_timer != NULL)
		loop_defer(server->loop, finish_draining, server);
}

/* Who is at the other end of a Unix socket: "uid 1000". */
static void
format_user(int descriptor, char peer[NETWORK_TEXT_SIZE])
{
	struct ucred user;
	socklen_t size = sizeof(user);

	if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &user, &size) == 0)
		snprintf(peer, NETWORK_TEXT_SIZE, "uid %u", user.uid);
}

static void
on_accept(struct evconnlistener *events, evutil_socket_t descriptor,
	struct sockaddr *address, int length, void *argument)
{
	struct listener *listener = argument;
	struct server *server = listener->server;
	char peer[NETWORK_TEXT_SIZE], group[NETWORK_TEXT_SIZE];

	(void)events;
	(void)length;
	network_format(address, peer);
	if (address->sa_family == AF_UNIX)
		format_user(descriptor, peer);
	server->counts.accepted++;
	if (!server_admits(server, peer, group)) {
		/* Without a word: to answer would take what is short. */
		server->counts.refused++;
		close(descriptor);
		return;
	}
	http_connection_new(listener, descriptor, peer, group);
}

static void
resume_accepting(void *argument)
{
	struct listener *listener = argument;

	if (listener->events != NULL)
		evconnlistener_enable(listener->events);
}

static void
on_accept_error(struct evconnlistener *events, void *argument)
{
	struct listener *listener = argument;

	/* Out of descriptors: the waiting connection would wake us for ever. */
	log_event(LOG_WARNING, NULL, "accept.failed", NULL);
	evconnlistener_disable(events);
	loop_timer_free(listener->pause);
	listener->pause = loop_timer_new(listener->server->loop, ACCEPT_PAUSE,
		0, resume_accepting, listener);
}

int
server_listen(struct server *server, int descriptor, bool secure)
{
	struct listener *listener = memory_new(1, sizeof(*listener));

	listener->server = server;
	listener->secure = secure;
	listener->events = evconnlistener_new(loop_events(server->loop),
		on_accept, listener,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, descriptor);
	if (listener->events == NULL) {
		free(listener);
		return -1;
	}
	evconnlistener_set_error_cb(listener->events, on_accept_error);
	STAILQ_INSERT_TAIL(&server->listeners, listener, next);
	return 0;
}

static void
give_up_draining(void *argument)
{
	struct server *server = argument;
	struct http_connection *connection, *after;

	if (server->counts.requests > 0)
		log_event(LOG_WARNING, NULL, "stop.cut", "requests",
			log_integer(server->counts.requests), NULL);
	for (connection = TAILQ_FIRST(&server->connections); connection != NULL;
		connection = after) {
		after = TAILQ_NEXT(connection, next);
		http_connection_abandon(connection);
	}
	if (server->drain_timer != NULL)
		finish_draining(server);
}

/* Who is in the queue already was let in: nobody else will take them. */
static void
accept_queued(struct listener *listener)
{
	int listening = evconnlistener_get_fd(listener->events);
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);
	int descriptor;

	while ((descriptor = accept4(listening, (struct sockaddr *)&address,
			&length, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		on_accept(listener->events, descriptor,
			(struct sockaddr *)&address, (int)length, listener);
		length = sizeof(address);
	}
}

void
server_drain(struct server *server, int64_t limit, void (*done)(void *argument),
	void *argument)
{
	struct http_connection *connection, *after;
	struct listener *listener;

	if (server->draining)
		return;
	server->draining = true;
	server->drained = done;
	server->drained_argument = argument;
	server->drain_timer = loop_timer_new(
		server->loop, limit, 0, give_up_draining, server);
	STAILQ_FOREACH (listener, &server->listeners, next) {
		accept_queued(listener);
		evconnlistener_free(listener->events);
		listener->events = NULL;
	}
	/* Connections that are new have a request on its way. */
	for (connection = TAILQ_FIRST(&server->connections); connection != NULL;
		connection = after) {
		after = TAILQ_NEXT(connection, next);
		if ((connection->state == CONNECTION_IDLE &&
			    connection->answered) ||
			connection->state == CONNECTION_STREAM ||
			connection->state == CONNECTION_LINGER)
			http_connection_close(connection);
	}
	if (server->counts.connections == 0)
		loop_defer(server->loop, finish_draining, server);
}

void
server_free(struct server *server)
{
	struct listener *listener;

	while ((listener = STAILQ_FIRST(&server->listeners)) != NULL) {
		STAILQ_REMOVE_HEAD(&server->listeners, next);
		if (listener->events != NULL)
			evconnlistener_free(listener->events);
		loop_timer_free(listener->pause);
		free(listener);
	}
	tls_drop(server->tls);
	map_free(server->addresses);
	free(server);
}

void
server_state(const struct server *server, struct server_state *state)
{
	*state = server->counts;
}

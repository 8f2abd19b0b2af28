/*
 * connection.h: one connection of a visitor, for server.c and its neighbours
 * only. State is one variable, changed in one function (http_connection_enter);
 * each state has its deadline.
 *
 *	PROXY ─→ IDLE ─→ HEAD ─→ ADMIT ─→ BODY ─→ HANDLE ─→ WRITE ─→ IDLE …
 *	                   └──────────┴────────┴──→ WRITE ─→ LINGER ─→ closed
 *	                              HANDLE ─→ STREAM ─→ closed
 *
 * In ADMIT and HANDLE a task runs; the connection is not freed before it ends.
 * A visitor may close their side once they have sent all they want to: what is
 * whole by then is answered, then the connection ends.
 */
#ifndef MISSIOND_HTTP_CONNECTION_H
#define MISSIOND_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buffer.h"
#include "http/body_stream.h"
#include "http/head.h"
#include "http/network.h"
#include "http/request.h"
#include "http/server.h"

struct bufferevent;
struct evbuffer;
struct event;
struct event_stream;
struct evconnlistener;
struct map;
struct task;
struct tls_stream;

enum http_connection_state {
	CONNECTION_PROXY,
	CONNECTION_IDLE,
	CONNECTION_HEAD,
	CONNECTION_ADMIT,
	CONNECTION_BODY,
	CONNECTION_HANDLE,
	CONNECTION_WRITE,
	CONNECTION_STREAM, /* of events; event_stream.h */
	CONNECTION_LINGER
};

/* One request and its answer, from head to last byte. */
struct exchange {
	struct arena *arena; /* NULL once the answer is on its way */
	struct head head;
	struct request request;
	const struct service *service;
	struct body_stream body;
	struct task *task; /* while one runs */
	bool busy;	   /* a task runs, or its end is not dealt with */
	bool has_body;
	bool admitted; /* service->admit was asked, leave is owed */
	bool body_due; /* admission passed: the body is read next */
	bool close_after;
	int refused;	  /* status found before or in the body, or 0 */
	unsigned allowed; /* methods, for 405 */
	bool body_wanted; /* a streaming task waits for more */
	int64_t began;	  /* clock_monotonic() */
};

struct listener {
	struct server *server;
	struct evconnlistener *events;
	struct loop_timer *pause; /* until accepting is tried again, or NULL */
	bool secure;
	STAILQ_ENTRY(listener) next;
};

struct http_connection {
	struct server *server;
	/* What goes over the wire: with TLS its records. Where all that is
	 * said leaves at once EV_WRITE stays off. */
	struct bufferevent *events;
	struct event *timer;
	struct tls_stream *tls;	     /* NULL: without */
	struct exchange *exchange;   /* NULL between requests */
	struct event_stream *stream; /* in STREAM, else NULL */
	enum http_connection_state state;
	bool secure;	    /* TLS here */
	bool gone;	    /* the visitor is; freed when the task has ended */
	bool answered;	    /* at least once */
	bool half_closed;   /* nothing more will come */
	size_t drained;	    /* in LINGER and STREAM */
	int descriptor;	    /* while a PROXY header is awaited, else −1 */
	struct event *peek; /* the same */
	char peer[NETWORK_TEXT_SIZE];	 /* who connected */
	char visitor[NETWORK_TEXT_SIZE]; /* who that stands for */
	char group[NETWORK_TEXT_SIZE];	 /* whose connections it counts among */
	TAILQ_ENTRY(http_connection) next;
};

struct server {
	struct loop *loop;
	const struct service *service;
	const struct server_options *options;
	struct tls *tls;
	struct map *addresses; /* group → number of connections */
	STAILQ_HEAD(listener_list, listener) listeners;
	TAILQ_HEAD(http_connection_list, http_connection) connections;
	struct server_state counts;
	unsigned unlogged; /* answers since the last line of the log */
	bool draining;
	void (*drained)(void *argument);
	void *drained_argument;
	struct loop_timer *drain_timer;
};

/* arrival.c: a connection that was let in, up to its first byte of HTTP. */
void http_connection_new(struct listener *listener, int descriptor,
	const char peer[NETWORK_TEXT_SIZE],
	const char group[NETWORK_TEXT_SIZE]);

/* connection.c */
/* For http_connection_enter(). */
void http_connection_start_timer(struct http_connection *connection);
/* The bufferevent is there: visitors speak HTTP from here on. */
void http_connection_begin(struct http_connection *connection);
void http_connection_enter(
	struct http_connection *connection, enum http_connection_state state);
void http_connection_close(struct http_connection *connection);
/* Goes on with what has arrived; called whenever the state allows more. */
void http_connection_advance(struct http_connection *connection);
/* Sends an answer; then the next request, or the end. Afterwards the head may
 * have part of the body behind it. */
void http_connection_send(struct http_connection *connection,
	struct buffer *head, const void *body, size_t length, bool close);

/* The visitor is gone: ends the task first, if one runs. */
void http_connection_abandon(struct http_connection *connection);

/* wire.c: what is read and written, with TLS or without. Visitors that fail, or
 * say that nothing more will come, are told of by the bufferevent, later. */
void wire_begin(struct http_connection *connection);
/* What was said and nobody has drained. */
struct evbuffer *wire_input(struct http_connection *connection);
/* Has what arrived in there, as far as there is room. */
void wire_read(struct http_connection *connection);
/* The same; how much is there. Asked again when some was drained. */
size_t wire_available(struct http_connection *connection);
/* Sends an answer with as few system calls as it takes; on_write() follows, not
 * before this returns. The head may have part of the body behind it then. */
void wire_send(struct http_connection *connection, struct buffer *head,
	const char *body, size_t length);
/* Sends bytes that are no whole answer. */
void wire_say(
	struct http_connection *connection, const void *data, size_t length);
/* Nothing more will be sent. */
void wire_end(struct http_connection *connection);

/* exchange.c: from a head to an answer, through tasks. */
void exchange_start(
	struct http_connection *connection, const char *head, size_t length);
void exchange_feed(struct http_connection *connection);
/* Sends request->reply; the request and its arena are gone then. */
void exchange_answer(struct http_connection *connection);
/* Ends and frees the connection's exchange, if it has one. */
void exchange_end(struct http_connection *connection);
void exchange_free(struct exchange *exchange);

/* event_stream.c: a connection that is a stream of events. */
/* Sends head and body of the reply, ends the exchange and stays. */
void event_stream_open(
	struct http_connection *connection, const struct buffer *head);
/* Its connection closes; nothing where there is no stream. */
void event_stream_forget(struct http_connection *connection);
/* Nothing was sent for a while. */
void event_stream_beat(struct http_connection *connection);
/* The visitor said something. */
void event_stream_listen(struct http_connection *connection);

/* refusal.c: what is answered where no handler can. */
/* The row of a path or method that has none. */
const struct route *refusal_route(const char *path);
/* Answers with exchange->refused: page or problem document. 0. */
int refusal_reply(struct exchange *exchange);
/* An answer without a request: what came was no HTTP that we speak. */
void refuse(struct http_connection *connection, int status);

/* well_known.c: whether the request was answered at once (ACME challenge,
 * security.txt). */
bool well_known_answer(struct http_connection *connection);

/* server.c */
/* Counts a connection, unless there are enough; `group` is then whose. */
bool server_admits(
	struct server *server, const char *peer, char group[NETWORK_TEXT_SIZE]);
/* The same once a proxy has said for whom the connection stands. */
bool server_admits_visitor(struct http_connection *connection);
void server_forget(struct server *server, struct http_connection *connection);

#endif

/*
 * server.h: HTTP/1.1 for visitors. Listeners accept; each connection reads a
 * head, has the gate check it, asks the service for admission in a task, reads
 * the body, runs the handler in a task, and writes the answer; then the next.
 */
#ifndef MISSIOND_HTTP_SERVER_H
#define MISSIOND_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/network.h"

struct loop;
struct server;
struct service;
struct tls;

struct server_options {
	unsigned connections; /* most at a time */
	unsigned per_address; /* of one visitor who is no trusted proxy; an
				 IPv6 /64 is one visitor */
	int64_t header_time;  /* µs: for a head, from its first byte */
	int64_t request_time; /* for a whole request and its answer */
	int64_t idle_time;    /* between requests */
	const struct network *trusted; /* proxies */
	size_t trusted_count;
	bool proxy_protocol;	   /* trusted peers begin with a PROXY header */
	unsigned access;	   /* one in so many is logged; 0: none */
	const char *acme;	   /* folder of challenges, or NULL */
	const char *security_text; /* security.txt, or NULL */
};

/* Options and service are kept as given and must live until replaced. */
struct server *server_new(struct loop *loop, const struct service *service,
	const struct server_options *options);

/* What a reload changes; requests in flight keep what they began with. `tls`
 * (may be NULL) is held. */
void server_set_options(
	struct server *server, const struct server_options *options);
void server_set_tls(struct server *server, struct tls *tls);

/* Accepts from an inherited, listening, non-blocking descriptor, which the
 * server then owns. 0, or −1 with errno. */
int server_listen(struct server *server, int descriptor, bool secure);

/*
 * Stops accepting, closes idle connections and calls `done(argument)` when the
 * last request in flight was answered, or after `limit` microseconds.
 */
void server_drain(struct server *server, int64_t limit,
	void (*done)(void *argument), void *argument);

/* After draining. */
void server_free(struct server *server);

struct server_state {
	unsigned connections;
	unsigned requests; /* in flight */
	uint64_t accepted, answered, refused;
};
void server_state(const struct server *server, struct server_state *state);

#endif

/*
 * edge_site.h: a real server on loopback in a process of its own, with a plain
 * and a TLS listener and a few routes, and clients on raw sockets for it. The
 * site's name is "known".
 */
#ifndef MISSIOND_TESTS_EDGE_SITE_H
#define MISSIOND_TESTS_EDGE_SITE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "http/network.h"
#include "http/server.h"

/* What the server's process and the test see of each other. */
struct edge_shared {
	_Atomic unsigned slow_begun; /* requests for /slow */
	_Atomic unsigned slow_done;
	_Atomic unsigned held;	  /* requests for /hold that wait */
	_Atomic bool released;	  /* they may go on */
	_Atomic unsigned streams; /* of events, open or to be opened */
};
extern struct edge_shared *edge_shared;

/* /slow takes as long as the server lives, not only 200 ms. */
extern bool edge_slow_until_drained;

/* For the next edge_start(). */
extern struct network edge_trusted[2];
extern struct server_options edge_options;
/* What the kernel keeps of a connection each way, in bytes; 0: as it likes. */
extern int edge_kernel_keeps;
extern pid_t edge_process;

/* Before anything else, once. */
void edge_share(void);

/* For cmocka's groups: the server starts; it must end by itself when asked,
 * with nothing wrong. */
int edge_start(void **state);
int edge_stop(void **state);
void edge_tell_to_stop(void);

/* A connected socket that waits a minute for an answer; over TLS: to the port
 * where that is spoken. */
int edge_connect(void);
int edge_connect_secure(void);

void edge_send(int client, const char *data, size_t length);
/* Everything until the server closes, or until nothing came for a while;
 * whether it closed. */
bool edge_receive(int client, char *answer, size_t size);
/* The same with a new connection. */
bool edge_talk(const char *data, size_t length, char *answer, size_t size);
/* How often a text stands in an answer. */
unsigned edge_count(const char *answer, const char *text);

#endif

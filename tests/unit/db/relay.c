#include "relay.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server.h"

struct db_address relay_address;

static struct sockaddr_un place = {.sun_family = AF_UNIX};
static int listener;
static pthread_t carrier;
static atomic_int cut_at;
static atomic_bool counting;
static atomic_uint trips, spoiling;

/* Who does not wait for an answer sends the next command sooner. */
#define PATIENCE_MS 250

static void
must(bool done, const char *what)
{
	if (done)
		return;
	perror(what);
	exit(99);
}

static int
new_socket(void)
{
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(descriptor >= 0, "relay: socket");
	return descriptor;
}

static int
reach_server(void)
{
	struct sockaddr_un server = {.sun_family = AF_UNIX};
	int descriptor = new_socket();

	snprintf(server.sun_path, sizeof(server.sun_path), "%s",
		server_address.socket);
	must(connect(descriptor, (struct sockaddr *)&server, sizeof(server)) ==
			0,
		"relay: connect");
	return descriptor;
}

/* A command has three bytes of length, a number, its kind and its text; what is
 * read ends with one. */
static void
spoil(char *bytes, size_t length)
{
	const unsigned char *head;

	for (size_t at = 0; at + 5 < length && atomic_load(&spoiling) > 0;) {
		head = (const unsigned char *)bytes + at;
		if (atomic_fetch_sub(&spoiling, 1) == 1)
			bytes[at + 5] = '?';
		at += 4 +
		      (head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16);
	}
}

/* Some bytes from one to the other; false at the end. */
static bool
pass(int from, int to, bool commands)
{
	char bytes[16384];
	ssize_t length = read(from, bytes, sizeof(bytes));

	if (commands && length > 0)
		spoil(bytes, (size_t)length);
	return length > 0 &&
	       send(to, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

/* Until the answer to what was sent last is here, or the end. */
static void
await_answer(int server)
{
	struct pollfd ready = {.fd = server, .events = POLLIN};

	must(poll(&ready, 1, 60000) == 1, "relay: no answer");
}

/* All that the client sends without having read anything; false at the end. */
static bool
pass_all(int client, int server)
{
	struct pollfd more = {.fd = client, .events = POLLIN};

	if (!pass(client, server, true))
		return false;
	if (!atomic_load(&counting))
		return true;
	while (poll(&more, 1, PATIENCE_MS) == 1)
		if (!pass(client, server, true))
			return false;
	atomic_fetch_add(&trips, 1);
	return true;
}

static bool
pass_command(int client, int server)
{
	int cut = atomic_load(&cut_at);

	if (cut == RELAY_CUT_COMMAND || !pass_all(client, server))
		return false;
	if (cut == RELAY_WHOLE)
		return true;
	await_answer(server);
	return false;
}

static void
carry_connection(int client)
{
	int server = reach_server();
	struct pollfd ends[] = {{.fd = client, .events = POLLIN},
		{.fd = server, .events = POLLIN}};
	bool whole = true;

	while (whole) {
		must(poll(ends, 2, -1) > 0, "relay: poll");
		if (ends[0].revents != 0)
			whole = pass_command(client, server);
		else
			whole = pass(server, client, false);
	}
	atomic_store(&cut_at, RELAY_WHOLE);
	close(server);
	close(client);
}

static void *
carry(void *argument)
{
	int client;

	(void)argument;
	while ((client = accept(listener, NULL, NULL)) >= 0)
		carry_connection(client);
	return NULL;
}

void
relay_start(void)
{
	listener = new_socket();
	snprintf(place.sun_path, sizeof(place.sun_path), "%s-relay",
		server_address.socket);
	must(bind(listener, (struct sockaddr *)&place, sizeof(place)) == 0 &&
			listen(listener, 8) == 0,
		"relay: bind");
	relay_address = (struct db_address){.socket = place.sun_path};
	must(pthread_create(&carrier, NULL, carry, NULL) == 0, "relay: thread");
}

void
relay_stop(void)
{
	shutdown(listener, SHUT_RDWR);
	pthread_join(carrier, NULL);
	close(listener);
	unlink(place.sun_path);
}

void
relay_count(bool on)
{
	atomic_store(&counting, on);
	atomic_store(&trips, 0);
}

unsigned
relay_trips(void)
{
	return atomic_exchange(&trips, 0);
}

void
relay_cut(enum relay_cut cut)
{
	atomic_store(&cut_at, cut);
}

void
relay_spoil(unsigned command)
{
	atomic_store(&spoiling, command);
}

#include "edge_site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "certificate.h"
#include "http/event_stream.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "http/service.h"
#include "http/tickets.h"
#include "http/tls.h"
#include "loop/loop.h"
#include "loop/task.h"

static int
admit(struct request *request)
{
	if (strcmp(request->host, "known") != 0)
		return reply_error(request, 421, "Unknown site", NULL) + 1;
	return 0;
}

static int
check(struct request *request)
{
	(void)request;
	return 0;
}

static void
failed(struct request *request)
{
	reply_error(request, 503, "Away", NULL);
}

static void
leave(struct request *request)
{
	(void)request;
}

static int
show(struct request *request)
{
	const char *text = arena_printf(request->arena,
		"shown to %s over %s from %s", request->host,
		request->secure ? "https" : "http", request->peer);

	reply_etag(request, "tag");
	return reply_bytes(request, 200, "text/plain", text, strlen(text));
}

static int
echo(struct request *request)
{
	return reply_bytes(request, 200, "text/plain", request->body.data,
		request->body.length);
}

struct edge_shared *edge_shared;
bool edge_slow_until_drained;
static bool draining;

static int
slow(struct request *request)
{
	edge_shared->slow_begun++;
	task_sleep(clock_monotonic() + 200000);
	while (edge_slow_until_drained && !draining)
		task_sleep(clock_monotonic() + 1000);
	edge_shared->slow_done++;
	return reply_bytes(request, 200, "text/plain", "slow", 4);
}

static int
break_down(struct request *request)
{
	(void)request;
	return -1;
}

struct sum {
	size_t bytes;
};

static int
take_piece(struct request *request, const void *data, size_t length)
{
	struct sum *sum = request->stream;

	(void)data;
	if (sum == NULL)
		request->stream = sum = ARENA_NEW(request->arena, struct sum);
	sum->bytes += length;
	return 0;
}

/* Takes nothing until it may. */
static int
hold_piece(struct request *request, const void *data, size_t length)
{
	if (request->stream == NULL)
		edge_shared->held++;
	take_piece(request, data, length);
	while (!edge_shared->released)
		task_sleep(clock_monotonic() + 5000);
	return 0;
}

static int
show_sum(struct request *request)
{
	const struct sum *sum = request->stream;
	const char *text = arena_printf(request->arena, "%zu", sum->bytes);

	return reply_bytes(request, 200, "text/plain", text, strlen(text));
}

/* Streams that are open. */
#define STREAMS_MOST 64
static struct event_stream *streams[STREAMS_MOST];

static void
stream_opened(struct event_stream *stream, void *argument)
{
	*(struct event_stream **)argument = stream;
}

static void
stream_ended(void *argument)
{
	*(struct event_stream **)argument = NULL;
	edge_shared->streams--;
}

static const struct event_stream_owner stream_owner = {
	stream_opened, stream_ended};

static int
open_stream(struct request *request)
{
	struct event_stream **place = streams;

	while (*place != NULL)
		place++;
	edge_shared->streams++;
	return reply_event_stream(request, "id: 1\n\n", &stream_owner, place);
}

/* To all streams what the body says. */
static int
tell(struct request *request)
{
	for (size_t i = 0; i < STREAMS_MOST; i++)
		if (streams[i] != NULL)
			event_stream_send(streams[i],
				(const char *)request->body.data,
				request->body.length);
	return reply_empty(request);
}

static int
end_streams(struct request *request)
{
	for (size_t i = 0; i < STREAMS_MOST; i++)
		if (streams[i] != NULL)
			event_stream_end(streams[i]);
	return reply_empty(request);
}

static const struct route rows[] = {
	{METHOD_GET, "/events", "events", 0, RATE_PAGE, 0, 0, open_stream,
		NULL},
	{METHOD_POST, "/tell", "tell", 0, RATE_WRITE, 0, 4096, tell, NULL},
	{METHOD_POST, "/end", "end", 0, RATE_WRITE, 0, 0, end_streams, NULL},
	{METHOD_GET, "/", "home", 0, RATE_PAGE, 0, 0, show, NULL},
	{METHOD_POST, "/echo", "echo", 0, RATE_WRITE, 0, 100, echo, NULL},
	{METHOD_GET, "/slow", "slow", 0, RATE_PAGE, 0, 0, slow, NULL},
	{METHOD_GET, "/broken", "broken", 0, RATE_PAGE, 0, 0, break_down, NULL},
	{METHOD_POST, "/sum", "sum", 0, RATE_WRITE, ROUTE_STREAMS,
		(size_t)50 * 1024 * 1024, show_sum, take_piece},
	{METHOD_POST, "/hold", "hold", 0, RATE_WRITE, ROUTE_STREAMS,
		(size_t)50 * 1024 * 1024, show_sum, hold_piece},
	{METHOD_GET, "/things/{id:uuid}", "thing", 0, RATE_PAGE, 0, 0, show,
		NULL},
};

struct network edge_trusted[2];
int edge_kernel_keeps;
struct server_options edge_options = {
	.connections = 50,
	.per_address = 40,
	.header_time = CLOCK_MINUTE,
	.request_time = CLOCK_MINUTE,
	.idle_time = CLOCK_MINUTE,
	.trusted = edge_trusted,
	.security_text = "Contact: mailto:security@example.org\n",
};

pid_t edge_process;
static bool stopping;
static unsigned short port, secure_port;

static void
stop(void *argument)
{
	loop_stop(argument);
}

static struct server *running;

static void
drain(void *argument)
{
	server_drain(running, CLOCK_MINUTE, stop, argument);
	draining = true;
}

static void
use_tls(struct server *server)
{
	static struct tickets tickets;
	static const char *const names[] = {"known"};
	struct tls_certificate certificate = certificate_make(names, 1);
	struct tls *tls;

	tickets_make(&tickets);
	tls = tls_new(&certificate, 1, &tickets, NULL);
	server_set_tls(server, tls);
	tls_drop(tls);
	free((void *)(uintptr_t)certificate.certificate.data);
	free((void *)(uintptr_t)certificate.key.data);
}

_Noreturn static void
serve(int descriptor, int secure)
{
	const struct route *table[COUNT_OF(rows)];
	struct loop *loop = loop_new();
	struct service service = {
		.admit = admit,
		.check = check,
		.failed = failed,
		.leave = leave,
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		table[i] = &rows[i];
	service.routes = route_table_new(table, COUNT_OF(rows));
	running = server_new(loop, &service, &edge_options);
	use_tls(running);
	if (server_listen(running, descriptor, false) < 0 ||
		server_listen(running, secure, true) < 0 ||
		loop_signal(loop, SIGTERM, drain, loop) < 0)
		_exit(2);
	loop_run(loop);
	server_free(running);
	route_table_free((struct route_table *)service.routes);
	loop_free(loop);
	exit(0);
}

/* What a listener has, its connections have. */
static void
keep_little(int listener)
{
	if (setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &edge_kernel_keeps,
		    sizeof(edge_kernel_keeps)) < 0 ||
		setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &edge_kernel_keeps,
			sizeof(edge_kernel_keeps)) < 0)
		abort();
}

static int
open_listener(unsigned short *ret_port)
{
	int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);

	if (edge_kernel_keeps > 0)
		keep_little(descriptor);
	if (bind(descriptor, (struct sockaddr *)&address, size) < 0 ||
		listen(descriptor, 128) < 0 ||
		getsockname(descriptor, (struct sockaddr *)&address, &size) < 0)
		abort();
	*ret_port = ntohs(address.sin_port);
	return descriptor;
}

int
edge_start(void **state)
{
	int descriptor = open_listener(&port);
	int secure = open_listener(&secure_port);

	(void)state;
	edge_process = fork();
	if (edge_process == 0)
		serve(descriptor, secure);
	close(descriptor);
	close(secure);
	return 0;
}

void
edge_share(void)
{
	edge_shared = mmap(NULL, sizeof(*edge_shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (edge_shared == MAP_FAILED)
		abort();
	signal(SIGPIPE, SIG_IGN);
}

void
edge_tell_to_stop(void)
{
	kill(edge_process, SIGTERM);
	stopping = true;
}

int
edge_stop(void **state)
{
	int status = 0;

	(void)state;
	/* A second signal would end it for good while it tidies up. */
	if (!stopping)
		kill(edge_process, SIGTERM);
	stopping = false;
	waitpid(edge_process, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
connect_to(unsigned short number)
{
	int client = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(number),
	};
	struct timeval limit = {60, 0};

	assert_int_equal(
		connect(client, (struct sockaddr *)&address, sizeof(address)),
		0);
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return client;
}

int
edge_connect(void)
{
	return connect_to(port);
}

int
edge_connect_secure(void)
{
	return connect_to(secure_port);
}

void
edge_send(int client, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(client, data, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		data += sent;
		length -= (size_t)sent;
	}
}

bool
edge_receive(int client, char *answer, size_t size)
{
	size_t length = 0;
	ssize_t got;

	for (;;) {
		got = recv(client, answer + length, size - 1 - length, 0);
		if (got > 0)
			length += (size_t)got;
		else if (got == 0 || errno != EINTR)
			break;
	}
	answer[length] = '\0';
	/* A reset: what was sent was not even read. */
	return got == 0 || errno == ECONNRESET;
}

unsigned
edge_count(const char *answer, const char *text)
{
	unsigned found = 0;

	while ((answer = strstr(answer, text)) != NULL) {
		found++;
		answer += strlen(text);
	}
	return found;
}

bool
edge_talk(const char *data, size_t length, char *answer, size_t size)
{
	int client = edge_connect();
	bool closed;

	edge_send(client, data, length);
	closed = edge_receive(client, answer, size);
	close(client);
	return closed;
}

/*
 * openloop: HTTP/1.1 load that does not wait for the server.
 *
 *   openloop rate --rate N --seconds N …   a request is due every 1/N s, sent
 *       on a free connection or, when there is none, as soon as one is free;
 *       its latency counts from when it was due, so a stall is seen by every
 *       request that should have been sent meanwhile.
 *   openloop hold …   opens the connections, sends one request on each, says
 *       "ready" and keeps them open and idle until standard input ends.
 *
 *   --port N  --requests FILE  --connections N  --sources N (addresses from
 *   127.0.0.1 on that connections come from)  --tls
 *
 * Prints one line of JSON; all latencies are kept, so percentiles are exact.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <getopt.h>
#include <http_parser.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "requests.h"

/* Connections that are being opened at a time when holding. */
#define OPENING_MOST 64

/* What is due may take this long after the last one was. */
#define PATIENCE_US 30000000

struct connection {
	TAILQ_ENTRY(connection) next; /* in the list of free ones */
	struct load *load;
	struct bufferevent *events;
	http_parser parser;
	unsigned number;
	int64_t due;
	bool busy;
	bool connected;
};
TAILQ_HEAD(connection_list, connection);

struct load {
	struct event_base *base;
	struct event *timer;
	SSL_CTX *tls;
	struct requests requests;
	size_t turn;
	long port, wanted, sources, rate, seconds;
	bool hold;
	struct connection *connections;
	struct connection_list idle;
	unsigned opened, answered_first; /* hold */
	int64_t begin;
	size_t due_count, all; /* how many were due, of how many */
	size_t sent;
	int64_t *latencies; /* microseconds */
	size_t answered, refused, lost;
};

static int64_t
now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int64_t
due_of(const struct load *load, size_t index)
{
	return load->begin + (int64_t)index * 1000000 / load->rate;
}

static void connect_one(struct connection *connection);

static void
send_on(struct connection *connection, int64_t due)
{
	struct load *load = connection->load;
	const struct request_bytes *request =
		&load->requests.items[load->turn++ % load->requests.count];

	connection->due = due;
	connection->busy = true;
	if (bufferevent_write(
		    connection->events, request->data, request->length) != 0)
		errx(1, "out of memory");
}

/* What is due goes out as far as there are free connections. */
static void
send_due(struct load *load)
{
	struct connection *connection;

	while (load->sent < load->due_count &&
		(connection = TAILQ_FIRST(&load->idle)) != NULL) {
		TAILQ_REMOVE(&load->idle, connection, next);
		send_on(connection, due_of(load, load->sent++));
	}
}

static void
check_end(struct load *load)
{
	if (!load->hold && load->answered + load->lost == load->all)
		event_base_loopbreak(load->base);
}

static void
say_ready(struct load *load)
{
	printf("{\"ready\": %zu, \"refused\": %zu, \"lost\": %zu}\n",
		load->answered, load->refused, load->lost);
	if (fflush(stdout) != 0)
		err(1, "standard output");
}

/* hold: the next connection is opened when one has been answered or lost. */
static void
hold_next(struct load *load)
{
	if (load->opened < (unsigned)load->wanted)
		connect_one(&load->connections[load->opened++]);
	if (++load->answered_first == (unsigned)load->wanted)
		say_ready(load);
}

static int
on_complete(http_parser *parser)
{
	struct connection *connection = parser->data;
	struct load *load = connection->load;

	connection->busy = false;
	if (!load->hold)
		load->latencies[load->answered] = now_us() - connection->due;
	load->answered++;
	if (parser->status_code >= 400)
		load->refused++;
	if (load->hold) {
		hold_next(load);
		return 0;
	}
	TAILQ_INSERT_TAIL(&load->idle, connection, next);
	send_due(load);
	check_end(load);
	return 0;
}

static void
on_read(struct bufferevent *events, void *argument)
{
	static const http_parser_settings settings = {
		.on_message_complete = on_complete,
	};
	struct connection *connection = argument;
	struct evbuffer *input = bufferevent_get_input(events);
	size_t length = evbuffer_get_length(input);
	const char *data = (const char *)evbuffer_pullup(input, -1);

	if (http_parser_execute(&connection->parser, &settings, data, length) !=
		length)
		errx(1, "an answer is not HTTP: %s",
			http_errno_name(
				HTTP_PARSER_ERRNO(&connection->parser)));
	evbuffer_drain(input, length);
}

static void
reopen(struct connection *connection)
{
	bufferevent_free(connection->events);
	connection->events = NULL;
	connect_one(connection);
}

/* The server closed it, or it could not be opened. */
static void
on_event(struct bufferevent *events, short what, void *argument)
{
	struct connection *connection = argument;
	struct load *load = connection->load;

	(void)events;
	if ((what & BEV_EVENT_CONNECTED) != 0) {
		connection->connected = true;
		return;
	}
	if (!connection->connected && !load->hold)
		errx(1, "port %ld: cannot connect", load->port);
	if (load->hold) {
		load->lost++;
		bufferevent_free(connection->events);
		connection->events = NULL;
		if (connection->busy)
			hold_next(load);
		connection->busy = false;
		return;
	}
	if (connection->busy) {
		load->lost++;
		connection->busy = false;
	} else {
		TAILQ_REMOVE(&load->idle, connection, next);
	}
	reopen(connection);
	TAILQ_INSERT_TAIL(&load->idle, connection, next);
	send_due(load);
	check_end(load);
}

static void
bind_source(int descriptor, const struct connection *connection)
{
	struct sockaddr_in source = {.sin_family = AF_INET};
	uint32_t host =
		INADDR_LOOPBACK +
		connection->number % (uint32_t)connection->load->sources;

	source.sin_addr.s_addr = htonl(host);
	if (connection->load->sources > 1 &&
		bind(descriptor, (const struct sockaddr *)&source,
			sizeof(source)) < 0)
		err(1, "bind");
}

static struct bufferevent *
make_events(struct load *load, int descriptor)
{
	const int options = BEV_OPT_CLOSE_ON_FREE;
	SSL *tls;

	if (load->tls == NULL)
		return bufferevent_socket_new(load->base, descriptor, options);
	tls = SSL_new(load->tls);
	if (tls == NULL)
		errx(1, "SSL_new");
	return bufferevent_openssl_socket_new(load->base, descriptor, tls,
		BUFFEREVENT_SSL_CONNECTING, options);
}

static void
connect_one(struct connection *connection)
{
	struct load *load = connection->load;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)load->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;
	int descriptor =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (descriptor < 0)
		err(1, "socket");
	(void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bind_source(descriptor, connection);
	connection->events = make_events(load, descriptor);
	if (connection->events == NULL)
		errx(1, "out of memory");
	connection->connected = false;
	http_parser_init(&connection->parser, HTTP_RESPONSE);
	connection->parser.data = connection;
	bufferevent_setcb(
		connection->events, on_read, NULL, on_event, connection);
	bufferevent_enable(connection->events, EV_READ | EV_WRITE);
	if (bufferevent_socket_connect(connection->events,
		    (const struct sockaddr *)&address, sizeof(address)) != 0)
		err(1, "connect");
	if (load->hold)
		send_on(connection, 0);
}

static void
set_timer(struct load *load, int64_t at)
{
	int64_t wait = at - now_us();
	struct timeval time;

	if (wait < 0)
		wait = 0;
	time.tv_sec = wait / 1000000;
	time.tv_usec = wait % 1000000;
	if (event_add(load->timer, &time) != 0)
		errx(1, "event_add");
}

static void
on_time(evutil_socket_t descriptor, short what, void *argument)
{
	struct load *load = argument;
	int64_t now = now_us();

	(void)descriptor;
	(void)what;
	while (load->due_count < load->all &&
		due_of(load, load->due_count) <= now)
		load->due_count++;
	send_due(load);
	if (load->due_count < load->all) {
		set_timer(load, due_of(load, load->due_count));
	} else if (now > due_of(load, load->all) + PATIENCE_US) {
		load->lost = load->all - load->answered;
		event_base_loopbreak(load->base);
	} else {
		set_timer(load, due_of(load, load->all) + PATIENCE_US + 1000);
	}
}

static void
on_input_end(evutil_socket_t descriptor, short what, void *argument)
{
	struct load *load = argument;
	char unused[64];

	(void)what;
	if (read((int)descriptor, unused, sizeof(unused)) <= 0)
		event_base_loopbreak(load->base);
}

static int
compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

static double
percentile(const struct load *load, double part)
{
	size_t index = (size_t)(part * (double)load->answered);

	if (load->answered == 0)
		return 0;
	if (index >= load->answered)
		index = load->answered - 1;
	return (double)load->latencies[index] / 1000.0;
}

static void
print_latencies(struct load *load)
{
	qsort(load->latencies, load->answered, sizeof(*load->latencies),
		compare);
	printf("{\"answered\": %zu, \"refused\": %zu, \"lost\": %zu, "
	       "\"p50_ms\": %.3f, \"p90_ms\": %.3f, \"p99_ms\": %.3f, "
	       "\"max_ms\": %.3f}\n",
		load->answered, load->refused, load->lost,
		percentile(load, 0.5), percentile(load, 0.9),
		percentile(load, 0.99), percentile(load, 1.0));
}

static void
run_rate(struct load *load)
{
	load->all = (size_t)(load->rate * load->seconds);
	load->latencies = calloc(load->all, sizeof(*load->latencies));
	if (load->latencies == NULL)
		err(1, "latencies");
	for (long i = 0; i < load->wanted; i++) {
		connect_one(&load->connections[i]);
		TAILQ_INSERT_TAIL(&load->idle, &load->connections[i], next);
	}
	load->timer = evtimer_new(load->base, on_time, load);
	/* Time for the connections to be opened. */
	load->begin = now_us() + 100000;
	set_timer(load, load->begin);
	event_base_dispatch(load->base);
	print_latencies(load);
	event_free(load->timer);
}

static void
run_hold(struct load *load)
{
	struct event *input = event_new(load->base, STDIN_FILENO,
		EV_READ | EV_PERSIST, on_input_end, load);

	if (input == NULL || event_add(input, NULL) != 0)
		errx(1, "standard input cannot be waited for");
	for (long i = 0; i < load->wanted && i < OPENING_MOST; i++)
		connect_one(&load->connections[load->opened++]);
	event_base_dispatch(load->base);
	printf("{\"lost\": %zu}\n", load->lost);
	event_free(input);
}

static void
make_base(struct load *load)
{
	struct event_config *config = event_config_new();
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Microseconds where epoll alone has milliseconds; a pipe is no file
	 * for epoll only when it is one. */
	if (config == NULL || event_config_set_flag(config,
				      EVENT_BASE_FLAG_PRECISE_TIMER) != 0)
		errx(1, "libevent");
	load->base = event_base_new_with_config(config);
	if (load->base == NULL)
		errx(1, "libevent");
	event_config_free(config);
}

static long
number(const char *text, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || value < 1 || value > most)
		errx(2, "%s: not a number from 1 to %ld", text, most);
	return value;
}

static void
read_arguments(struct load *load, int argc, char **argv)
{
	static const struct option options[] = {
		{"port", required_argument, NULL, 'p'},
		{"requests", required_argument, NULL, 'q'},
		{"connections", required_argument, NULL, 'c'},
		{"sources", required_argument, NULL, 's'},
		{"rate", required_argument, NULL, 'r'},
		{"seconds", required_argument, NULL, 't'},
		{"tls", no_argument, NULL, 'T'},
		{NULL, 0, NULL, 0},
	};
	int option;

	if (argc < 2 ||
		(strcmp(argv[1], "rate") != 0 && strcmp(argv[1], "hold") != 0))
		errx(2, "usage: openloop rate|hold --port N --requests FILE …");
	load->hold = argv[1][0] == 'h';
	while ((option = getopt_long(argc - 1, argv + 1, "", options, NULL)) !=
		-1) {
		if (option == 'p')
			load->port = number(optarg, 65535);
		else if (option == 'q')
			requests_read(optarg, &load->requests);
		else if (option == 'c')
			load->wanted = number(optarg, 1000000);
		else if (option == 's')
			load->sources = number(optarg, 1000);
		else if (option == 'r')
			load->rate = number(optarg, 1000000);
		else if (option == 't')
			load->seconds = number(optarg, 3600);
		else if (option == 'T')
			load->tls = SSL_CTX_new(TLS_client_method());
		else
			exit(2);
	}
	if (load->port == 0 || load->requests.count == 0)
		errx(2, "--port and --requests are needed");
}

int
main(int argc, char **argv)
{
	struct load load = {
		.wanted = 32, .sources = 1, .rate = 100, .seconds = 10};

	read_arguments(&load, argc, argv);
	signal(SIGPIPE, SIG_IGN);
	make_base(&load);
	TAILQ_INIT(&load.idle);
	load.connections =
		calloc((size_t)load.wanted, sizeof(*load.connections));
	if (load.connections == NULL)
		err(1, "connections");
	for (long i = 0; i < load.wanted; i++) {
		load.connections[i].load = &load;
		load.connections[i].number = (unsigned)i;
	}
	if (load.hold)
		run_hold(&load);
	else
		run_rate(&load);
	/* The kernel closes the connections. */
	free(load.latencies);
	requests_free(&load.requests);
	return fflush(stdout) == 0 ? 0 : 1;
}

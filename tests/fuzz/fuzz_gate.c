/*
 * The gate as a visitor meets it: the real server reads the bytes off a socket,
 * with and without a PROXY line, whole and in pieces. What it let pass is
 * compared with a second, plain reading of the same bytes: no request begins
 * anywhere but behind the one before it, no body is longer or shorter than it
 * says, and pieces make no difference. The answers are read strictly, too.
 *
 * The first byte chooses the peer and the size of the pieces.
 */
#include <ctype.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/connection.h"
#include "http/proxy.h"
#include "http/reply.h"
#include "http/service.h"
#include "loop/loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define FLAG_PROXY     1 /* the peer must send a PROXY line */
#define FLAG_UNTRUSTED 2 /* the peer is no proxy of ours */

#define REQUESTS 512
#define HOUR	 (INT64_C(3600) * CLOCK_SECOND)

/* One request as a side saw it. */
struct seen {
	unsigned index; /* of the connection's requests */
	enum method method;
	bool head, handled;
	char query[256];
	size_t length;
	uint8_t body[256];
};

struct run {
	struct seen requests[REQUESTS];
	size_t count;
	bool many; /* more than were noted */
	bool cut;  /* not everything could be sent */
	char *answers;
	size_t length;
	uint64_t answered;
};

static struct run *running;
static struct server *server;
static struct loop *loop;
static uint64_t answered_before;
static unsigned flags;

static void
fail(const char *why)
{
	fprintf(stderr, "gate: %s\n", why);
	abort();
}

static struct seen *
note(const struct request *request)
{
	struct seen *seen;

	if (running->count == REQUESTS) {
		running->many = true;
		return NULL;
	}
	seen = &running->requests[running->count++];
	*seen = (struct seen){
		.index = (unsigned)(server->counts.answered - answered_before),
		.method = request->method,
		.head = request->head,
	};
	snprintf(seen->query, sizeof(seen->query), "%s", request->query);
	return seen;
}

static int
admit(struct request *request)
{
	if (!network_is_address(request->peer))
		fail("a visitor without an address");
	if ((flags & FLAG_UNTRUSTED) != 0 &&
		strcmp(request->peer, "192.0.2.7") != 0)
		fail("anybody says who they are");
	if ((flags & FLAG_UNTRUSTED) != 0 && request->secure)
		fail("anybody says that they come over TLS");
	note(request);
	if (strcmp(request->query, "no") == 0)
		return reply_error(request, 403, "No", NULL) + 1;
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

static void
note_body(const void *data, size_t length)
{
	struct seen *seen = &running->requests[running->count - 1];
	size_t room = sizeof(seen->body) - seen->length;

	if (length > room)
		fail("more of a body than its route takes");
	memcpy(seen->body + seen->length, data, length);
	seen->length += length;
}

static int
take(struct request *request, const void *data, size_t length)
{
	(void)request;
	if (length > 0)
		note_body(data, length);
	return 0;
}

static int
handle(struct request *request)
{
	struct seen *seen = &running->requests[running->count - 1];

	if (running->many)
		return reply_empty(request);
	if (!(request->route->flags & ROUTE_STREAMS))
		note_body(request->body.data, request->body.length);
	seen->handled = true;
	reply_etag(request, "tag");
	return reply_bytes(
		request, 200, "text/plain", seen->body, seen->length);
}

static const struct route rows[] = {
	{METHOD_GET, "/", "home", 0, RATE_PAGE, 0, 0, handle, NULL},
	{METHOD_POST, "/", "send", 0, RATE_WRITE, 0, 200, handle, NULL},
	{METHOD_PUT, "/", "put", 0, RATE_WRITE, ROUTE_API, 200, handle, NULL},
	{METHOD_POST, "/stream", "stream", 0, RATE_WRITE, ROUTE_STREAMS, 200,
		handle, take},
	{METHOD_GET, "/t/{id:uuid}", "thing", 0, RATE_PAGE, 0, 0, handle, NULL},
};

static struct network trusted[1];
static struct server_options options = {
	.connections = 4,
	.per_address = 4,
	.header_time = HOUR,
	.request_time = HOUR,
	.idle_time = HOUR,
	.trusted = trusted,
	.trusted_count = 1,
};

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct service service = {
		.admit = admit,
		.check = check,
		.failed = failed,
		.leave = leave,
	};
	const struct route *table[COUNT_OF(rows)];

	(void)argc;
	(void)argv;
	log_open("fuzz", LOG_USER, LOG_EMERG, true);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		table[i] = &rows[i];
	service.routes = route_table_new(table, COUNT_OF(rows));
	if (network_parse("10.0.0.0/8", trusted) < 0)
		abort();
	signal(SIGPIPE, SIG_IGN); /* as every process of ours */
	loop = loop_new();
	server = server_new(loop, &service, &options);
	return 0;
}

/* Until nothing happens any more. */
static void
pump(void)
{
	uint64_t before = UINT64_MAX;

	for (unsigned quiet = 0; quiet < 4;) {
		uint64_t now = server->counts.answered * 1000 +
			       running->count * 10 + server->counts.connections;

		event_base_loop(loop_events(loop), EVLOOP_NONBLOCK);
		quiet = now == before ? quiet + 1 : 0;
		before = now;
	}
}

static void
read_answers(int descriptor)
{
	char piece[65536];
	ssize_t length;

	while ((length = recv(descriptor, piece, sizeof(piece), MSG_DONTWAIT)) >
		0) {
		running->answers = realloc(
			running->answers, running->length + (size_t)length + 1);
		memcpy(running->answers + running->length, piece,
			(size_t)length);
		running->length += (size_t)length;
		running->answers[running->length] = '\0';
	}
}

static void
run_once(struct run *run, const uint8_t *data, size_t size, size_t piece)
{
	int ends[2];

	running = run;
	answered_before = server->counts.answered;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	const char *peer =
		(flags & FLAG_UNTRUSTED) != 0 ? "192.0.2.7" : "10.0.0.1";
	char text[NETWORK_TEXT_SIZE] = {0}, group[NETWORK_TEXT_SIZE];
	struct listener listener = {.server = server};
	snprintf(text, sizeof(text), "%s", peer);
	if (!server_admits(server, text, group))
		fail("a connection was not given back");
	http_connection_new(&listener, ends[0], text, group);
	for (size_t done = 0; done < size; done += piece) {
		size_t length = size - done < piece ? size - done : piece;

		/* Who was refused is gone; but each piece that is not read yet
		 * takes a kernel buffer of its own, and a PROXY header is left
		 * there until it is whole. */
		if (send(ends[1], data + done, length, MSG_NOSIGNAL) < 0) {
			run->cut = errno == EAGAIN;
			break;
		}
		pump();
		read_answers(ends[1]);
	}
	run->answered = server->counts.answered - answered_before;
	close(ends[1]);
	for (unsigned i = 0; server->counts.connections > 0; i++) {
		if (i == 1000)
			fail("a connection is not closed");
		event_base_loop(loop_events(loop), EVLOOP_NONBLOCK);
	}
}

/* The second reading: plain, and stricter than any parser need be. */
struct plain {
	const char *next, *end;
};

static bool
take_line(struct plain *plain, const char **line, size_t *length)
{
	const char *stop = memmem(
		plain->next, (size_t)(plain->end - plain->next), "\r\n", 2);

	if (stop == NULL)
		return false;
	*line = plain->next;
	*length = (size_t)(stop - plain->next);
	plain->next = stop + 2;
	return memchr(*line, '\n', *length) == NULL &&
	       memchr(*line, '\r', *length) == NULL;
}

static bool
take_bytes(struct plain *plain, size_t length, struct seen *seen)
{
	if ((size_t)(plain->end - plain->next) < length ||
		length > sizeof(seen->body) - seen->length)
		return false;
	memcpy(seen->body + seen->length, plain->next, length);
	seen->length += length;
	plain->next += length;
	return true;
}

static bool
take_chunks(struct plain *plain, struct seen *seen)
{
	const char *line;
	size_t length, size;

	do {
		size_t digits = 0;

		if (!take_line(plain, &line, &length))
			return false;
		for (size = 0; digits < length &&
			       isxdigit((unsigned char)line[digits]);
			digits++) {
			char digit[2] = {line[digits], '\0'};
			size = (size << 4) + strtoul(digit, NULL, 16);
			if (size > 4096)
				return false;
		}
		if (digits == 0 || (digits < length && line[digits] != ';' &&
					   line[digits] != ' '))
			return false;
		if (size > 0 && (!take_bytes(plain, size, seen) ||
					plain->end - plain->next < 2 ||
					memcmp(plain->next, "\r\n", 2) != 0))
			return false;
		if (size > 0)
			plain->next += 2;
	} while (size > 0);
	do /* trailers */
		if (!take_line(plain, &line, &length))
			return false;
	while (length > 0);
	return true;
}

static const char *const method_words[] = {
	"GET ", "POST ", "PUT ", "PATCH ", "DELETE "};

static bool
take_first_line(struct plain *plain, struct seen *seen)
{
	const char *line, *question;
	size_t length, word;

	if (!take_line(plain, &line, &length) || length < 14 ||
		memcmp(line + length - 9, " HTTP/1.", 8) != 0)
		return false;
	seen->head = strncmp(line, "HEAD ", 5) == 0;
	word = seen->head ? 5 : strlen(method_words[seen->method]);
	if (!seen->head && strncmp(line, method_words[seen->method], word) != 0)
		return false;
	line += word;
	length -= word + 9;
	question = memchr(line, '?', length);
	if (question != NULL)
		snprintf(seen->query, sizeof(seen->query), "%.*s",
			(int)(line + length - question - 1), question + 1);
	return memchr(line, ' ', length) == NULL;
}

static bool
is_field(const char *line, size_t length, const char *name)
{
	return length > strlen(name) &&
	       strncasecmp(line, name, strlen(name)) == 0;
}

/* The request of this method at the reader's place; its body, too, unless
 * `head_only`. */
static bool
take_request(
	struct plain *plain, struct seen *seen, bool *has_body, bool head_only)
{
	const char *line;
	size_t length, body = 0, lengths = 0, codings = 0, hosts = 0;

	if (!take_first_line(plain, seen))
		return false;
	while (take_line(plain, &line, &length)) {
		if (length == 0)
			break;
		if (line[0] == ' ' || line[0] == '\t')
			return false;
		hosts += is_field(line, length, "host:");
		codings += is_field(line, length, "transfer-encoding:");
		if (is_field(line, length, "content-length:")) {
			lengths++;
			body = strtoul(line + 15, NULL, 10);
		}
	}
	*has_body = codings > 0 || body > 0;
	if (plain->next[-1] != '\n' || hosts != 1 || lengths + codings > 1)
		return false;
	if (head_only)
		return true;
	return codings > 0 ? take_chunks(plain, seen)
			   : take_bytes(plain, body, seen);
}

static void
compare(const struct seen *real, const struct seen *plain)
{
	if (real->head != plain->head || strcmp(real->query, plain->query) != 0)
		fail("another request was read than was sent");
	if (real->handled &&
		(real->length != plain->length ||
			memcmp(real->body, plain->body, real->length) != 0))
		fail("another body was read than was sent");
}

/* What was admitted stands one behind the other in what was sent. */
static void
check_requests(const struct run *run, const char *data, size_t size)
{
	struct plain plain = {data, data + size};
	unsigned index = 0;
	bool has_body = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct seen *real = &run->requests[i];

		if (has_body)
			fail("a request was read out of another's body");
		for (; index <= real->index; index++) {
			/* Those between were answered at once (ACME): GET. */
			struct seen seen = {.method = index == real->index
							      ? real->method
							      : METHOD_GET};
			bool head_only = index == real->index && !real->handled;

			if (!take_request(&plain, &seen, &has_body, head_only))
				fail("what is no request was let in");
			if (index == real->index)
				compare(real, &seen);
		}
		has_body = has_body && !real->handled;
	}
}

/* Status line, known headers, as many bytes as they say. */
static size_t
take_answer(const char *text, bool head, bool *ret_last)
{
	static const char *const names[] = {"Date", "Content-Type",
		"Content-Length", "Cache-Control", "ETag", "Allow",
		"Content-Security-Policy", "X-Content-Type-Options",
		"X-Frame-Options", "Referrer-Policy",
		"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
		"Permissions-Policy", "Connection",
		"Strict-Transport-Security"};
	const char *line = text;
	size_t length = 0;

	if (strncmp(line, "HTTP/1.1 100 Continue\r\n\r\n", 25) == 0)
		return 25;
	if (strncmp(line, "HTTP/1.1 ", 9) != 0 ||
		strspn(line + 9, "0123456789") != 3)
		fail("an answer without a status");
	for (line = strstr(line, "\r\n") + 2; strncmp(line, "\r\n", 2) != 0;
		line = strstr(line, "\r\n") + 2) {
		size_t known = 0;

		while (known < COUNT_OF(names) &&
			!is_field(line, strcspn(line, "\r"), names[known]))
			known++;
		if (known == COUNT_OF(names))
			fail("an answer with a header of the visitor's");
		if (strncmp(line, "Content-Length: ", 16) == 0)
			length = strtoul(line + 16, NULL, 10);
		*ret_last |= strncmp(line, "Connection: close", 17) == 0;
	}
	return (size_t)(line + 2 - text) + (head ? 0 : length);
}

static bool
is_head(const struct run *run, unsigned index)
{
	for (size_t i = 0; i < run->count; i++)
		if (run->requests[i].index == index)
			return run->requests[i].head;
	return false;
}

static void
check_answers(const struct run *run)
{
	size_t done = 0;
	unsigned index = 0;
	bool last = false;

	while (done < run->length) {
		const char *answer = run->answers + done;

		if (last)
			fail("an answer after the last");
		done += take_answer(answer, is_head(run, index), &last);
		if (done > run->length)
			fail("an answer that ends early");
		index += strncmp(answer, "HTTP/1.1 100", 12) != 0;
	}
}

static void
check_same(const struct run *whole, const struct run *pieces)
{
	if (whole->count != pieces->count)
		fail("pieces make other requests");
	for (size_t i = 0; i < whole->count; i++) {
		const struct seen *one = &whole->requests[i];
		const struct seen *other = &pieces->requests[i];

		if (one->handled != other->handled ||
			one->index != other->index)
			fail("pieces make another request");
		/* Of a streamed body that breaks off, pieces give more. */
		if (one->handled && (one->length != other->length ||
					    memcmp(one->body, other->body,
						    one->length) != 0))
			fail("pieces make another body");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run whole, pieces;
	char visitor[NETWORK_TEXT_SIZE] = "";
	int proxy = 0;

	if (size < 2)
		return 0;
	flags = data[0] & 3;
	options.proxy_protocol = (flags & FLAG_PROXY) != 0;
	whole.count = pieces.count = 0;
	whole.length = pieces.length = 0;
	whole.many = pieces.many = false;
	whole.cut = pieces.cut = false;
	run_once(&whole, data + 1, size - 1, size);
	run_once(&pieces, data + 1, size - 1, 1 + (data[0] >> 2));
	if (flags == FLAG_PROXY) {
		proxy = proxy_read(data + 1, size - 1, visitor);
		if (proxy <= 0 && whole.count > 0)
			fail("a proxy without its line was let in");
	}
	if (!whole.many && proxy >= 0) {
		if (!whole.cut && !pieces.cut)
			check_same(&whole, &pieces);
		check_requests(&whole, (const char *)data + 1 + proxy,
			size - 1 - (size_t)proxy);
	}
	/* HEAD that was answered at once is not noted: its answer's length
	 * cannot be known. */
	if (memmem(data, size, "HEAD", 4) == NULL) {
		check_answers(&whole);
		check_answers(&pieces);
	}
	return 0;
}

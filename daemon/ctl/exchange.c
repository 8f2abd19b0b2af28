#include "ctl/exchange.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <http_parser.h>

/* A job's answer waits for 20 s, an apply of a thousand files works longer. */
#define TIME_LIMIT_SECONDS 600

/* The answer while it is read. */
struct reading {
	struct exchange *exchange;
	bool whole;
};

static int
open_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval limit = {.tv_sec = TIME_LIMIT_SECONDS};
	int descriptor, number;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor < 0)
		return -1;
	if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit,
		    sizeof(limit)) == 0 &&
		setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit,
			sizeof(limit)) == 0 &&
		connect(descriptor, (const struct sockaddr *)&address,
			sizeof(address)) == 0)
		return descriptor;
	number = errno;
	close(descriptor);
	errno = number;
	return -1;
}

static int
send_all(int descriptor, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(descriptor, bytes, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		bytes += sent;
		length -= (size_t)sent;
	}
	return 0;
}

static int
send_question(int descriptor, const struct exchange *exchange)
{
	const char *body = exchange->body == NULL ? "" : exchange->body;
	char head[1400];
	int length = snprintf(head, sizeof(head),
		"%s %s HTTP/1.1\r\n"
		"Host: missiond\r\n"
		"Content-Type: application/json\r\n"
		"Content-Length: %zu\r\n"
		"Connection: close\r\n"
		"\r\n",
		exchange->method, exchange->target, strlen(body));

	if (length < 0 || (size_t)length >= sizeof(head)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return send_all(descriptor, head, (size_t)length) < 0
		       ? -1
		       : send_all(descriptor, body, strlen(body));
}

static int
take_body(http_parser *parser, const char *bytes, size_t length)
{
	const struct reading *reading = parser->data;

	return answer_add(&reading->exchange->answer, bytes, length);
}

static int
end_of_answer(http_parser *parser)
{
	struct reading *reading = parser->data;

	reading->exchange->status = parser->status_code;
	reading->whole = true;
	return 0;
}

static enum exchange_end
read_answer(int descriptor, struct exchange *exchange)
{
	static const http_parser_settings settings = {
		.on_body = take_body,
		.on_message_complete = end_of_answer,
	};
	struct reading reading = {.exchange = exchange};
	http_parser parser;
	char bytes[16384];
	size_t taken;

	http_parser_init(&parser, HTTP_RESPONSE);
	parser.data = &reading;
	while (!reading.whole) {
		ssize_t got = recv(descriptor, bytes, sizeof(bytes), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? EXCHANGE_LATE : EXCHANGE_CUT;
		/* 0 bytes tell the parser of the end. */
		taken = http_parser_execute(
			&parser, &settings, bytes, (size_t)got);
		if (!reading.whole && (got == 0 || taken != (size_t)got))
			return EXCHANGE_CUT;
	}
	return EXCHANGE_DONE;
}

enum exchange_end
exchange_make(struct exchange *exchange)
{
	int descriptor = open_socket(exchange->socket);
	enum exchange_end end;

	if (descriptor < 0)
		return EXCHANGE_REFUSED;
	/* Who refuses a body may have answered before it was sent. */
	if (send_question(descriptor, exchange) < 0 && errno != EPIPE &&
		errno != ECONNRESET)
		end = errno == EAGAIN ? EXCHANGE_LATE : EXCHANGE_CUT;
	else
		end = read_answer(descriptor, exchange);
	close(descriptor);
	return end;
}

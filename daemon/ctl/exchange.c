#include "ctl/exchange.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
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

/* Both parts at once, so that missiond is woken once for a question. */
static int
send_both(int descriptor, struct iovec parts[2])
{
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	while (message.msg_iovlen > 0) {
		struct iovec *part = message.msg_iov;
		ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
		size_t left = (size_t)sent;

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		while (message.msg_iovlen > 0 && left >= part->iov_len) {
			left -= part->iov_len;
			message.msg_iov = ++part;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen > 0) {
			part->iov_base = (char *)part->iov_base + left;
			part->iov_len -= left;
		}
	}
	return 0;
}

static int
send_question(int descriptor, const struct exchange *exchange)
{
	const char *body = exchange->body == NULL ? "" : exchange->body;
	char head[1400];
	struct iovec parts[2];
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
	parts[0] = (struct iovec){head, (size_t)length};
	parts[1] = (struct iovec){(char *)(uintptr_t)body, strlen(body)};
	return send_both(descriptor, parts);
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

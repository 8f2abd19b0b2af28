/*
 * The edge as a visitor meets it: a real server on loopback in this process, a
 * client on raw sockets in another. Each row of the table is sent byte by byte
 * as it stands; the answer's status is checked, and that the connection closes
 * where it must, so that nothing after the request is ever read as a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "edge_site.h"

#define HOST "Host: known\r\n"

/* Refused: the status, one answer, then the end. Behind each stands a whole
 * request that must never be answered. */
static const struct {
	const char *what;
	const char *request;
	int status;
} refused[] = {
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
	{"two Hosts", "GET / HTTP/1.1\r\n" HOST "Host: other\r\n\r\n", 400},
	{"two equal Hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400},
	{"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
	{"Host with a path", "GET / HTTP/1.1\r\nHost: known/x\r\n\r\n", 400},
	{"Host with user", "GET / HTTP/1.1\r\nHost: a@known\r\n\r\n", 400},
	{"Host with bad port", "GET / HTTP/1.1\r\nHost: known:x\r\n\r\n", 400},
	{"HTTP/0.9", "GET /\r\n\r\n", 400},
	{"HTTP/2.0", "GET / HTTP/2.0\r\n" HOST "\r\n", 505},
	{"HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505},
	{"lower-case version", "GET / http/1.1\r\n" HOST "\r\n", 400},
	{"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	{"unknown method", "BREW / HTTP/1.1\r\n" HOST "\r\n", 501},
	{"TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", 501},
	{"CONNECT", "CONNECT known:80 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
	{"tab for a space", "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400},
	{"space at the end", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
	{"relative target", "GET x HTTP/1.1\r\n" HOST "\r\n", 400},
	{"asterisk", "GET * HTTP/1.1\r\n" HOST "\r\n", 400},
	{"fragment", "GET /#x HTTP/1.1\r\n" HOST "\r\n", 400},
	{"absolute, other host", "GET http://other/ HTTP/1.1\r\n" HOST "\r\n",
		400},
	{"absolute, longer host",
		"GET http://known.other/ HTTP/1.1\r\n" HOST "\r\n", 400},
	{"absolute, other scheme", "GET ftp://known/ HTTP/1.1\r\n" HOST "\r\n",
		400},
	{"percent NUL", "GET /%00 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"percent line feed", "GET /a%0Ab HTTP/1.1\r\n" HOST "\r\n", 400},
	{"half an escape", "GET /%4 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"no hexadecimal", "GET /%zz HTTP/1.1\r\n" HOST "\r\n", 400},
	{"escaped slash", "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n", 400},
	{"dot segment", "GET /../etc HTTP/1.1\r\n" HOST "\r\n", 400},
	{"escaped dot segment", "GET /%2e%2e/x HTTP/1.1\r\n" HOST "\r\n", 400},
	{"no UTF-8", "GET /%ff HTTP/1.1\r\n" HOST "\r\n", 400},
	{"raw byte in target", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"space before colon", "GET / HTTP/1.1\r\nHost : known\r\n\r\n", 400},
	{"space before colon of a length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\n",
		400},
	{"folded header", "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400},
	{"bare line feed", "GET / HTTP/1.1\n" HOST "\r\n", 400},
	{"bare line feed in headers", "GET / HTTP/1.1\r\nHost: known\n\r\n",
		400},
	{"bare line feed at the end", "GET / HTTP/1.1\r\n" HOST "\n", 400},
	{"carriage return in a value",
		"GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", 400},
	{"control byte", "GET / HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n", 400},
	{"DEL", "GET / HTTP/1.1\r\n" HOST "A: b\x7f\r\n\r\n", 400},
	{"no header name", "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", 400},
	{"no colon", "GET / HTTP/1.1\r\n" HOST "Abc\r\n\r\n", 400},
	{"bracket in a name", "GET / HTTP/1.1\r\n" HOST "A[]: b\r\n\r\n", 400},
	{"two lengths",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		400},
	{"two equal lengths",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		400},
	{"list of lengths",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 3, 3\r\n\r\nabc",
		400},
	{"signed length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc",
		400},
	{"negative length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc",
		400},
	{"hexadecimal length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc",
		400},
	{"empty length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", 400},
	{"endless length",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 99999999999999999999\r\n\r\n",
		400},
	{"length and chunks",
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
		"0\r\n\r\n",
		400},
	{"chunks and length",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
		"0\r\n\r\n",
		400},
	{"two codings",
		"POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		400},
	{"other coding",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		501},
	{"disguised coding",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
		501},
	{"chunk size with a sign",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
		400},
	{"chunk size with 0x",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n",
		400},
	{"chunk longer than its size",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
		400},
	{"too large by its length",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 101\r\n\r\n",
		413},
	{"body where none belongs",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 413},
	{"chunked in HTTP/1.0",
		"POST /echo HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n"
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		400},
	{"unknown expectation", "GET / HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n",
		417},
	{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
};

static void
refuses_what_is_ambiguous(void **state)
{
	static const char second[] =
		"GET /things/00000000000000000000000001 HTTP/1.1\r\n" HOST
		"\r\n";
	char data[1024], answer[8192], status[32];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		int length = snprintf(
			data, sizeof(data), "%s%s", refused[i].request, second);
		bool closed =
			edge_talk(data, (size_t)length, answer, sizeof(answer));

		snprintf(status, sizeof(status), "HTTP/1.1 %d ",
			refused[i].status);
		if (!closed || strncmp(answer, status, strlen(status)) != 0 ||
			edge_count(answer, "HTTP/1.1 ") != 1 ||
			edge_count(answer, "<!DOCTYPE html>") != 1 ||
			edge_count(answer, ", name the request 0") != 1 ||
			strstr(answer, "Connection: close\r\n") == NULL)
			fail_msg("%s: expected %d and the end (%d), got:\n%s",
				refused[i].what, refused[i].status, closed,
				answer);
	}
}

static void
expect(const char *request, const char *status, const char *part)
{
	char answer[8192];

	edge_talk(request, strlen(request), answer, sizeof(answer));
	if (strncmp(answer + 9, status, 3) != 0 || strstr(answer, part) == NULL)
		fail_msg("expected %s with \"%s\", got:\n%s", status, part,
			answer);
}

/* The same meant for the API, as far as can be told. */
static const struct {
	const char *what;
	const char *request;
	int status;
	const char *type;
} api_refused[] = {
	{"OPTIONS", "OPTIONS /api/v1/x HTTP/1.1\r\n" HOST "\r\n", 501,
		"not-implemented"},
	{"TRACE", "TRACE /api/v1/x HTTP/1.1\r\n" HOST "\r\n", 501,
		"not-implemented"},
	{"unknown method", "BREW /api/v1/x HTTP/1.1\r\n" HOST "\r\n", 501,
		"not-implemented"},
	{"absolute target",
		"OPTIONS http://known/api/v1/x HTTP/1.1\r\n" HOST "\r\n", 501,
		"not-implemented"},
	{"no Host", "GET /api/v1/x HTTP/1.1\r\n\r\n", 400, "malformed"},
	{"HTTP/0.9", "GET /api/v1/x\r\n\r\n", 400, "malformed"},
	{"two spaces", "GET  /api/v1/x HTTP/1.1\r\n" HOST "\r\n", 400,
		"malformed"},
	{"folded header",
		"GET /api/v1/x HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", 400,
		"malformed"},
	{"bare line feed", "GET /api/v1/x HTTP/1.1\n" HOST "\r\n", 400,
		"malformed"},
	{"half an escape", "GET /api/v1/%4 HTTP/1.1\r\n" HOST "\r\n", 400,
		"malformed"},
	{"two lengths",
		"POST /api/v1/x HTTP/1.1\r\n" HOST
		"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		400, "malformed"},
	{"unknown expectation",
		"GET /api/v1/x HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", 417,
		"unknown-expectation"},
	{"HTTP/2.0", "GET /api/v1/x HTTP/2.0\r\n" HOST "\r\n", 505,
		"unknown-version"},
};

static void
answers_programs_with_problems(void **state)
{
	char answer[8192], status[32], type[100];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(api_refused); i++) {
		const char *request = api_refused[i].request;

		snprintf(status, sizeof(status), "HTTP/1.1 %d ",
			api_refused[i].status);
		snprintf(type, sizeof(type),
			"{\"type\":\"urn:missiond:problem:%s\"",
			api_refused[i].type);
		if (!edge_talk(
			    request, strlen(request), answer, sizeof(answer)) ||
			strncmp(answer, status, strlen(status)) != 0 ||
			strstr(answer,
				"\r\nContent-Type: "
				"application/problem+json\r\n") == NULL ||
			strstr(answer, type) == NULL ||
			strstr(answer, "\"instance\":\"urn:request:0") ==
				NULL ||
			strstr(answer, "Connection: close\r\n") == NULL)
			fail_msg("%s: expected %d, %s, got:\n%s",
				api_refused[i].what, api_refused[i].status,
				api_refused[i].type, answer);
	}
	/* What only looks like the API is a page. */
	expect("BREW /apiary HTTP/1.1\r\n" HOST "\r\n", "501",
		"<!DOCTYPE html>");
	expect("BREW /x?/api/v1/ HTTP/1.1\r\n" HOST "\r\n", "501",
		"<!DOCTYPE html>");
}

static void
refuses_long_heads(void **state)
{
	size_t size = 40000;
	char *data = malloc(size), answer[8192];
	int length;

	(void)state;
	assert_non_null(data);
	length = snprintf(
		data, size, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", 5000, 0);
	assert_true(edge_talk(data, (size_t)length, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 414 "), answer);
	length = snprintf(data, size, "GET /api/v1/%0*d", 20000, 0);
	assert_true(edge_talk(data, (size_t)length, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 414 "), answer);
	assert_non_null(strstr(answer, "problem:target-too-long"));
	length = snprintf(data, size,
		"GET / HTTP/1.1\r\n" HOST "A: %0*d\r\n\r\n", 30000, 0);
	assert_true(edge_talk(data, (size_t)length, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 431 "), answer);
	length = snprintf(data, size, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 100; i++)
		length += snprintf(
			data + length, size - (size_t)length, "A%d: b\r\n", i);
	length += snprintf(data + length, size - (size_t)length, "\r\n");
	assert_true(edge_talk(data, (size_t)length, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 431 "), answer);
	free(data);
}

static void
answers_what_is_clear(void **state)
{
	(void)state;
	expect("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "200",
		"shown to known over http from 127.0.0.1");
	expect("GET http://known/ HTTP/1.1\r\n" HOST
	       "Connection: close\r\n\r\n",
		"200", "shown to known");
	expect("GET / HTTP/1.1\r\nHost: KNOWN.:8080\r\n"
	       "Connection: close\r\n\r\n",
		"200", "shown to known");
	expect("GET / HTTP/1.0\r\n" HOST "\r\n", "200", "shown");
	expect("GET / HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n",
		"421", ", name the request 0");
	expect("GET /nowhere HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"404", "There is nothing here");
	expect("GET /things/0000000000000000000000000! HTTP/1.1\r\n" HOST
	       "Connection: close\r\n\r\n",
		"404", "There is nothing here");
	expect("GET /echo HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "405",
		"Allow: POST\r\n");
	expect("GET /broken HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"503", "Away");
	expect("GET /api/v1/nowhere HTTP/1.1\r\n" HOST
	       "Connection: close\r\n\r\n",
		"404", "application/problem+json");
	expect("POST /echo HTTP/1.1\r\n" HOST
	       "Content-Length: 3\r\nConnection: close\r\n\r\nabc",
		"200", "\r\n\r\nabc");
	expect("POST /echo HTTP/1.1\r\n" HOST
	       "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
	       "2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: z\r\n\r\n",
		"200", "\r\n\r\nabc");
	expect("GET /.well-known/security.txt HTTP/1.1\r\n" HOST
	       "Connection: close\r\n\r\n",
		"200", "Contact: ");
	expect("GET / HTTP/1.1\r\n" HOST
	       "X-Forwarded-For: 192.0.2.9\r\nConnection: close\r\n\r\n",
		"200", "from 127.0.0.1");
}

/* A proxy that frames the chunks otherwise would see other requests. */
static void
refuses_chunks_that_are_framed_loosely(void **state)
{
	static const char *const bad[] = {
		"3\r\nabcXX0\r\n\r\n",
		"3\r\nabc\r\r0\r\n\r\n",
		"3\r\nabc\n\n0\r\n\r\n",
		"3 \r\nabc\r\n0\r\n\r\n",
		"3\t;x\r\nabc\r\n0\r\n\r\n",
		"3;x\ny\r\nabc\r\n0\r\n\r\n",
		"3;x\rzabc\r\n0\r\n\r\n",
		"3\nabc\r\n0\r\n\r\n",
		"3\r\nabc\r\n0\n\n",
		"3\r\nabc\r\n0\r\nTrailer: z\n\r\n",
		/* To the parser these are zeros. */
		"3\r\nabc\r\n\xd1\r\n\r\n",
		"\xff"
		"3\r\nabc\r\n0\r\n\r\n",
		"3\r\nabc\r\n0\r\nTrailer: \x01\r\n\r\n",
	};
	char data[512];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		snprintf(data, sizeof(data),
			"POST /echo HTTP/1.1\r\n" HOST
			"Transfer-Encoding: chunked\r\n\r\n%s",
			bad[i]);
		expect(data, "400", "");
	}
}

static void
sends_no_body_for_head_and_304(void **state)
{
	static const char head[] =
		"HEAD / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	static const char known[] =
		"GET / HTTP/1.1\r\n" HOST "If-None-Match: W/\"x\", \"tag\"\r\n"
		"Connection: close\r\n\r\n";
	char answer[8192];

	(void)state;
	edge_talk(head, strlen(head), answer, sizeof(answer));
	assert_non_null(strstr(answer, "Content-Length: 39"));
	assert_null(strstr(answer, "shown"));
	edge_talk(known, strlen(known), answer, sizeof(answer));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 304 "), answer);
	assert_null(strstr(answer, "shown"));
	assert_null(strstr(answer, "Content-Length"));
}

static void
answers_pipelined_requests_in_order(void **state)
{
	static const char data[] =
		"GET /slow HTTP/1.1\r\n" HOST "\r\n"
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nfirst"
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n6\r\nsecond\r\n0\r\n\r\n"
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	char answer[16384];
	const char *place = answer;

	(void)state;
	assert_true(edge_talk(data, strlen(data), answer, sizeof(answer)));
	assert_int_equal(edge_count(answer, "HTTP/1.1 200 "), 4);
	assert_non_null(place = strstr(place, "\r\n\r\nslow"));
	assert_non_null(place = strstr(place, "\r\n\r\nfirst"));
	assert_non_null(place = strstr(place, "\r\n\r\nsecond"));
	assert_non_null(strstr(place, "shown"));
}

static void
reads_bytes_as_they_come(void **state)
{
	static const char data[] =
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
		"3\r\nabc\r\n0\r\n\r\n";
	int client = edge_connect();
	char answer[8192];

	(void)state;
	for (size_t i = 0; i < strlen(data); i++) {
		edge_send(client, data + i, 1);
		usleep(500);
	}
	edge_receive(client, answer, sizeof(answer));
	close(client);
	assert_non_null(strstr(answer, "\r\n\r\nabc"));
}

static void
says_continue_before_the_body(void **state)
{
	static const char head[] =
		"POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 2\r\nExpect: 100-continue\r\n"
		"Connection: close\r\n\r\n";
	int client = edge_connect();
	char answer[8192];
	ssize_t got;

	(void)state;
	edge_send(client, head, strlen(head));
	got = recv(client, answer, sizeof(answer) - 1, 0);
	assert_true(got > 0);
	answer[got] = '\0';
	assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
	edge_send(client, "ok", 2);
	edge_receive(client, answer, sizeof(answer));
	close(client);
	assert_non_null(strstr(answer, "\r\n\r\nok"));
}

static void
refuses_chunks_beyond_the_limit(void **state)
{
	char data[1024], answer[8192];
	int length = snprintf(data, sizeof(data),
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n80\r\n%0128d\r\n0\r\n\r\n",
		0);

	(void)state;
	assert_true(edge_talk(data, (size_t)length, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 413 "), answer);
	assert_int_equal(edge_count(answer, "HTTP/1.1 "), 1);
}

static void
streams_large_bodies(void **state)
{
	static const char head[] =
		"POST /sum HTTP/1.1\r\n" HOST
		"Content-Length: 10485760\r\nConnection: close\r\n\r\n";
	size_t size = 10485760;
	char *body = calloc(1, size), answer[8192];
	int client = edge_connect();

	(void)state;
	assert_non_null(body);
	edge_send(client, head, strlen(head));
	edge_send(client, body, size);
	edge_receive(client, answer, sizeof(answer));
	close(client);
	free(body);
	assert_non_null(strstr(answer, "\r\n\r\n10485760"));
}

static void
ends_slow_heads_and_idle_connections(void **state)
{
	char answer[8192];
	int64_t began = clock_monotonic();

	(void)state;
	assert_true(edge_talk("GET / HT", 8, answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 408 "), answer);
	assert_true(edge_talk(
		"GET /api/v1/x HTTP/1.1\r\nHo", 26, answer, sizeof(answer)));
	assert_non_null(strstr(answer, "problem:too-slow"));
	assert_true(edge_talk("", 0, answer, sizeof(answer)));
	assert_string_equal(answer, "");
	/* libevent's clock may be some milliseconds early. */
	assert_true(clock_monotonic() - began >= 480000);
}

static void
ends_slow_bodies(void **state)
{
	static const char data[] =
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc";
	char answer[8192];

	(void)state;
	assert_true(edge_talk(data, strlen(data), answer, sizeof(answer)));
	assert_ptr_equal(strstr(answer, "HTTP/1.1 408 "), answer);
}

static void
survives_visitors_who_leave(void **state)
{
	static const char data[] = "GET /slow HTTP/1.1\r\n" HOST "\r\n";

	(void)state;
	for (int i = 0; i < 20; i++) {
		int client = edge_connect();

		edge_send(client, data, strlen(data));
		if (i % 2 == 0)
			usleep(20000);
		close(client);
	}
	expect("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "200",
		"shown");
}

static void
limits_connections_of_one_address(void **state)
{
	static const char request[] =
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	int64_t until = clock_monotonic() + CLOCK_MINUTE;
	char answer[8192], byte;
	int clients[45];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(clients); i++)
		clients[i] = edge_connect();
	/* They are accepted in order: those that come too late are closed. */
	for (size_t i = edge_options.per_address; i < COUNT_OF(clients); i++)
		assert_int_equal(recv(clients[i], &byte, 1, 0), 0);
	for (size_t i = 0; i < edge_options.per_address; i++)
		assert_int_equal(recv(clients[i], &byte, 1, MSG_DONTWAIT), -1);
	for (size_t i = 0; i < COUNT_OF(clients); i++)
		close(clients[i]);
	/* When the server has noticed, there is room again. */
	do
		edge_talk(request, strlen(request), answer, sizeof(answer));
	while (answer[0] == '\0' && clock_monotonic() < until);
	assert_non_null(strstr(answer, "shown"));
}

/* With a patience that ends. */
static int
start_impatient(void **state)
{
	edge_options.header_time = 500000;
	edge_options.request_time = 1000000;
	edge_options.idle_time = 600000;
	return edge_start(state);
}

static int
start_behind_proxy(void **state)
{
	edge_options.header_time = CLOCK_MINUTE;
	edge_options.request_time = CLOCK_MINUTE;
	edge_options.idle_time = CLOCK_MINUTE;
	edge_slow_until_drained = true;
	network_parse("127.0.0.0/8", &edge_trusted[0]);
	edge_options.trusted_count = 1;
	edge_options.proxy_protocol = true;
	return edge_start(state);
}

static void
believes_trusted_proxies(void **state)
{
	static const unsigned char v2[] = {'\r', '\n', '\r', '\n', 0, '\r',
		'\n', 'Q', 'U', 'I', 'T', '\n', 0x21, 0x11, 0, 12, 192, 0, 2,
		77, 127, 0, 0, 1, 0x10, 0, 0, 80};
	static const char request[] =
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	char data[512], answer[8192];

	(void)state;
	expect("PROXY TCP4 192.0.2.1 127.0.0.1 4000 80\r\n"
	       "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"200", "over http from 192.0.2.1");
	expect("PROXY TCP6 2001:db8::1 ::1 4000 80\r\n"
	       "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"200", "from 2001:db8::1");
	expect("PROXY UNKNOWN\r\n"
	       "GET / HTTP/1.1\r\n" HOST
	       "X-Forwarded-For: 198.51.100.7, 192.0.2.5, 127.0.0.1\r\n"
	       "X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
		"200", "over https from 192.0.2.5");
	/* What the visitor sent stands before what the proxy added. */
	expect("PROXY UNKNOWN\r\n"
	       "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: 198.51.100.7\r\n"
	       "X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.5\r\n"
	       "X-Forwarded-Proto: http\r\nConnection: close\r\n\r\n",
		"200", "over http from 192.0.2.5");
	/* A proxy that passes bytes on says who the visitor is in its PROXY
	 * line alone; the headers are the visitor's own. */
	expect("PROXY TCP4 192.0.2.1 127.0.0.1 4000 80\r\n"
	       "GET / HTTP/1.1\r\n" HOST "X-Forwarded-For: 203.0.113.99\r\n"
	       "X-Forwarded-Proto: https\r\nConnection: close\r\n\r\n",
		"200", "over http from 192.0.2.1");
	memcpy(data, v2, sizeof(v2));
	memcpy(data + sizeof(v2), request, strlen(request));
	edge_talk(data, sizeof(v2) + strlen(request), answer, sizeof(answer));
	assert_non_null(strstr(answer, "from 192.0.2.77"));
	/* Without the header, or with a broken one: not a word. */
	assert_true(
		edge_talk(request, strlen(request), answer, sizeof(answer)));
	assert_string_equal(answer, "");
	snprintf(data, sizeof(data), "PROXY TCP4 x y 1 2\r\n%s", request);
	assert_true(edge_talk(data, strlen(data), answer, sizeof(answer)));
	assert_string_equal(answer, "");
}

static void
finishes_requests_in_flight_when_stopping(void **state)
{
	static const char data[] =
		"PROXY UNKNOWN\r\nGET /slow HTTP/1.1\r\n" HOST "\r\n";
	unsigned before = edge_shared->slow_begun;
	char answer[8192];
	int client = edge_connect();

	(void)state;
	edge_send(client, data, strlen(data));
	while (edge_shared->slow_begun == before)
		usleep(1000);
	edge_tell_to_stop();
	assert_true(edge_receive(client, answer, sizeof(answer)));
	close(client);
	assert_non_null(strstr(answer, "\r\n\r\nslow"));
	assert_non_null(strstr(answer, "Connection: close\r\n"));
}

int
main(void)
{
	const struct CMUnitTest plain[] = {
		/* First: while nobody else is connected. */
		cmocka_unit_test(limits_connections_of_one_address),
		cmocka_unit_test(refuses_what_is_ambiguous),
		cmocka_unit_test(answers_programs_with_problems),
		cmocka_unit_test(refuses_long_heads),
		cmocka_unit_test(answers_what_is_clear),
		cmocka_unit_test(sends_no_body_for_head_and_304),
		cmocka_unit_test(refuses_chunks_that_are_framed_loosely),
		cmocka_unit_test(answers_pipelined_requests_in_order),
		cmocka_unit_test(reads_bytes_as_they_come),
		cmocka_unit_test(says_continue_before_the_body),
		cmocka_unit_test(refuses_chunks_beyond_the_limit),
		cmocka_unit_test(streams_large_bodies),
		cmocka_unit_test(survives_visitors_who_leave),
	};
	const struct CMUnitTest impatient[] = {
		cmocka_unit_test(ends_slow_heads_and_idle_connections),
		cmocka_unit_test(ends_slow_bodies),
	};
	const struct CMUnitTest proxied[] = {
		cmocka_unit_test(believes_trusted_proxies),
		cmocka_unit_test(finishes_requests_in_flight_when_stopping),
	};
	int failures;

	edge_share();
	failures = cmocka_run_group_tests(plain, edge_start, edge_stop);
	failures +=
		cmocka_run_group_tests(impatient, start_impatient, edge_stop);
	return failures +
	       cmocka_run_group_tests(proxied, start_behind_proxy, edge_stop);
}

/* Connections that became streams of events: how they begin, what is sent on
 * them, and all the ways in which they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "edge_site.h"
#include "http/event_stream.h"

#define HOST	"Host: known\r\n"
#define REQUEST "GET /events HTTP/1.1\r\n" HOST "\r\n"

/* Reads until the text was there. */
static void
expect(int client, const char *text, char *answer, size_t size)
{
	size_t length = 0;

	answer[0] = '\0';
	while (strstr(answer, text) == NULL) {
		ssize_t got =
			recv(client, answer + length, size - 1 - length, 0);

		if (got <= 0)
			fail_msg("no \"%s\" in %s", text, answer);
		length += (size_t)got;
		answer[length] = '\0';
	}
}

static int
open_stream(char *answer, size_t size)
{
	int client = edge_connect();

	edge_send(client, REQUEST, strlen(REQUEST));
	expect(client, "\r\n\r\nid: 1\n\n", answer, size);
	return client;
}

static void
wait_for_streams(unsigned count)
{
	int64_t limit = clock_monotonic() + CLOCK_MINUTE;

	while (edge_shared->streams != count) {
		assert_true(clock_monotonic() < limit);
		nanosleep(&(struct timespec){0, 1000000}, NULL);
	}
}

/* All that comes until the connection ends, without a beat or an event that
 * would show its end. */
static void
receive_all(int client, char *answer, size_t size)
{
	int64_t limit = clock_monotonic() + EVENT_STREAM_BEAT / 2;
	struct pollfd waiting = {client, POLLIN, 0};
	size_t length = 0;
	ssize_t got;

	do {
		int left = (int)((limit - clock_monotonic()) / 1000);

		assert_true(left > 0 && poll(&waiting, 1, left) == 1);
		got = recv(client, answer + length, size - 1 - length, 0);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	answer[length] = '\0';
}

static void
post(const char *path, const char *body)
{
	char request[8192], answer[8192];

	snprintf(request, sizeof(request),
		"POST %s HTTP/1.1\r\n" HOST
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
		path, strlen(body), body);
	assert_true(
		edge_talk(request, strlen(request), answer, sizeof(answer)));
	assert_non_null(strstr(answer, "204"));
}

static void
says_what_it_is_and_goes_on(void **state)
{
	char answer[8192];
	int client = open_stream(answer, sizeof(answer));

	(void)state;
	assert_non_null(strstr(answer, "HTTP/1.1 200 OK\r\n"));
	assert_non_null(strstr(answer, "\r\nContent-Type: text/event-stream"));
	assert_non_null(strstr(answer, "\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(answer, "\r\nX-Accel-Buffering: no\r\n"));
	assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
	assert_null(strstr(answer, "Content-Length"));
	assert_null(strstr(answer, "Transfer-Encoding"));
	post("/tell", "data: one\n\n");
	expect(client, "data: one\n\n", answer, sizeof(answer));
	post("/tell", "data: two\n\n");
	expect(client, "data: two\n\n", answer, sizeof(answer));
	close(client);
	wait_for_streams(0);
}

static void
goes_over_tls(void **state)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *ssl = SSL_new(context);
	int client = edge_connect_secure(), length = 0, got;
	char answer[8192] = "";

	(void)state;
	SSL_set_fd(ssl, client);
	SSL_set_tlsext_host_name(ssl, "known");
	assert_int_equal(SSL_connect(ssl), 1);
	SSL_write(ssl, REQUEST, sizeof(REQUEST) - 1);
	wait_for_streams(1);
	while (strstr(answer, "\r\n\r\nid: 1\n\n") == NULL) {
		got = SSL_read(
			ssl, answer + length, (int)sizeof(answer) - 1 - length);
		assert_true(got > 0);
		length += got;
		answer[length] = '\0';
	}
	post("/tell", "data: one\n\n");
	assert_int_equal(SSL_read(ssl, answer, sizeof(answer)), 11);
	post("/end", "");
	assert_true(SSL_read(ssl, answer, sizeof(answer)) <= 0);
	SSL_free(ssl);
	SSL_CTX_free(context);
	close(client);
	wait_for_streams(0);
}

static void
an_old_browser_gets_the_same(void **state)
{
	static const char request[] = "GET /events HTTP/1.0\r\n" HOST "\r\n";
	int client = edge_connect();
	char answer[8192];

	(void)state;
	edge_send(client, request, strlen(request));
	expect(client, "\r\n\r\nid: 1\n\n", answer, sizeof(answer));
	post("/end", "");
	assert_true(edge_receive(client, answer, sizeof(answer)));
	close(client);
	wait_for_streams(0);
}

static void
head_opens_none(void **state)
{
	static const char requests[] =
		"HEAD /events HTTP/1.1\r\n" HOST "\r\n"
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	char answer[8192];

	(void)state;
	assert_true(
		edge_talk(requests, strlen(requests), answer, sizeof(answer)));
	assert_non_null(strstr(answer, "text/event-stream"));
	assert_null(strstr(answer, "id: 1"));
	assert_non_null(strstr(answer, "shown to known"));
	assert_int_equal(edge_shared->streams, 0);
}

/* What is not read stands in two kernels and in our own few bytes. */
static void
who_does_not_read_is_given_up(void **state)
{
	char line[1024], answer[8192];
	int small = 2048, client = edge_connect();

	(void)state;
	setsockopt(client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	edge_send(client, REQUEST, strlen(REQUEST));
	wait_for_streams(1);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (unsigned i = 0; i < 2000 && edge_shared->streams > 0; i++)
		post("/tell", line);
	assert_int_equal(edge_shared->streams, 0);
	/* Others were served meanwhile, and are. */
	close(open_stream(answer, sizeof(answer)));
	close(client);
	wait_for_streams(0);
}

static void
who_goes_on_talking_is_given_up(void **state)
{
	char answer[8192], noise[3000];
	int client = open_stream(answer, sizeof(answer));

	(void)state;
	/* A little is passed over. */
	edge_send(client, REQUEST, strlen(REQUEST));
	post("/tell", "data: one\n\n");
	expect(client, "data: one\n\n", answer, sizeof(answer));
	assert_null(strstr(answer, "HTTP"));
	memset(noise, 'x', sizeof(noise));
	edge_send(client, noise, sizeof(noise));
	edge_send(client, noise, sizeof(noise));
	wait_for_streams(0);
	close(client);
}

/* What came with the request, before there was a stream, was said all the same:
 * it is not kept for as long as the stream lasts. */
static void
who_talked_before_is_given_up(void **state)
{
	char request[sizeof(REQUEST) + 6000], answer[8192];
	int client = edge_connect();

	(void)state;
	memset(request, 'x', sizeof(request));
	memcpy(request, REQUEST, sizeof(REQUEST) - 1);
	edge_send(client, request, sizeof(request));
	receive_all(client, answer, sizeof(answer));
	wait_for_streams(0);
	close(client);
}

/* Who asks and closes their side in one go waits for an answer that ends. */
static void
who_closed_their_side_before_gets_no_stream(void **state)
{
	char answer[8192];
	int client = edge_connect();

	(void)state;
	edge_send(client, REQUEST, strlen(REQUEST));
	shutdown(client, SHUT_WR);
	receive_all(client, answer, sizeof(answer));
	assert_non_null(strstr(answer, "\r\n\r\nid: 1\n\n"));
	wait_for_streams(0);
	close(client);
}

static void
who_closes_their_side_is_gone(void **state)
{
	char answer[8192];
	int client = open_stream(answer, sizeof(answer));

	(void)state;
	shutdown(client, SHUT_WR);
	assert_true(edge_receive(client, answer, sizeof(answer)));
	wait_for_streams(0);
	close(client);
}

/* The request's deadline and the idle time are a second here. */
static void
lasts_longer_than_any_request(void **state)
{
	char answer[8192];
	int client = open_stream(answer, sizeof(answer));
	struct pollfd waiting = {client, POLLIN, 0};

	(void)state;
	assert_int_equal(poll(&waiting, 1, 3000), 0);
	post("/tell", "data: one\n\n");
	expect(client, "data: one\n\n", answer, sizeof(answer));
	/* Then it beats. */
	expect(client, ":\n\n", answer, sizeof(answer));
	close(client);
	wait_for_streams(0);
}

static void
all_end_when_the_server_stops(void **state)
{
	char answer[8192];
	int clients[20];
	int64_t began;

	(void)state;
	for (size_t i = 0; i < 20; i++)
		clients[i] = open_stream(answer, sizeof(answer));
	began = clock_monotonic();
	edge_tell_to_stop();
	for (size_t i = 0; i < 20; i++) {
		assert_true(edge_receive(clients[i], answer, sizeof(answer)));
		close(clients[i]);
	}
	/* Draining would wait for a minute. */
	assert_true(clock_monotonic() - began < 10 * CLOCK_SECOND);
}

static void
fields_are_lines(void **state)
{
	struct buffer lines = BUFFER_EMPTY;

	(void)state;
	event_stream_format(&lines, "7", "news", "word");
	event_stream_format(&lines, "8", NULL, NULL);
	assert_string_equal(buffer_text(&lines),
		"id: 7\nevent: news\ndata: word\n\nid: 8\n\n");
	buffer_release(&lines);
}

static int
start(void **state)
{
	edge_options.request_time = CLOCK_SECOND;
	edge_options.idle_time = CLOCK_SECOND;
	return edge_start(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_is_and_goes_on),
		cmocka_unit_test(goes_over_tls),
		cmocka_unit_test(an_old_browser_gets_the_same),
		cmocka_unit_test(head_opens_none),
		cmocka_unit_test(who_does_not_read_is_given_up),
		cmocka_unit_test(who_goes_on_talking_is_given_up),
		cmocka_unit_test(who_talked_before_is_given_up),
		cmocka_unit_test(who_closed_their_side_before_gets_no_stream),
		cmocka_unit_test(who_closes_their_side_is_gone),
		cmocka_unit_test(lasts_longer_than_any_request),
		cmocka_unit_test(fields_are_lines),
		cmocka_unit_test(all_end_when_the_server_stops),
	};

	edge_share();
	return cmocka_run_group_tests(tests, start, edge_stop);
}

/*
 * What flows through the edge: visitors who close their side, who send on after
 * a refusal, who send faster than is taken, over TLS too; and whose connections
 * count together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/record.h"
#include "edge_site.h"

#define HOST "Host: known\r\n"

static SSL_CTX *client_context;

static SSL *
secure(int client)
{
	SSL *ssl = SSL_new(client_context);

	SSL_set_fd(ssl, client);
	SSL_set_tlsext_host_name(ssl, "known");
	assert_int_equal(SSL_connect(ssl), 1);
	return ssl;
}

static void
ask_and_close(const char *request, char *answer, size_t size)
{
	int client = edge_connect();

	edge_send(client, request, strlen(request));
	shutdown(client, SHUT_WR);
	assert_true(edge_receive(client, answer, size));
	close(client);
}

static void
answers_who_has_closed_their_side(void **state)
{
	char answer[16384];

	(void)state;
	ask_and_close("GET / HTTP/1.1\r\n" HOST "\r\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "shown to known"));
	ask_and_close(
		"GET /slow HTTP/1.1\r\n" HOST "\r\n", answer, sizeof(answer));
	assert_non_null(strstr(answer, "\r\n\r\nslow"));
	ask_and_close("POST /echo HTTP/1.1\r\n" HOST
		      "Content-Length: 3\r\n\r\nabc",
		answer, sizeof(answer));
	assert_non_null(strstr(answer, "\r\n\r\nabc"));
	ask_and_close("POST /sum HTTP/1.1\r\n" HOST
		      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		answer, sizeof(answer));
	assert_non_null(strstr(answer, "\r\n\r\n3"));
	ask_and_close("GET /slow HTTP/1.1\r\n" HOST "\r\n"
		      "POST /echo HTTP/1.1\r\n" HOST
		      "Content-Length: 3\r\n\r\nabc"
		      "GET / HTTP/1.1\r\n" HOST "\r\n",
		answer, sizeof(answer));
	assert_int_equal(edge_count(answer, "HTTP/1.1 200 "), 3);
	assert_non_null(strstr(answer, "shown to known"));
}

static void
refuses_what_ends_early(void **state)
{
	static const char *const parts[] = {
		"GET / HTTP/1.1\r\n",
		"GET / HTTP/1.1\r\n" HOST "\r",
		"POST /echo HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabc",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
		"POST /echo HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
		"POST /sum HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabc",
		"POST /sum HTTP/1.1\r\n" HOST
		"Transfer-Encoding: chunked\r\n\r\n4\r\nabc",
	};
	char answer[16384];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		ask_and_close(parts[i], answer, sizeof(answer));
		if (strncmp(answer, "HTTP/1.1 400 ", 13) != 0 ||
			edge_count(answer, "HTTP/1.1 ") != 1)
			fail_msg(
				"%s\nexpected 400, got:\n%s", parts[i], answer);
	}
	ask_and_close("", answer, sizeof(answer));
	assert_string_equal(answer, "");
	ask_and_close(
		"GET / HTTP/1.1\r\n" HOST "\r\nGET", answer, sizeof(answer));
	assert_int_equal(edge_count(answer, "HTTP/1.1 200 "), 1);
	assert_int_equal(edge_count(answer, "HTTP/1.1 400 "), 1);
}

/* With TLS's own end of data before that of TCP, and without. */
static void
answers_who_has_closed_their_side_of_tls(void **state)
{
	static const char request[] = "GET /slow HTTP/1.1\r\n" HOST "\r\n";
	char answer[8192];

	(void)state;
	for (int i = 0; i < 2; i++) {
		int client = edge_connect_secure();
		SSL *ssl = secure(client);
		int length = 0, got;

		assert_true(SSL_write(ssl, request, sizeof(request) - 1) > 0);
		if (i == 0)
			SSL_shutdown(ssl);
		shutdown(client, SHUT_WR);
		while ((got = SSL_read(ssl, answer + length,
				(int)sizeof(answer) - 1 - length)) > 0)
			length += got;
		answer[length] = '\0';
		assert_non_null(strstr(answer, "\r\n\r\nslow"));
		SSL_free(ssl);
		close(client);
	}
}

static void
reads_on_after_a_refusal_but_not_for_ever(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\n\r\n";
	static char data[65536];
	int client = edge_connect();
	size_t sent = 0;
	ssize_t got;

	(void)state;
	edge_send(client, request, strlen(request));
	while (sent < (size_t)1024 * 1024 * 1024 &&
		(got = send(client, data, sizeof(data), MSG_NOSIGNAL)) > 0)
		sent += (size_t)got;
	close(client);
	/* What the kernel holds for either side comes on top. */
	assert_true(sent < (size_t)64 * 1024 * 1024);
}

/* --- uploads that are not taken --- */

#define UPLOADS	    40
#define UPLOAD_SIZE ((size_t)1024 * 1024)
#define CHUNK	    ((size_t)64 * 1024)
/* What an upload may hold: 64 KiB read ahead, 64 KiB for the consumer, a
 * record of TLS, the task's stack, and room for error. */
#define UPLOAD_MEMORY ((size_t)400 * 1024)

struct message {
	char *data;
	size_t length;
};

struct upload {
	const struct message *message;
	int client;
	SSL *ssl;
	size_t sent;
};

static void
add(struct message *message, const char *data, size_t length)
{
	message->data = realloc(message->data, message->length + length);
	assert_non_null(message->data);
	memcpy(message->data + message->length, data, length);
	message->length += length;
}

static struct message
make_message(bool chunked)
{
	static const char zeros[CHUNK];
	struct message message = {NULL, 0};
	char head[256];

	snprintf(head, sizeof(head),
		"POST /hold HTTP/1.1\r\n" HOST
		"Connection: close\r\n%s%zu\r\n\r\n",
		chunked ? "Transfer-Encoding: chunked\r\nX: "
			: "Content-Length: ",
		UPLOAD_SIZE);
	add(&message, head, strlen(head));
	for (size_t i = 0; i < UPLOAD_SIZE / CHUNK; i++) {
		if (chunked)
			add(&message, "10000\r\n", 7);
		add(&message, zeros, CHUNK);
		if (chunked)
			add(&message, "\r\n", 2);
	}
	if (chunked)
		add(&message, "0\r\n\r\n", 5);
	return message;
}

/* As much as goes; whether any did. */
static bool
send_some(struct upload *upload)
{
	const struct message *message = upload->message;
	size_t before = upload->sent;

	while (upload->sent < message->length) {
		const char *data = message->data + upload->sent;
		size_t length = message->length - upload->sent;
		ssize_t sent =
			upload->ssl != NULL
				? SSL_write(upload->ssl, data, (int)length)
				: send(upload->client, data, length,
					  MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent <= 0)
			break;
		upload->sent += (size_t)sent;
	}
	return upload->sent > before;
}

static size_t
resident(void)
{
	char path[64], line[256];
	size_t kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)edge_process);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "VmRSS: %zu kB", &kib) == 1)
			break;
	fclose(file);
	assert_true(kib > 0);
	return kib * 1024;
}

static void
start_upload(
	struct upload *upload, const struct message *message, bool over_tls)
{
	*upload = (struct upload){.message = message};
	upload->client = over_tls ? edge_connect_secure() : edge_connect();
	if (over_tls) {
		upload->ssl = secure(upload->client);
		SSL_set_mode(upload->ssl,
			SSL_MODE_ENABLE_PARTIAL_WRITE |
				SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		fcntl(upload->client, F_SETFL, O_NONBLOCK);
	}
}

static void
finish_upload(struct upload *upload)
{
	char answer[8192];
	int length = 0, got;

	fcntl(upload->client, F_SETFL, 0);
	if (upload->ssl == NULL) {
		edge_receive(upload->client, answer, sizeof(answer));
	} else {
		while ((got = SSL_read(upload->ssl, answer + length,
				(int)sizeof(answer) - 1 - length)) > 0)
			length += got;
		answer[length] = '\0';
		SSL_free(upload->ssl);
	}
	close(upload->client);
	assert_non_null(strstr(answer, "\r\n\r\n1048576"));
}

static void
send_until(struct upload *uploads, bool (*done)(const struct upload *uploads))
{
	while (!done(uploads)) {
		bool any = false;

		for (size_t i = 0; i < UPLOADS; i++)
			any |= send_some(&uploads[i]);
		if (!any)
			usleep(10000);
	}
}

/* The consumers wait, and for a while nothing more could be sent. */
static bool
are_stuck(const struct upload *uploads)
{
	static size_t before;
	static int64_t since;
	size_t sent = 0;

	for (size_t i = 0; i < UPLOADS; i++)
		sent += uploads[i].sent;
	if (sent != before || edge_shared->held < UPLOADS) {
		before = sent;
		since = clock_monotonic();
	}
	return clock_monotonic() - since > CLOCK_SECOND / 2;
}

static bool
are_sent(const struct upload *uploads)
{
	for (size_t i = 0; i < UPLOADS; i++)
		if (uploads[i].sent < uploads[i].message->length)
			return false;
	return true;
}

/* Forty at once, of three kinds: by length, in chunks, in chunks over TLS. */
static void
holds_little_of_what_is_not_taken(void **state)
{
	struct message whole = make_message(false);
	struct message chunked = make_message(true);
	struct upload uploads[UPLOADS];
	size_t before, grown;

	(void)state;
	before = resident();
	for (size_t i = 0; i < UPLOADS; i++)
		start_upload(&uploads[i], i % 3 == 0 ? &whole : &chunked,
			i % 3 == 2);
	send_until(uploads, are_stuck);
	grown = resident() - before;
	if (grown > UPLOADS * UPLOAD_MEMORY)
		fail_msg("%d uploads hold %zu KiB", UPLOADS, grown / 1024);
	edge_shared->released = true;
	send_until(uploads, are_sent);
	for (size_t i = 0; i < UPLOADS; i++)
		finish_upload(&uploads[i]);
	free(whole.data);
	free(chunked.data);
}

/* --- who does not read --- */

/* A client over TLS that waits for nothing and takes little at a time. */
static struct upload
start_impatient(void)
{
	struct upload upload;
	int size = 16384;

	start_upload(&upload, NULL, true);
	setsockopt(upload.client, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return upload;
}

static void
end_impatient(struct upload *upload)
{
	ERR_clear_error();
	SSL_free(upload->ssl);
	close(upload->client);
}

/* Whether for a while nothing went on. */
static bool
is_stuck(bool went, int64_t *since)
{
	int64_t now = clock_monotonic();

	if (went || *since == 0)
		*since = now;
	else
		usleep(1000);
	return now - *since > CLOCK_SECOND / 2;
}

#define ASKED_AHEAD 2000U

/* How many answers have come; what they say is shorter than a record. */
static unsigned
read_answers(SSL *ssl)
{
	char answer[20000];
	unsigned count = 0;
	int got;

	while ((got = SSL_read(ssl, answer, sizeof(answer) - 1)) > 0) {
		answer[got] = '\0';
		count += edge_count(answer, "HTTP/1.1 200 ");
	}
	return count;
}

/* Many requests in a record, and more than anyone keeps of what is answered. */
static void
answers_all_that_was_asked_ahead(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\n" HOST "\r\n";
	struct message message = {NULL, 0};
	struct upload upload = start_impatient();
	unsigned answers = 0;
	int64_t since = 0;

	(void)state;
	for (unsigned i = 0; i < ASKED_AHEAD; i++)
		add(&message, request, sizeof(request) - 1);
	upload.message = &message;
	while (!is_stuck(send_some(&upload), &since))
		;
	since = 0;
	while (answers < ASKED_AHEAD) {
		unsigned more = read_answers(upload.ssl);

		answers += more;
		assert_false(is_stuck(more > 0 || send_some(&upload), &since));
	}
	assert_int_equal(upload.sent, message.length);
	end_impatient(&upload);
	free(message.data);
}

#define UPDATES_MOST 100000U

/* Each wants an answer, which is not read: then no more is taken either. The
 * kernel, left alone, takes hundreds of thousands before that. */
static void
does_not_heap_up_answers_to_key_updates(void **state)
{
	struct upload upload = start_impatient();
	unsigned updates = 0;
	int64_t since = 0;
	bool went = true;

	(void)state;
	setsockopt(upload.client, SOL_SOCKET, SO_SNDBUF, &edge_kernel_keeps,
		sizeof(edge_kernel_keeps));
	assert_int_equal(SSL_version(upload.ssl), TLS1_3_VERSION);
	while (!is_stuck(went, &since) && updates < UPDATES_MOST) {
		if (SSL_get_key_update_type(upload.ssl) == SSL_KEY_UPDATE_NONE)
			SSL_key_update(upload.ssl, SSL_KEY_UPDATE_REQUESTED);
		went = SSL_do_handshake(upload.ssl) == 1;
		updates += went;
	}
	assert_in_range(updates, 1000, UPDATES_MOST - 1);
	end_impatient(&upload);
}

/* --- who counts with whom --- */

/* Whether a visitor behind the proxy is let in; then stays. */
static bool
is_let_in(const char *visitor, const char *family)
{
	char data[256], answer[512];
	int client = edge_connect();
	ssize_t got;

	snprintf(data, sizeof(data),
		"PROXY %s %s %s 4000 80\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
		family, visitor, visitor);
	edge_send(client, data, strlen(data));
	got = recv(client, answer, sizeof(answer), 0);
	if (got <= 0)
		close(client);
	return got > 0;
}

static void
counts_visitors_behind_a_proxy(void **state)
{
	(void)state;
	for (unsigned i = 0; i < edge_options.per_address; i++)
		assert_true(is_let_in("192.0.2.1", "TCP4"));
	assert_false(is_let_in("192.0.2.1", "TCP4"));
	assert_true(is_let_in("192.0.2.2", "TCP4"));
}

static void
counts_a_network_of_ipv6_as_one(void **state)
{
	char address[64];

	(void)state;
	for (unsigned i = 0; i < edge_options.per_address; i++) {
		snprintf(address, sizeof(address), "2001:db8:1:2:%x::%x", i, i);
		assert_true(is_let_in(address, "TCP6"));
	}
	assert_false(is_let_in("2001:db8:1:2:ffff::1", "TCP6"));
	assert_true(is_let_in("2001:db8:1:3::1", "TCP6"));
	/* An IPv4 address in its mapped form is one address, not a network. */
	for (unsigned i = 0; i <= edge_options.per_address; i++) {
		snprintf(address, sizeof(address), "::ffff:192.0.2.%u", i + 10);
		assert_true(is_let_in(address, "TCP6"));
	}
}

static int
start_roomy(void **state)
{
	edge_options.per_address = 200;
	edge_options.connections = 400;
	return edge_start(state);
}

static int
start_narrow(void **state)
{
	edge_kernel_keeps = 16384;
	return edge_start(state);
}

static int
start_behind_proxy(void **state)
{
	edge_kernel_keeps = 0;
	edge_options.per_address = 5;
	network_parse("127.0.0.0/8", &edge_trusted[0]);
	edge_options.trusted_count = 1;
	edge_options.proxy_protocol = true;
	return edge_start(state);
}

int
main(void)
{
	const struct CMUnitTest roomy[] = {
		cmocka_unit_test(answers_who_has_closed_their_side),
		cmocka_unit_test(refuses_what_ends_early),
		cmocka_unit_test(answers_who_has_closed_their_side_of_tls),
		cmocka_unit_test(reads_on_after_a_refusal_but_not_for_ever),
		cmocka_unit_test(holds_little_of_what_is_not_taken),
		cmocka_unit_test(answers_all_that_was_asked_ahead),
	};
	const struct CMUnitTest narrow[] = {
		cmocka_unit_test(does_not_heap_up_answers_to_key_updates),
	};
	const struct CMUnitTest proxied[] = {
		cmocka_unit_test(counts_visitors_behind_a_proxy),
		cmocka_unit_test(counts_a_network_of_ipv6_as_one),
	};
	int failures;

	edge_share();
	client_context = SSL_CTX_new(TLS_client_method());
	failures = cmocka_run_group_tests(roomy, start_roomy, edge_stop);
	failures += cmocka_run_group_tests(narrow, start_narrow, edge_stop);
	failures +=
		cmocka_run_group_tests(proxied, start_behind_proxy, edge_stop);
	SSL_CTX_free(client_context);
	return failures;
}

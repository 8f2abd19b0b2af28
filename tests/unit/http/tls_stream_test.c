/*
 * TLS between buffers: tls_stream.h and OpenSSL's client, without sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/record.h"
#include "certificate.h"
#include "http/tickets.h"
#include "http/tls.h"
#include "http/tls_stream.h"

static struct tls *tls;
static SSL_CTX *context;
static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* Both ends of one connection. */
struct pair {
	struct tls_stream *stream;
	struct evbuffer *arrived, *leaving;
	SSL *client;
};

/* What the client has written arrives, at most so many bytes of it. */
static size_t
send_on(struct pair *pair, size_t most)
{
	char data[16384];
	size_t length = most < sizeof(data) ? most : sizeof(data);
	int got = BIO_read(SSL_get_wbio(pair->client), data, (int)length);

	if (got <= 0)
		return 0;
	assert_int_equal(evbuffer_add(pair->arrived, data, (size_t)got), 0);
	return (size_t)got;
}

static void
bring_back(struct pair *pair)
{
	char data[16384];
	int got;

	while ((got = evbuffer_remove(pair->leaving, data, sizeof(data))) > 0)
		assert_int_equal(
			BIO_write(SSL_get_rbio(pair->client), data, got), got);
}

static enum tls_stream_state
read_all(struct pair *pair)
{
	enum tls_stream_state state;

	do
		state = tls_stream_read(pair->stream);
	while (state == TLS_STREAM_MORE);
	return state;
}

static struct pair
open_pair(void)
{
	struct pair pair = {
		.arrived = evbuffer_new(),
		.leaving = evbuffer_new(),
		.client = SSL_new(context),
	};

	pair.stream = tls_stream_new(tls, pair.arrived, pair.leaving);
	assert_non_null(pair.stream);
	SSL_set_bio(pair.client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(pair.client);
	SSL_set_tlsext_host_name(pair.client, "first.example");
	return pair;
}

static struct pair
greet(int version)
{
	struct pair pair = open_pair();

	SSL_set_min_proto_version(pair.client, version);
	SSL_set_max_proto_version(pair.client, version);
	for (int i = 0; i < 4; i++) {
		SSL_do_handshake(pair.client);
		while (send_on(&pair, 16384) > 0)
			;
		assert_int_equal(read_all(&pair), TLS_STREAM_WAITING);
		bring_back(&pair);
	}
	assert_true(SSL_is_init_finished(pair.client));
	assert_int_equal(evbuffer_get_length(tls_stream_said(pair.stream)), 0);
	return pair;
}

static void
close_pair(struct pair *pair)
{
	SSL_free(pair->client);
	tls_stream_free(pair->stream);
	evbuffer_free(pair->arrived);
	evbuffer_free(pair->leaving);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
expect_said(struct pair *pair, const char *text)
{
	struct evbuffer *said = tls_stream_said(pair->stream);
	size_t length = strlen(text);

	assert_int_equal(evbuffer_get_length(said), length);
	assert_memory_equal(evbuffer_pullup(said, -1), text, length);
	evbuffer_drain(said, length);
}

/* Records that lie in `leaving`. */
static unsigned
count_records(const struct pair *pair)
{
	size_t length = evbuffer_get_length(pair->leaving), at = 0;
	const unsigned char *data = evbuffer_pullup(pair->leaving, -1);
	unsigned count = 0;

	while (at + 5 <= length) {
		assert_int_equal(data[at], SSL3_RT_APPLICATION_DATA);
		at += 5 + (size_t)(data[at + 3] << 8 | data[at + 4]);
		count++;
	}
	assert_int_equal(at, length);
	return count;
}

static void
writes_few_records_in_one_piece(void **state)
{
	static char page[25000], got[sizeof(page)];

	(void)state;
	memset(page, 'p', sizeof(page));
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct pair pair = greet(versions[i]);
		size_t length = 0, all = 0;

		assert_int_equal(
			tls_stream_expect(pair.stream, sizeof(page)), 0);
		assert_int_equal(
			tls_stream_write(pair.stream, page, TLS_RECORD_MOST),
			0);
		assert_int_equal(
			tls_stream_write(pair.stream, page + TLS_RECORD_MOST,
				sizeof(page) - TLS_RECORD_MOST),
			0);
		assert_int_equal(
			evbuffer_peek(pair.leaving, -1, NULL, NULL, 0), 1);
		assert_int_equal(count_records(&pair), 2);
		bring_back(&pair);
		while (SSL_read_ex(pair.client, got + all, sizeof(got) - all,
			       &length) == 1)
			all += length;
		ERR_clear_error();
		assert_int_equal(all, sizeof(page));
		assert_memory_equal(got, page, sizeof(page));
		close_pair(&pair);
	}
}

static void
reads_what_comes_byte_by_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct pair pair = greet(versions[i]);

		assert_int_equal(SSL_write(pair.client, "one", 3), 3);
		assert_int_equal(SSL_write(pair.client, " and two", 8), 8);
		while (send_on(&pair, 1) > 0)
			assert_int_equal(read_all(&pair), TLS_STREAM_WAITING);
		expect_said(&pair, "one and two");
		close_pair(&pair);
	}
}

/* One record, of which all but the end has arrived before. */
static void
reads_more_than_arrived_last(void **state)
{
	static char text[TLS_RECORD_MOST + 1];

	(void)state;
	memset(text, 't', TLS_RECORD_MOST);
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct pair pair = greet(versions[i]);

		assert_int_equal(SSL_write(pair.client, text, TLS_RECORD_MOST),
			TLS_RECORD_MOST);
		assert_int_equal(send_on(&pair, TLS_RECORD_MOST - 100),
			TLS_RECORD_MOST - 100);
		assert_int_equal(read_all(&pair), TLS_STREAM_WAITING);
		assert_int_not_equal(send_on(&pair, TLS_RECORD_MOST), 0);
		assert_int_equal(read_all(&pair), TLS_STREAM_WAITING);
		expect_said(&pair, text);
		close_pair(&pair);
	}
}

static void
says_when_the_other_side_has_ended(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct pair pair = greet(versions[i]);
		char got[3];

		assert_int_equal(SSL_write(pair.client, "last", 4), 4);
		SSL_shutdown(pair.client);
		while (send_on(&pair, 16384) > 0)
			;
		assert_int_equal(tls_stream_read(pair.stream), TLS_STREAM_MORE);
		assert_int_equal(
			tls_stream_read(pair.stream), TLS_STREAM_ENDED);
		assert_int_equal(
			tls_stream_read(pair.stream), TLS_STREAM_ENDED);
		expect_said(&pair, "last");
		/* They may still be answered. */
		assert_int_equal(tls_stream_write(pair.stream, "yes", 3), 0);
		tls_stream_end(pair.stream);
		bring_back(&pair);
		assert_int_equal(SSL_read(pair.client, got, 3), 3);
		assert_memory_equal(got, "yes", 3);
		assert_int_equal(SSL_shutdown(pair.client), 1);
		close_pair(&pair);
	}
}

static void
fails_for_good(void **state)
{
	static const char plain[] = "GET / HTTP/1.1\r\nHost: known\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct pair pair = greet(versions[i]);

		/* A record that was tampered with. */
		assert_int_equal(SSL_write(pair.client, "text", 4), 4);
		assert_int_not_equal(send_on(&pair, 16384), 0);
		evbuffer_pullup(pair.arrived, -1)[7] ^= 1;
		assert_int_equal(read_all(&pair), TLS_STREAM_FAILED);
		expect_said(&pair, "");
		bring_back(&pair);
		assert_true(SSL_read(pair.client, &(char){0}, 1) <= 0);
		assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
			SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
		ERR_clear_error();
		assert_int_equal(read_all(&pair), TLS_STREAM_FAILED);
		assert_int_equal(tls_stream_write(pair.stream, "no", 2), -1);
		tls_stream_end(pair.stream);
		assert_int_equal(evbuffer_get_length(pair.leaving), 0);
		close_pair(&pair);
	}
	/* No TLS at all. */
	struct pair pair = open_pair();

	evbuffer_add(pair.arrived, plain, sizeof(plain) - 1);
	assert_int_equal(read_all(&pair), TLS_STREAM_FAILED);
	assert_int_equal(tls_stream_write(pair.stream, "no", 2), -1);
	close_pair(&pair);
}

static void
writes_nothing_before_the_handshake(void **state)
{
	struct pair pair = open_pair();

	(void)state;
	assert_int_equal(tls_stream_write(pair.stream, "early", 5), -1);
	assert_int_equal(evbuffer_get_length(pair.leaving), 0);
	close_pair(&pair);
}

static int
prepare(void **state)
{
	static const char *const names[] = {"first.example"};
	static struct tickets tickets;
	struct tls_certificate certificate = certificate_make(names, 1);

	(void)state;
	tickets_make(&tickets);
	tls = tls_new(&certificate, 1, &tickets, NULL);
	context = SSL_CTX_new(TLS_client_method());
	free((void *)(uintptr_t)certificate.certificate.data);
	free((void *)(uintptr_t)certificate.key.data);
	return tls == NULL || context == NULL;
}

static int
tidy(void **state)
{
	(void)state;
	tls_drop(tls);
	SSL_CTX_free(context);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_few_records_in_one_piece),
		cmocka_unit_test(reads_what_comes_byte_by_byte),
		cmocka_unit_test(reads_more_than_arrived_last),
		cmocka_unit_test(says_when_the_other_side_has_ended),
		cmocka_unit_test(fails_for_good),
		cmocka_unit_test(writes_nothing_before_the_handshake),
	};

	return cmocka_run_group_tests(tests, prepare, tidy);
}

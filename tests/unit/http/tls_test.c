/*
 * Which certificate is shown to whom, and sessions that are resumed by another
 * worker: handshakes between tls.h and OpenSSL's client, in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "certificate.h"
#include "http/tickets.h"
#include "http/tls.h"

static const char *const first_names[] = {"first.example", "*.first.example"};
static const char *const second_names[] = {"second.example"};
static struct tls_certificate certificates[2];
static struct tickets tickets;

/* What a handshake came to. */
struct outcome {
	char shown[64]; /* the certificate's name, "" for none */
	bool resumed;
	int alert; /* that ended it, or 0 */
	SSL_SESSION *session;
};

static void
pass_on(SSL *from, SSL *to)
{
	char data[16384];
	int got;

	while ((got = BIO_read(SSL_get_wbio(from), data, sizeof(data))) > 0)
		assert_int_equal(BIO_write(SSL_get_rbio(to), data, got), got);
}

static void
note_alert(const SSL *ssl, int where, int value)
{
	struct outcome *outcome = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
		value >> 8 == SSL3_AL_FATAL)
		outcome->alert = value & 255;
}

static int
note_session(SSL *ssl, SSL_SESSION *session)
{
	struct outcome *outcome = SSL_get_app_data(ssl);

	SSL_SESSION_free(outcome->session);
	outcome->session = session;
	return 1;
}

static SSL *
new_client(SSL_CTX *context, const char *name, struct outcome *outcome)
{
	SSL *client = SSL_new(context);

	SSL_set_app_data(client, outcome);
	SSL_set_info_callback(client, note_alert);
	SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(client);
	if (name != NULL)
		SSL_set_tlsext_host_name(client, name);
	return client;
}

static void
note_certificate(const SSL *client, struct outcome *outcome)
{
	X509 *shown = SSL_get1_peer_certificate(client);

	if (shown != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(shown),
			NID_commonName, outcome->shown, sizeof(outcome->shown));
	X509_free(shown);
}

static struct outcome
greet(struct tls *tls, int version, const char *name, SSL_SESSION *session)
{
	struct outcome outcome = {.session = NULL};
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client, *server = tls_accept(tls);
	char byte;

	SSL_CTX_set_min_proto_version(context, version);
	SSL_CTX_set_max_proto_version(context, version);
	SSL_CTX_set_session_cache_mode(
		context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, note_session);
	client = new_client(context, name, &outcome);
	if (session != NULL)
		SSL_set_session(client, session);
	SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	for (int i = 0; i < 10; i++) {
		SSL_do_handshake(client);
		pass_on(client, server);
		SSL_do_handshake(server);
		pass_on(server, client);
	}
	/* With TLS 1.3 tickets come after the handshake. */
	SSL_read(client, &byte, 1);
	if (SSL_is_init_finished(client) && SSL_is_init_finished(server)) {
		/* Renewed by TLS 1.2, of which the callback is not told. */
		if (outcome.session == NULL)
			outcome.session = SSL_get1_session(client);
		outcome.resumed = SSL_session_reused(client);
		note_certificate(client, &outcome);
	}
	SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_set_shutdown(server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(context);
	ERR_clear_error();
	return outcome;
}

static void
expect_shown(struct tls *tls, const char *name, const char *shown)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct outcome outcome = greet(tls, versions[i], name, NULL);

		assert_string_equal(outcome.shown, shown);
		assert_int_equal(outcome.alert,
			shown[0] == '\0' ? SSL_AD_UNRECOGNIZED_NAME : 0);
		SSL_SESSION_free(outcome.session);
	}
}

static void
shows_a_certificate_to_who_names_it(void **state)
{
	struct tls *tls = tls_new(certificates, 2, &tickets, NULL);

	(void)state;
	assert_non_null(tls);
	expect_shown(tls, "first.example", "first.example");
	expect_shown(tls, "second.example", "second.example");
	expect_shown(tls, "SECOND.Example", "second.example");
	expect_shown(tls, "any.first.example", "first.example");
	expect_shown(tls, "ANY.FIRST.EXAMPLE", "first.example");
	expect_shown(tls, "one.any.first.example", "");
	expect_shown(tls, "any.second.example", "");
	expect_shown(tls, "unknown.example", "");
	expect_shown(tls, "*.first.example", "first.example");
	expect_shown(tls, NULL, "");
	tls_drop(tls);
}

static void
shows_the_fallback_to_others(void **state)
{
	struct tls_certificate list[2] = {certificates[0], certificates[1]};
	struct tls *tls;

	(void)state;
	list[1].fallback = true;
	tls = tls_new(list, 2, &tickets, NULL);
	expect_shown(tls, "first.example", "first.example");
	expect_shown(tls, "unknown.example", "second.example");
	expect_shown(tls, NULL, "second.example");
	tls_drop(tls);
}

/* Each session is used once: TLS 1.3 wants it so, and OpenSSL's client sees
 * to it. */
static struct outcome
greet_again(struct tls *tls, int version, struct outcome before)
{
	struct outcome outcome =
		greet(tls, version, "second.example", before.session);

	assert_string_equal(outcome.shown, "second.example");
	assert_non_null(outcome.session);
	SSL_SESSION_free(before.session);
	return outcome;
}

static void
resumes_across_workers(int version)
{
	struct tls *here = tls_new(certificates, 2, &tickets, NULL);
	struct tickets copy = tickets;
	struct tls *there = tls_new(certificates, 2, &copy, NULL);
	struct outcome outcome = greet(here, version, "second.example", NULL);

	assert_non_null(outcome.session);
	assert_false(outcome.resumed);
	for (int i = 0; i < 3; i++) {
		outcome = greet_again(there, version, outcome);
		assert_true(outcome.resumed);
	}
	/* An older key still opens, and what it opened is sealed anew. */
	for (int i = 0; i < 2 * TICKET_KEYS; i++) {
		tickets_rotate(&copy);
		outcome = greet_again(there, version, outcome);
		assert_true(outcome.resumed);
	}
	for (int i = 0; i < TICKET_KEYS - 1; i++)
		tickets_rotate(&copy);
	outcome = greet_again(there, version, outcome);
	assert_true(outcome.resumed);
	for (int i = 0; i < TICKET_KEYS; i++)
		tickets_rotate(&copy);
	outcome = greet_again(there, version, outcome);
	assert_false(outcome.resumed);
	SSL_SESSION_free(outcome.session);
	tls_drop(here);
	tls_drop(there);
}

static void
does_not_resume_without_tickets(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct tls *with = tls_new(certificates, 2, &tickets, NULL);
	struct tls *without = tls_new(certificates, 2, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		struct outcome outcome =
			greet(with, versions[i], "second.example", NULL);

		outcome = greet_again(without, versions[i], outcome);
		assert_false(outcome.resumed);
		SSL_SESSION_free(outcome.session);
	}
	tls_drop(with);
	tls_drop(without);
}

static void
resumes_tls_1_2(void **state)
{
	(void)state;
	resumes_across_workers(TLS1_2_VERSION);
}

static void
resumes_tls_1_3(void **state)
{
	(void)state;
	resumes_across_workers(TLS1_3_VERSION);
}

static int
prepare(void **state)
{
	(void)state;
	certificates[0] = certificate_make(first_names, 2);
	certificates[1] = certificate_make(second_names, 1);
	tickets_make(&tickets);
	return 0;
}

static int
tidy(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		free((void *)(uintptr_t)certificates[i].certificate.data);
		free((void *)(uintptr_t)certificates[i].key.data);
	}
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_a_certificate_to_who_names_it),
		cmocka_unit_test(shows_the_fallback_to_others),
		cmocka_unit_test(resumes_tls_1_2),
		cmocka_unit_test(resumes_tls_1_3),
		cmocka_unit_test(does_not_resume_without_tickets),
	};

	return cmocka_run_group_tests(tests, prepare, tidy);
}

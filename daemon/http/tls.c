#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/tickets.h"

struct tls {
	unsigned holders;
	SSL_CTX **contexts;
	size_t count;
	struct map *by_domain; /* "example.org", "*.example.org" → SSL_CTX */
	SSL_CTX *fallback;     /* one of them, or NULL */
	const struct tickets *tickets;
};

#define SUITES_TLS12                                                           \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

static SSL_CTX *
find_context(const struct tls *tls, const char *name)
{
	SSL_CTX *found = map_get(tls->by_domain, name);
	const char *dot = strchr(name, '.');
	char wildcard[260];

	if (found != NULL || dot == NULL || strlen(dot) > 255)
		return found;
	wildcard[0] = '*';
	memcpy(wildcard + 1, dot, strlen(dot) + 1);
	return map_get(tls->by_domain, wildcard);
}

/* Called for every handshake, with a name or without. */
static int
choose_certificate(SSL *ssl, int *alert, void *argument)
{
	const struct tls *tls = argument;
	const char *sent = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	SSL_CTX *context = NULL;
	char name[256];
	size_t length = sent == NULL ? 0 : strlen(sent);

	/* Names have no case (RFC 6066, 3); those of the table are lower. */
	if (length > 0 && length < sizeof(name)) {
		for (size_t i = 0; i <= length; i++)
			name[i] = sent[i] >= 'A' && sent[i] <= 'Z'
					  ? (char)(sent[i] + 32)
					  : sent[i];
		context = find_context(tls, name);
	}
	if (context == NULL)
		context = tls->fallback;
	if (context == NULL) {
		*alert = SSL_AD_UNRECOGNIZED_NAME;
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	SSL_set_SSL_CTX(ssl, context);
	return SSL_TLSEXT_ERR_OK;
}

static int
last_error(struct error *error, const char *domain, const char *what)
{
	char text[200];

	ERR_error_string_n(ERR_get_error(), text, sizeof(text));
	ERR_clear_error();
	return error_set(
		error, "certificate for %s: %s: %s", domain, what, text);
}

/* The PEM bytes of certificate and chain into the context. */
static int
use_chain(SSL_CTX *context, const struct slice *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->length);
	X509 *leaf = NULL, *above;
	int outcome = -1;

	if (bio != NULL)
		leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	if (leaf != NULL && SSL_CTX_use_certificate(context, leaf) == 1) {
		outcome = 0;
		while ((above = PEM_read_bio_X509(bio, NULL, NULL, NULL)) !=
			NULL)
			if (SSL_CTX_add0_chain_cert(context, above) != 1) {
				X509_free(above);
				outcome = -1;
				break;
			}
		ERR_clear_error(); /* the end of the file */
	}
	X509_free(leaf);
	BIO_free(bio);
	return outcome;
}

/* A key with a passphrase is an error: OpenSSL would ask on the terminal and
 * wait for ever. */
static int
no_passphrase(char *text, int size, int writing, void *unused)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)unused;
	return -1;
}

static int
use_key(SSL_CTX *context, const struct slice *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->data, (int)pem->length);
	EVP_PKEY *key = NULL;
	int outcome = -1;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (key != NULL && SSL_CTX_use_PrivateKey(context, key) == 1 &&
		SSL_CTX_check_private_key(context) == 1)
		outcome = 0;
	EVP_PKEY_free(key);
	BIO_free(bio);
	return outcome;
}

static int
set_up(struct tls *tls, SSL_CTX *context)
{
	static const unsigned char id[] = "missiond";

	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
	SSL_CTX_set_tlsext_servername_arg(context, tls);
	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
		SSL_CTX_set_cipher_list(context, SUITES_TLS12) != 1 ||
		SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1 ||
		SSL_CTX_set_session_id_context(context, id, sizeof(id) - 1) !=
			1)
		return -1;
	if (tls->tickets != NULL)
		return tickets_use(context, tls->tickets);
	SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
	return 0;
}

static int
add_certificate(struct tls *tls, const struct tls_certificate *certificate,
	struct error *error)
{
	const char *const *domains = certificate->domains.items;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	if (context == NULL)
		return last_error(error, domains[0], "cannot begin");
	tls->contexts[tls->count++] = context;
	if (set_up(tls, context) < 0)
		return last_error(error, domains[0], "cannot be set up");
	if (use_chain(context, &certificate->certificate) < 0)
		return last_error(
			error, domains[0], "the certificate cannot be used");
	if (use_key(context, &certificate->key) < 0)
		return last_error(
			error, domains[0], "the key cannot be used with it");
	for (size_t i = 0; i < certificate->domains.count; i++)
		map_set(tls->by_domain, domains[i], context);
	if (certificate->fallback)
		tls->fallback = context;
	return 0;
}

struct tls *
tls_new(const struct tls_certificate *certificates, size_t count,
	const struct tickets *tickets, struct error *error)
{
	struct tls *tls = memory_new(1, sizeof(*tls));

	tls->contexts = memory_new(count, sizeof(SSL_CTX *));
	tls->holders = 1;
	tls->tickets = tickets;
	tls->by_domain = map_new();
	for (size_t i = 0; i < count; i++)
		if (add_certificate(tls, &certificates[i], error) < 0) {
			tls_drop(tls);
			return NULL;
		}
	return tls;
}

struct tls *
tls_hold(struct tls *tls)
{
	if (tls != NULL)
		tls->holders++;
	return tls;
}

void
tls_drop(struct tls *tls)
{
	if (tls == NULL || --tls->holders > 0)
		return;
	for (size_t i = 0; i < tls->count; i++)
		SSL_CTX_free(tls->contexts[i]);
	free(tls->contexts);
	map_free(tls->by_domain);
	free(tls);
}

struct ssl_st *
tls_accept(struct tls *tls)
{
	SSL *ssl = SSL_new(tls->contexts[0]);

	if (ssl != NULL)
		SSL_set_accept_state(ssl);
	return ssl;
}

#include "http/tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <string.h>

#include "crypto/digest.h"
#include "crypto/token.h"

void
tickets_make(struct tickets *tickets)
{
	token_random(tickets, sizeof(*tickets));
}

void
tickets_rotate(struct tickets *tickets)
{
	memmove(&tickets->keys[1], &tickets->keys[0],
		sizeof(tickets->keys) - sizeof(tickets->keys[0]));
	token_random(&tickets->keys[0], sizeof(tickets->keys[0]));
}

void
tickets_wipe(struct tickets *tickets)
{
	digest_wipe(tickets, sizeof(*tickets));
}

static int
start_mac(EVP_MAC_CTX *mac, const struct ticket_key *key)
{
	char digest[] = "SHA256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_END,
	};

	return EVP_MAC_init(mac, key->mac, sizeof(key->mac), parameters);
}

static int
seal(const struct ticket_key *key, unsigned char name[16], unsigned char *iv,
	EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	memcpy(name, key->name, sizeof(key->name));
	token_random(iv, (size_t)EVP_CIPHER_get_iv_length(EVP_aes_256_cbc()));
	if (EVP_EncryptInit_ex(
		    cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv) != 1 ||
		start_mac(mac, key) != 1)
		return -1;
	return 1;
}

/* 0: not ours, or too old: the handshake goes on without. 2: good, and a new
 * ticket is due: with TLS 1.3 visitors use each once. */
static int
unseal(const struct tickets *tickets, bool once, const unsigned char name[16],
	const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac)
{
	const struct ticket_key *key;
	size_t i = 0;

	while (i < TICKET_KEYS && memcmp(tickets->keys[i].name, name, 16) != 0)
		i++;
	if (i == TICKET_KEYS)
		return 0;
	key = &tickets->keys[i];
	if (EVP_DecryptInit_ex(
		    cipher, EVP_aes_256_cbc(), NULL, key->cipher, iv) != 1 ||
		start_mac(mac, key) != 1)
		return -1;
	return i == 0 && !once ? 1 : 2;
}

static int
on_ticket(SSL *ssl, unsigned char name[16], unsigned char *iv,
	EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int sealing)
{
	const struct tickets *tickets =
		SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	if (sealing)
		return seal(&tickets->keys[0], name, iv, cipher, mac);
	return unseal(tickets, SSL_version(ssl) == TLS1_3_VERSION, name, iv,
		cipher, mac);
}

int
tickets_use(SSL_CTX *context, const struct tickets *tickets)
{
	SSL_CTX_set_app_data(context, (void *)(uintptr_t)tickets);
	/* Nothing is kept here: no other worker could find it. */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(context, TICKET_LIFETIME / CLOCK_SECOND);
	return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket) == 1
		       ? 0
		       : -1;
}

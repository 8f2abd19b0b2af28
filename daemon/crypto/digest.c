#include "crypto/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "base/log.h"
#include "base/memory.h"

void
digest_sha256(
	const void *data, size_t length, unsigned char digest[DIGEST_SIZE])
{
	unsigned int size = 0;

	if (EVP_Digest(data, length, digest, &size, EVP_sha256(), NULL) != 1 ||
		size != DIGEST_SIZE)
		log_defect("digest", "SHA-256 failed");
}

void
digest_hmac_sha256(const void *key, size_t key_length, const void *data,
	size_t length, unsigned char digest[DIGEST_SIZE])
{
	unsigned int size = 0;

	if (key_length > INT32_MAX ||
		!HMAC(EVP_sha256(), key, (int)key_length, data, length, digest,
			&size) ||
		size != DIGEST_SIZE)
		log_defect("digest", "HMAC-SHA256 failed");
}

void
digest_hkdf(const unsigned char key[DIGEST_SIZE], const char *info,
	unsigned char *output, size_t length)
{
	/* OpenSSL takes the parameters as not const and does not write them. */
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
			(void *)(uintptr_t)key, DIGEST_SIZE),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
			(void *)(uintptr_t)info, strlen(info)),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;

	if (!context ||
		EVP_KDF_derive(context, output, length, parameters) != 1)
		log_defect("digest", "HKDF-SHA256 failed");
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

void
digest_hex(const unsigned char digest[DIGEST_SIZE], char text[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[2 * DIGEST_SIZE] = '\0';
}

static int
digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int
digest_parse_hex(const char *text, unsigned char digest[DIGEST_SIZE])
{
	unsigned char parsed[DIGEST_SIZE];

	if (strlen(text) != 2 * DIGEST_SIZE)
		return -1;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = digit_value(text[2 * i]);
		int low = digit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		parsed[i] = (unsigned char)(high << 4 | low);
	}
	memcpy(digest, parsed, sizeof(parsed));
	digest_wipe(parsed, sizeof(parsed));
	return 0;
}

bool
digest_equal(const void *a, const void *b, size_t length)
{
	return CRYPTO_memcmp(a, b, length) == 0;
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void *
resize(void *memory, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	if (size > 0)
		return memory_wipe_resize(memory, size);
	memory_wipe(memory);
	return NULL;
}

static void
give(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	memory_wipe(memory);
}

void
digest_wipe_library(void)
{
	if (CRYPTO_set_mem_functions(take, resize, give) != 1)
		log_defect("digest", "OpenSSL is in use already");
}

void
digest_wipe(void *data, size_t length)
{
	OPENSSL_cleanse(data, length);
}

/* digest.h: SHA-256, HMAC and HKDF over OpenSSL, and comparison. */
#ifndef MISSIOND_CRYPTO_DIGEST_H
#define MISSIOND_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_SIZE	32
#define DIGEST_HEX_SIZE 65

void digest_sha256(
	const void *data, size_t length, unsigned char digest[DIGEST_SIZE]);
void digest_hmac_sha256(const void *key, size_t key_length, const void *data,
	size_t length, unsigned char digest[DIGEST_SIZE]);

/* HKDF-SHA256 (RFC 5869) without salt; `info` is text. `length` up to 255×32.
 */
void digest_hkdf(const unsigned char key[DIGEST_SIZE], const char *info,
	unsigned char *output, size_t length);

/* Lower-case hexadecimal. */
void digest_hex(
	const unsigned char digest[DIGEST_SIZE], char text[DIGEST_HEX_SIZE]);
int digest_parse_hex(const char *text, unsigned char digest[DIGEST_SIZE]);

/* In constant time. */
bool digest_equal(const void *a, const void *b, size_t length);

/* Lets OpenSSL overwrite whatever it frees; before anything else of it. */
void digest_wipe_library(void);

/* Overwrites in a way the compiler may not drop. */
void digest_wipe(void *data, size_t length);

#endif

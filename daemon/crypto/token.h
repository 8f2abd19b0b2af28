/*
 * token.h: unguessable strings (256 bits of getrandom, base64url, 43
 * characters) for sessions, links and API access. Only their SHA-256 is stored.
 */
#ifndef MISSIOND_CRYPTO_TOKEN_H
#define MISSIOND_CRYPTO_TOKEN_H

#include <stddef.h>

#include "crypto/digest.h"

#define TOKEN_TEXT_SIZE 44

void token_new(char text[TOKEN_TEXT_SIZE]);

/* 0 and the digest that is stored, or -1 when it does not have a token's form.
 */
int token_digest(const char *text, unsigned char digest[DIGEST_SIZE]);

/* `length` random bytes; aborts when the kernel gives none. */
void token_random(void *bytes, size_t length);

#endif

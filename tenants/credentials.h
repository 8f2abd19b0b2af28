/*
 * credentials.h: passwords of communities' database accounts. None is stored:
 * each is derived from a subkey of the host's secret, the community's key and
 * a generation number, and rotated by raising the generation.
 */
#ifndef MISSIOND_TENANTS_CREDENTIALS_H
#define MISSIOND_TENANTS_CREDENTIALS_H

#include <stdint.h>

#include "crypto/digest.h"

/* "community" and 26 characters: a community's schema and account. */
#define CREDENTIALS_NAME_SIZE 36

/* `key` is the community's id in base32. */
void credentials_name(const char *key, char name[CREDENTIALS_NAME_SIZE]);

/* HKDF-SHA256(subkey, "<key>:<generation>") in hexadecimal. `password` has
 * room for what db_account asks for. */
void credentials_password(const unsigned char subkey[DIGEST_SIZE],
	const char *key, int64_t generation, char password[128]);

#endif

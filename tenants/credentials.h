/*
 * credentials.h: passwords of communities' database accounts. None is stored:
 * each is derived from a subkey of the host's secret, the community's key and
 * a generation number, and rotated by raising the generation: the account's
 * first, then the registry's, then everybody is told (lifecycle/rotate.h). So
 * whoever knows of a generation may be behind the account by one, and a request
 * that outlives rotations by some: a log-in that is refused is tried with the
 * next ones.
 */
#ifndef MISSIOND_TENANTS_CREDENTIALS_H
#define MISSIOND_TENANTS_CREDENTIALS_H

#include <stdint.h>

#include "crypto/digest.h"

struct db_account;

/* "community" and 26 characters: a community's schema and account. */
#define CREDENTIALS_NAME_SIZE 36

/* `key` is the community's id in base32. */
void credentials_name(const char *key, char name[CREDENTIALS_NAME_SIZE]);

/* HKDF-SHA256(subkey, "<key>:<generation>") in hexadecimal. `password` has
 * room for what db_account asks for. */
void credentials_password(const unsigned char subkey[DIGEST_SIZE],
	const char *key, int64_t generation, char password[128]);

/* A community's account as a pool asks for it. What it points at must live as
 * long. */
struct credentials {
	const unsigned char *subkey;
	const char *key;    /* of the community */
	int64_t generation; /* as the registry said */
	int64_t ahead;	    /* of it; moved by refused log-ins */
};

/* How many rotations one may be behind: other machines hear of each within a
 * second or so (epoch_sync.h). */
#define CREDENTIALS_AHEAD_MOST 16

/* Fills in what of `account` concerns the password. */
void credentials_serve(
	struct credentials *credentials, struct db_account *account);

#endif

/*
 * secret.h: the host's secret: 32 random bytes in DATA/secret, readable by the
 * supervisor alone. Everything else is derived from it (HKDF-SHA256), each
 * role gets only its own subkeys. Whoever loses the file loses the passwords
 * of all database accounts: it belongs in the host's backup, apart from the
 * data.
 */
#ifndef MISSIOND_SECRET_H
#define MISSIOND_SECRET_H

#include "crypto/digest.h"

struct error;

#define SECRET_TENANT_PASSWORDS	 "missiond tenant passwords"
#define SECRET_REGISTRY_PASSWORD "missiond registry password"
#define SECRET_STEWARD_PASSWORD	 "missiond steward password"
#define SECRET_FORM_TOKENS	 "missiond form tokens"

/* Reads DIRECTORY/secret, or makes it at the first start; refused when there is
 * a database or a machine's mark (machine.h) already. 0 or −1. */
int secret_load(const char *directory, unsigned char secret[DIGEST_SIZE],
	struct error *error);

#endif

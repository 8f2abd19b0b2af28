#include "tenants/credentials.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
credentials_name(const char *key, char name[CREDENTIALS_NAME_SIZE])
{
	snprintf(name, CREDENTIALS_NAME_SIZE, "community%.26s", key);
}

void
credentials_password(const unsigned char subkey[DIGEST_SIZE], const char *key,
	int64_t generation, char password[128])
{
	unsigned char derived[DIGEST_SIZE];
	char info[64];

	snprintf(info, sizeof(info), "%.26s:%" PRId64, key, generation);
	digest_hkdf(subkey, info, derived, sizeof(derived));
	digest_hex(derived, password);
	digest_wipe(derived, sizeof(derived));
}

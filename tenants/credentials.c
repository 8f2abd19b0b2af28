#include "tenants/credentials.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db/pool.h"

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

static void
password_now(const void *owner, char password[128])
{
	const struct credentials *credentials = owner;

	credentials_password(credentials->subkey, credentials->key,
		credentials->generation + credentials->ahead, password);
}

/* Of several that were refused at once, the first one moves on. */
static bool
password_denied(const void *owner, const char *password)
{
	struct credentials *credentials = (struct credentials *)owner;
	char now[128];
	bool moved;

	password_now(credentials, now);
	moved = strcmp(now, password) != 0;
	digest_wipe(now, sizeof(now));
	if (moved)
		return true;
	if (credentials->ahead < CREDENTIALS_AHEAD_MOST) {
		credentials->ahead++;
		return true;
	}
	credentials->ahead = 0;
	return false;
}

void
credentials_serve(struct credentials *credentials, struct db_account *account)
{
	account->password = password_now;
	account->denied = password_denied;
	account->owner = credentials;
}

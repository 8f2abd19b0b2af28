#include "crypto/password.h"

#include <stdio.h>
#include <string.h>

#include <argon2.h>

#include "base/log.h"
#include "crypto/token.h"

#define SALT_SIZE 16
#define HASH_SIZE 32

/* No string that asks for more than this is verified: it is not one of ours. */
#define MOST_MEMORY_KIB (1024 * 1024)
#define MOST_PASSES	64
#define MOST_LANES	16

int
password_hash(const char *password, const struct password_cost *cost,
	char phc[PASSWORD_PHC_SIZE])
{
	unsigned char salt[SALT_SIZE];
	int result;

	token_random(salt, sizeof(salt));
	result = argon2id_hash_encoded(cost->passes, cost->memory_kib,
		cost->lanes, password, strlen(password), salt, sizeof(salt),
		HASH_SIZE, phc, PASSWORD_PHC_SIZE);
	if (result == ARGON2_OK)
		return 0;
	if (result != ARGON2_MEMORY_ALLOCATION_ERROR &&
		result != ARGON2_THREAD_FAIL)
		log_defect("password", "%s", argon2_error_message(result));
	log_event(LOG_ERR, NULL, "password.failed", "why",
		argon2_error_message(result), NULL);
	return -1;
}

/* The cost a string was made with; 0, or -1 when it has another form. */
static int
read_cost(const char *phc, struct password_cost *cost)
{
	int end = 0;

	if (sscanf(phc, "$argon2id$v=19$m=%10u,t=%10u,p=%10u$%n",
		    &cost->memory_kib, &cost->passes, &cost->lanes, &end) != 3)
		return -1;
	return end > 0 ? 0 : -1;
}

bool
password_verify(const char *phc, const char *password)
{
	struct password_cost cost;
	int result;

	if (strnlen(phc, PASSWORD_PHC_SIZE) == PASSWORD_PHC_SIZE ||
		read_cost(phc, &cost) || cost.memory_kib > MOST_MEMORY_KIB ||
		cost.passes > MOST_PASSES || cost.lanes > MOST_LANES)
		return false;
	result = argon2id_verify(phc, password, strlen(password));
	if (result != ARGON2_OK && result != ARGON2_VERIFY_MISMATCH)
		log_event(LOG_ERR, NULL, "password.failed", "why",
			argon2_error_message(result), NULL);
	return result == ARGON2_OK;
}

bool
password_outdated(const char *phc, const struct password_cost *cost)
{
	struct password_cost made;

	return read_cost(phc, &made) || made.memory_kib != cost->memory_kib ||
	       made.passes != cost->passes || made.lanes != cost->lanes;
}

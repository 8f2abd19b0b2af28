/*
 * password.h: Argon2id in PHC string form ("$argon2id$v=19$m=…"). Both
 * functions use tens of MiB and milliseconds of CPU: call them in task_work().
 */
#ifndef MISSIOND_CRYPTO_PASSWORD_H
#define MISSIOND_CRYPTO_PASSWORD_H

#include <stdbool.h>
#include <stdint.h>

struct password_cost {
	uint32_t memory_kib; /* default 19456 (OWASP) */
	uint32_t passes;     /* default 2 */
	uint32_t lanes;	     /* default 1 */
};

#define PASSWORD_PHC_SIZE 128

/* 0 or -1 (no memory). */
int password_hash(const char *password, const struct password_cost *cost,
	char phc[PASSWORD_PHC_SIZE]);

/* Whether the password fits; false for a malformed string too. */
bool password_verify(const char *phc, const char *password);

/* Whether a string was made with another cost than the one now configured. */
bool password_outdated(const char *phc, const struct password_cost *cost);

#endif

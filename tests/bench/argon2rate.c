/*
 * argon2rate: the CPU of Argon2id alone, with missiond's own function.
 *
 *   argon2rate MEMORY-KIB PASSES LANES PASSWORD SECONDS
 *
 * Checks the password against a hash of it, as a log-in does, and prints the
 * hash and the milliseconds of CPU of one check as JSON.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/password.h"

static double
read_ms(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int
main(int argc, char **argv)
{
	struct password_cost cost;
	char phc[PASSWORD_PHC_SIZE];
	double begin, cpu, limit;
	unsigned count = 0;

	if (argc != 6)
		errx(2, "usage: argon2rate MEMORY-KIB PASSES LANES PASSWORD "
			"SECONDS");
	cost = (struct password_cost){
		.memory_kib = (uint32_t)strtoul(argv[1], NULL, 10),
		.passes = (uint32_t)strtoul(argv[2], NULL, 10),
		.lanes = (uint32_t)strtoul(argv[3], NULL, 10),
	};
	limit = strtod(argv[5], NULL) * 1e3;
	if (password_hash(argv[4], &cost, phc) != 0)
		errx(1, "no memory");
	begin = read_ms(CLOCK_MONOTONIC);
	cpu = read_ms(CLOCK_PROCESS_CPUTIME_ID);
	do {
		if (!password_verify(phc, argv[4]))
			errx(1, "the password does not fit its own hash");
		count++;
	} while (read_ms(CLOCK_MONOTONIC) - begin < limit);
	cpu = read_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("{\"phc\": \"%s\", \"checks\": %u, \"cpu_ms\": %.4f}\n", phc,
		count, cpu / count);
	return fflush(stdout) == 0 ? 0 : 1;
}

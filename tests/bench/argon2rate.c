/*
 * argon2rate: the CPU of Argon2id alone, with missiond's own function.
 *
 *   argon2rate MEMORY-KIB PASSES LANES PASSWORD
 *
 * Prints a hash of the password. Then, for each line that it reads, it checks
 * the password against that, as a log-in does, and prints the milliseconds of
 * CPU which that took.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/password.h"

static double
read_cpu_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int
main(int argc, char **argv)
{
	struct password_cost cost;
	char phc[PASSWORD_PHC_SIZE], line[16];

	if (argc != 5)
		errx(2, "usage: argon2rate MEMORY-KIB PASSES LANES PASSWORD");
	cost = (struct password_cost){
		.memory_kib = (uint32_t)strtoul(argv[1], NULL, 10),
		.passes = (uint32_t)strtoul(argv[2], NULL, 10),
		.lanes = (uint32_t)strtoul(argv[3], NULL, 10),
	};
	if (password_hash(argv[4], &cost, phc) != 0)
		errx(1, "no memory");
	printf("%s\n", phc);
	while (fflush(stdout) == 0 &&
		fgets(line, sizeof(line), stdin) != NULL) {
		double begin = read_cpu_ms();

		if (!password_verify(phc, argv[4]))
			errx(1, "the password does not fit its own hash");
		printf("%.4f\n", read_cpu_ms() - begin);
	}
	return ferror(stdout) ? 1 : 0;
}

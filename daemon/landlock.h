/*
 * landlock.h: Linux' own sandbox for files and ports, which a process lays over
 * itself and cannot take off again (landlock(7)). Three steps: landlock_begin()
 * with what is refused, landlock_allow…() for the exceptions, landlock_end().
 * What the kernel is too old for is left out; landlock_version() says what
 * there is: 1 files, 3 truncation, 4 TCP ports, 5 device ioctls, 6 signals and
 * abstract sockets; 0: nothing.
 *
 * Held for the calling thread and all it makes afterwards: call it before there
 * are others. What was laid over a parent holds for its children too.
 */
#ifndef MISSIOND_LANDLOCK_H
#define MISSIOND_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* What a folder (with all below) or a file is allowed for. */
enum {
	LANDLOCK_READ = 1,
	LANDLOCK_WRITE = 2, /* make, change, rename, remove */
	LANDLOCK_RUN = 4
};

struct landlock {
	int version; /* whose rules are used; at most the kernel's */
	int ruleset; /* descriptor, −1: none */
	uint64_t files;
};

int landlock_version(void);

/* `version` is landlock_version(); a test may pretend an older kernel.
 * Refuses these uses (a sum) everywhere; with `apart` also TCP ports in both
 * directions and, of processes that are not below this one, signals and
 * abstract sockets. 0 (also when the kernel has no Landlock), or −1 with errno.
 */
int landlock_begin(
	struct landlock *landlock, int version, unsigned uses, bool apart);

/* A path that does not exist is left out. */
int landlock_allow(
	const struct landlock *landlock, const char *path, unsigned uses);

/* Connecting to a TCP port. */
int landlock_allow_port(const struct landlock *landlock, uint64_t port);

/* From now on, for good. Sets no_new_privs, without which nobody may. */
int landlock_end(struct landlock *landlock);

#endif

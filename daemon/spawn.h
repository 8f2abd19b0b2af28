/* spawn.h: a child process of the supervisor: account, descriptors, exec. */
#ifndef MISSIOND_SPAWN_H
#define MISSIOND_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

struct account;

#define SPAWN_ARGUMENTS_MOST   80
#define SPAWN_DESCRIPTORS_MOST 48

struct spawn {
	const char *program;
	const char *arguments[SPAWN_ARGUMENTS_MOST]; /* with [0], ends NULL */
	int keep[SPAWN_DESCRIPTORS_MOST];	     /* all others are closed */
	size_t keep_count;
	const struct account *account;
	const char *temporary; /* TMPDIR; NULL: as it is */
	int output; /* becomes stdout and stderr; −1: as they are */
	/* After all that, before exec; 0 or −1. NULL: none. */
	int (*confine)(const void *argument);
	const void *confine_argument;
};

/* The process id, or −1 with errno. The child dies with SIGKILL (mariadbd:
 * SIGTERM, by `death`) when the supervisor does. It may write no core file and
 * cannot allow itself one (RLIMIT_CORE, getrlimit(2)). */
pid_t spawn(const struct spawn *spawn, int death);

#endif

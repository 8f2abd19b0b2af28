/*
 * fault.h: where tests kill a process. Without the build option fault_injection
 * there is nothing of it in the program; a release is built without.
 */
#ifndef MISSIOND_BASE_FAULT_H
#define MISSIOND_BASE_FAULT_H

#include <stddef.h>

/*
 * The process is at a step of something, counted from 1, "before" or "after"
 * it: "provision:3:before". When MISSIOND_CRASH_AT says so it ends as by kill
 * -9. When MISSIOND_FAULTS names a Unix socket, it says there where it is and
 * waits until whoever listens closes the connection, or kills it.
 */
#ifdef MISSIOND_FAULT_INJECTION
void fault_point(const char *kind, size_t step, const char *when);
#else
static inline void
fault_point(const char *kind, size_t step, const char *when)
{
	(void)kind;
	(void)step;
	(void)when;
}
#endif

#endif

/* fault.h: where tests kill the steward. Without the build option
 * fault_injection there is nothing of it in the program. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_FAULT_H
#define MISSIOND_TENANTS_LIFECYCLE_FAULT_H

#include <stddef.h>

/* Ends the process as by kill -9 when MISSIOND_CRASH_AT says so:
 * "provision:3:before" or "provision:3:after", steps counted from 1. */
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

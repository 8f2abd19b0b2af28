#include "tenants/lifecycle/fault.h"

#ifdef MISSIOND_FAULT_INJECTION

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fault_point(const char *kind, size_t step, const char *when)
{
	const char *wanted = getenv("MISSIOND_CRASH_AT");
	char here[64];

	if (wanted == NULL)
		return;
	snprintf(here, sizeof(here), "%s:%zu:%s", kind, step, when);
	if (strcmp(here, wanted) == 0)
		raise(SIGKILL);
}

#endif

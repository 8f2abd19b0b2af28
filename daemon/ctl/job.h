/* job.h: following a job to its end. */
#ifndef MISSIOND_CTL_JOB_H
#define MISSIOND_CTL_JOB_H

#include <stdbool.h>

struct call;

/*
 * Waits until the job has ended; on a terminal one line shows its steps. Prints
 * how it ended (not when `quiet`). CTL_OK or CTL_FAILED, or another exit code.
 */
int job_follow(
	struct call *call, const char *slug, const char *job, bool quiet);

#endif

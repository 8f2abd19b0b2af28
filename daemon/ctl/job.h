/* job.h: following a job to its end. */
#ifndef MISSIOND_CTL_JOB_H
#define MISSIOND_CTL_JOB_H

#include <stdbool.h>

struct call;

/*
 * Waits until the job has ended; on a terminal one line shows its steps. Prints
 * how it ended (not when `quiet`). A missiond that is away for a while is
 * waited for. CTL_OK, CTL_FAILED, or CTL_UNREACHABLE when that took too long;
 * but for the last the call's answer is the job.
 */
int job_follow(
	struct call *call, const char *slug, const char *job, bool quiet);

#endif

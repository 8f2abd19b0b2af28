/*
 * rotate.h: a new password for a community's database account, while it is
 * used. The account gets that of the next generation first, then the registry
 * says so, then all machines are told. Who comes in between finds the password
 * by itself (credentials.h), so no request fails. Sessions that are open go on:
 * workers close theirs when they hear of it; `ACCOUNT LOCK` and KILL are for
 * shutting somebody out.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_ROTATE_H
#define MISSIOND_TENANTS_LIFECYCLE_ROTATE_H

#include "base/record.h"

struct arena;
struct db;
struct error;
struct job_kind;

#define ROTATE_KIND  "rotate"
#define ROTATE_STEPS 3
extern const struct job_kind rotate_kind;

/*
 * Queues the job and notes in the host's audit list who wanted it. 0 with the
 * job's id, 1 refused with a text, or -1. Waits, in a scope of
 * missiond_control.
 */
int rotate_enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal);

#endif

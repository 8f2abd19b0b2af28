/*
 * discard.h: taking away a community that missionctl selftest made for itself:
 * nobody is let in any more, then its account, its schema and its rows go. No
 * other community can be taken away by this.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_DISCARD_H
#define MISSIOND_TENANTS_LIFECYCLE_DISCARD_H

#include "base/record.h"

struct arena;
struct db;
struct error;
struct job_kind;

/* What the slug of such a community begins with. */
#define DISCARD_PREFIX "selftest-"

#define DISCARD_KIND  "discard"
#define DISCARD_STEPS 4
extern const struct job_kind discard_kind;

/* As rotate_enqueue(); UUID_NONE when there is no such community. */
int discard_enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal);

#endif

/*
 * allowance.h: how many requests a community has left: token buckets in memory
 * shared by a machine's workers, so that a limit is what the whole machine
 * gives (each machine gives it). A bucket is there only while it is not full: a
 * table of fixed size serves any number of communities. When more than it has
 * room for are busy at once, those without a bucket are not limited.
 */
#ifndef MISSIOND_TENANTS_ALLOWANCE_H
#define MISSIOND_TENANTS_ALLOWANCE_H

#include <stdint.h>

#include "base/record.h"

struct allowance_table;

/* A table behind a descriptor to be inherited; -1 with errno. */
int allowance_create(void);

/* Maps it; NULL with errno. */
struct allowance_table *allowance_map(int descriptor);
void allowance_unmap(struct allowance_table *table);

/*
 * Takes one request from the community's bucket at `now` (clock_monotonic()):
 * 0, or after how many microseconds there is one. A changed rate or burst
 * counts at once: who was out of requests has one after the new interval at the
 * latest.
 */
int64_t allowance_take(struct allowance_table *table, struct uuid community,
	int64_t per_second, int64_t burst, int64_t now);

#endif

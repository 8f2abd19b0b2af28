/* upgrade.h: communities whose schema is behind what this program brings. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_UPGRADE_H
#define MISSIOND_TENANTS_LIFECYCLE_UPGRADE_H

#include <stdint.h>

struct db;

/*
 * Queues an update for every active community below version `newest` that has
 * none waiting: its first step migrates. With nothing to do it is one query. 0
 * or -1. Waits, in a scope of missiond_control.
 */
int upgrade_enqueue(struct db *control, int64_t newest);

#endif

/*
 * epoch_sync.h: epochs between machines. One task of a process writes what its
 * process moved into the control schema (community_state), in batches at most
 * 100 ms later; on one process of each machine it also asks, with one query an
 * interval for all communities, what moved elsewhere, and lets the machine's
 * table follow. So a change is seen
 *
 * - at once by every process of the machine it was made on (epoch.h),
 * - by other machines after at most 100 ms, EPOCH_POLL_INTERVAL and the time
 *   of two statements: a database that hardly answers has ten seconds for each.
 *
 * A machine also hears of its own changes and lets its counters follow once
 * more: that costs a needless look and can never hide somebody else's change.
 */
#ifndef MISSIOND_TENANTS_EPOCH_SYNC_H
#define MISSIOND_TENANTS_EPOCH_SYNC_H

#include <stdbool.h>
#include <stdint.h>

struct db_account;
struct db_pool;
struct db_statement;
struct epoch_sync;
struct epoch_table;
struct loop;

#define EPOCH_TELL_INTERVAL INT64_C(100000)
#define EPOCH_POLL_INTERVAL INT64_C(1000000)

struct epoch_sync_setting {
	struct loop *loop;
	struct db_pool *pool;		  /* of the control schema */
	const struct db_account *account; /* missiond_registry */
	struct epoch_table *epochs;
	bool polls; /* one process of a machine: worker 0 */
};

/* Starts the task. The setting's pointers must live until it has ended. */
struct epoch_sync *epoch_sync_start(const struct epoch_sync_setting *setting);

/* Tells what is not told yet and ends the task, which frees itself. After
 * this loop_run() can end. */
void epoch_sync_stop(struct epoch_sync *sync);

/* Ends with NULL; for tests. */
extern const struct db_statement *const epoch_sync_statements[];

#endif

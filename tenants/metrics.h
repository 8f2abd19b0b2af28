/*
 * metrics.h: what a worker counts, in memory that it shares with the steward,
 * who reads it for GET /metrics (daemon/control_metrics.c).
 *
 * Each worker number has a sheet that its worker alone writes, so counting
 * takes no lock and no memory: a few stores. A worker that is started again
 * goes on with the sheet of the one before, so nothing that is counted goes
 * backwards while the supervisor lives.
 *
 * Communities are counted by slug in a table of fixed size. When more are asked
 * for than it has room for, those that are asked for the least are counted
 * together, as METRICS_OTHERS; so a worker's memory does not depend on how many
 * there are.
 *
 * A reader trusts nothing in there: a worker that was taken over may write what
 * it likes, and must not do more with it than tell wrong figures.
 */
#ifndef MISSIOND_TENANTS_METRICS_H
#define MISSIOND_TENANTS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metrics;
struct request;

/* What is added up for a worker's whole life, then what is so now. The table in
 * metrics_table.c names them. */
enum metrics_value {
	METRICS_LIMITED, /* 429: above requests_per_second */
	METRICS_CROWDED, /* too many requests of the community wait */
	METRICS_CONNECTIONS_REFUSED, /* too many wait for its connections */
	METRICS_PASSWORDS,	     /* too many passwords of it do */
	METRICS_TRIES,		     /* too many from one network */
	METRICS_THROTTLED,	     /* too many for one account or mailbox */
	METRICS_STREAMS_REFUSED,     /* too many event streams are open */
	METRICS_TURNS,
	METRICS_TURNS_WAITED,
	METRICS_POOL_CONNECTS,
	METRICS_POOL_FAILURES,
	METRICS_POOL_SWITCHES,
	METRICS_POOL_WAITS,
	METRICS_POOL_WAITED, /* µs */
	METRICS_CACHE_HITS,
	METRICS_CACHE_MISSES,
	METRICS_EVENTS,
	METRICS_ACCEPTED,
	METRICS_REFUSED,
	METRICS_COUNTERS, /* how many of these; none of them */
	METRICS_CONNECTIONS = METRICS_COUNTERS,
	METRICS_STREAMS,
	METRICS_REQUESTS,
	METRICS_WORKING,
	METRICS_WAIT_TURNS,
	METRICS_WAIT_PASSWORDS,
	METRICS_WAIT_NAMES,
	METRICS_WAIT_POOL,
	METRICS_POOL_IDLE,
	METRICS_POOL_BUSY,
	METRICS_CACHE_PAGES,
	METRICS_CACHE_BYTES,
	METRICS_TASKS_PARKED,
	METRICS_TASKS_READY,
	METRICS_VALUES
};

/* From 100 on; what is none of these counts as the last. */
#define METRICS_STATUSES 500
/* Of a status: 1xx to 5xx. */
#define METRICS_CLASSES 5

/* Rows of the routes, and two for what has none (metrics_table.h). */
#define METRICS_ROUTES_MOST 512

/* One for each rate class. */
#define METRICS_KINDS 4
/* Upper ends in metrics_table.c; the last bucket is for what took longer. */
#define METRICS_BUCKETS 15

/* With the NUL; a slug has at most 40 characters. */
#define METRICS_NAME_SIZE 48

/* Memory for all workers behind a descriptor to be inherited, which none of
 * them can shrink; −1 with errno. */
int metrics_create(void);

/* The sheet of worker `number` (below EPOCH_PROCESSES), to write. NULL with
 * errno. One per process. */
struct metrics *metrics_map(int descriptor, unsigned number);
/* All sheets, to read. NULL with errno. */
struct metrics *metrics_map_all(int descriptor);
void metrics_unmap(struct metrics *metrics);

/* A request was answered; `microseconds` from its head's arrival. */
void metrics_answered(struct metrics *metrics, const struct request *request,
	int64_t microseconds);

/* Adds to one of the counters. Nothing where nobody counts (NULL). */
void metrics_add(
	struct metrics *metrics, enum metrics_value value, uint64_t more);
/* What is so now. */
void metrics_set(
	struct metrics *metrics, enum metrics_value value, uint64_t now);

/* One line of the communities. */
struct metrics_community {
	char name[METRICS_NAME_SIZE];
	uint64_t classes[METRICS_CLASSES];
};

/* What all workers counted. */
struct metrics_sum {
	uint64_t values[METRICS_VALUES];
	uint64_t statuses[METRICS_STATUSES];
	uint64_t routes[METRICS_ROUTES_MOST][METRICS_CLASSES];
	uint64_t durations[METRICS_KINDS][METRICS_BUCKETS]; /* each its own */
	uint64_t spent[METRICS_KINDS];			    /* µs */
	uint64_t nobodys[METRICS_CLASSES]; /* for no community */
	uint64_t others[METRICS_CLASSES];  /* of communities without a line */
	struct metrics_community *communities; /* in no order, each name once */
	size_t community_count;
};

/*
 * Adds up. What is so now counts for workers of which `is_alive(process,
 * argument)` says so. Release it.
 */
void metrics_read(const struct metrics *metrics,
	bool (*is_alive)(int64_t process, const void *argument),
	const void *argument, struct metrics_sum *sum);
void metrics_sum_release(struct metrics_sum *sum);

#endif

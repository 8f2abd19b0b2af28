/* throttle_statements.h: what the SQL of throttle.h takes and gives. Times are
 * seconds. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_THROTTLE_STATEMENTS_H
#define MISSIOND_TENANTS_ACCOUNTS_THROTTLE_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

/* In the order of the statement: `first`, `step` and `added` are how long one
 * try takes to be forgotten, `most` and `limit` as long as all that may be
 * made at once. */
struct attempt_charge {
	int64_t slot;
	int64_t first;
	int64_t most;
	int64_t step;
	int64_t limit;
	int64_t added;
};

struct attempt_charged {
	bool refused;
	int64_t ahead; /* until all tries are forgotten */
};

struct attempt_return {
	int64_t step;
	int64_t first;
	int64_t second;
};

struct place {
	struct slice digest;
	struct slice proof;
	struct timestamp until;
};

/* A member's two: by user name and by address. */
struct place_store {
	struct place by_name;
	struct place by_email;
};

#endif

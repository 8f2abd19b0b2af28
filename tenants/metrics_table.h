/* metrics_table.h: what the numbers of metrics.h are called. */
#ifndef MISSIOND_TENANTS_METRICS_TABLE_H
#define MISSIOND_TENANTS_METRICS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "tenants/metrics.h"

struct buffer;
struct route;

/* The number of a request's route; NULL for what is answered before one is
 * found. A row that is in no table counts as "unknown". */
size_t metrics_route_number(const struct route *route);

/* The upper end of a bucket, µs; the last has none. */
extern const int64_t metrics_ends[METRICS_BUCKETS - 1];

/* All that is not told by community, as families of samples. */
void metrics_print(const struct metrics_sum *sum, struct buffer *buffer);

#endif

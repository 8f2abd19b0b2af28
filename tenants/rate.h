/*
 * rate.h: how often a visitor may ask for what costs: a first, cheap line
 * against floods (what counts for passwords is tenants/accounts/throttle.h).
 * Token buckets in this worker's memory, of fixed number: a visitor who meets a
 * bucket of another's (a collision, or an old one) gets a full one. Keyed by
 * community, so that what happens in one slows nobody in another.
 */
#ifndef MISSIOND_TENANTS_RATE_H
#define MISSIOND_TENANTS_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate_table;
struct request;

struct rate_table *rate_table_new(void);
void rate_table_free(struct rate_table *table);

/* Counts a request against its route's rate class and the visitor's network: 0
 * when it may go on, else after how many seconds. */
int64_t rate_take(struct rate_table *table, const struct request *request);

/* The network of an address, as far as one visitor has it: an IPv6 /64, all of
 * IPv4. How many bytes. */
size_t rate_network(const char *peer, unsigned char network[16]);

/* "There were too many tries. Try again in …", in the request's language. */
const char *rate_wait_text(struct request *request, int64_t seconds);

#endif

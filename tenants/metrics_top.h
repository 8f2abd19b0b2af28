/*
 * metrics_top.h: which communities are told by name: those with the most
 * requests; the others are told together. Every series only grows: who comes
 * into the list later counts from there on, and what it had before stays in the
 * sum of the others; who leaves takes what was told of it out of sight.
 */
#ifndef MISSIOND_TENANTS_METRICS_TOP_H
#define MISSIOND_TENANTS_METRICS_TOP_H

#include <stddef.h>

struct buffer;
struct metrics_sum;
struct metrics_top;

/* No slug is like these. */
#define METRICS_OTHERS	"(others)"
#define METRICS_NOBODYS "(none)"

/* The list lives as long as its reader: another would begin anew. */
struct metrics_top *metrics_top_new(void);
void metrics_top_free(struct metrics_top *top);

/* Goes on with new sums, of which `most` are told by name, and prints the
 * family. Reorders the sum's lines. */
void metrics_top_print(struct metrics_top *top, struct metrics_sum *sum,
	size_t most, struct buffer *buffer);

#endif

/*
 * epoch.h: "something happened in community X", the one mechanism (design:
 * Processes). Shared memory of this machine's workers: a table of counters, a
 * community's place in it is a hash of its id, so a collision only costs a
 * needless look.
 */
#ifndef MISSIOND_TENANTS_EPOCH_H
#define MISSIOND_TENANTS_EPOCH_H

#include <stdint.h>

#include "base/record.h"

struct epoch_table;

/* Maps the table behind a descriptor made by epoch_create(). */
int epoch_create(void); /* memfd, or -1 with errno */
struct epoch_table *epoch_map(int descriptor);
void epoch_unmap(struct epoch_table *table);

/* The counter now. */
uint64_t epoch_read(const struct epoch_table *table, struct uuid community);

/* As epoch_read(), but moved only by EPOCH_SETTINGS: what snapshots of a
 * community are current by. */
uint64_t epoch_settings(const struct epoch_table *table, struct uuid community);

/*
 * Before and after a commit that a visitor could see. Between the two the
 * counter is odd-marked for readers: what they build meanwhile is not kept.
 * `kind` says what moved (EPOCH_CONTENT, EPOCH_SETTINGS, EPOCH_MAIL); it is
 * written to community_state at most 100 ms later.
 */
enum epoch_kind { EPOCH_CONTENT = 1, EPOCH_SETTINGS = 2, EPOCH_MAIL = 4 };
void epoch_begin(struct epoch_table *table, struct uuid community);
void epoch_end(
	struct epoch_table *table, struct uuid community, unsigned kinds);

#endif

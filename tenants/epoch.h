/*
 * epoch.h: "something happened in community X", the one mechanism (design:
 * Processes). Shared memory of this machine's processes: a table of counters, a
 * community's place in it is a hash of its id, so a collision only costs a
 * needless look. What moved is also noted there until epoch_sync.h has told the
 * other machines, so that a worker that dies takes nothing with it: the one
 * that replaces it finds its notes.
 */
#ifndef MISSIOND_TENANTS_EPOCH_H
#define MISSIOND_TENANTS_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct epoch_table;

/* Processes that write: workers have their number, from 0. */
#define EPOCH_PROCESSES 64

/* A table behind a descriptor to be inherited; -1 with errno. */
int epoch_create(void);

/* Maps it as process number `process`; NULL with errno. What a predecessor of
 * that number left open counts as moved. */
struct epoch_table *epoch_map(int descriptor, unsigned process);
void epoch_unmap(struct epoch_table *table);

/*
 * The counter now. Its lowest bit says that somebody is between epoch_begin()
 * and epoch_end(): what is built meanwhile must not be kept.
 */
uint64_t epoch_read(const struct epoch_table *table, struct uuid community);

/* As epoch_read(), but moved only by EPOCH_SETTINGS: what snapshots of a
 * community are current by. */
uint64_t epoch_settings(const struct epoch_table *table, struct uuid community);

/*
 * How often epoch_settings() of any community has moved. For who learns from
 * the database which community to ask for: when this is the same after
 * epoch_settings() as before the database was asked, that is the epoch from
 * before.
 */
uint64_t epoch_settings_moves(const struct epoch_table *table);

/*
 * Before and after a commit that a visitor could see. `kinds` says what moved;
 * 0: nothing did after all.
 */
enum epoch_kind {
	EPOCH_CONTENT = 1,
	EPOCH_SETTINGS = 2,
	EPOCH_MAIL = 4,
	EPOCH_NEWS = 8 /* worth telling those who look on: epoch_news.h */
};
#define EPOCH_ALL  15U
#define EPOCH_TOLD 7U /* of these, what other machines are told */
void epoch_begin(struct epoch_table *table, struct uuid community);
void epoch_end(
	struct epoch_table *table, struct uuid community, unsigned kinds);

/* Something moved elsewhere: the counters here follow, nobody is told. */
void epoch_follow(
	struct epoch_table *table, struct uuid community, unsigned kinds);

/* For epoch_sync.h: takes one note of this process away; false when there is
 * none. Put back when nobody could be told. */
bool epoch_take(
	struct epoch_table *table, struct uuid *community, unsigned *kinds);
void epoch_put_back(
	struct epoch_table *table, struct uuid community, unsigned kinds);

/* For epoch_sync.h: up to when this machine knows what moved elsewhere
 * (microseconds of the database's clock, 0: nobody has asked yet). */
int64_t epoch_polled(const struct epoch_table *table);
void epoch_set_polled(struct epoch_table *table, int64_t moved_at);

#endif

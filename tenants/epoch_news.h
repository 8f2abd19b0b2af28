/*
 * epoch_news.h: whether there is something new to be seen in a community, for
 * those who are told of it (events/): a part of epoch.h that is the community's
 * own. A needless look costs nothing; to tell the visitors of one community
 * that something happened, when it was in another whose slot it shares, would
 * be wrong. So would be to tell them of one's own change a second time, when
 * this machine hears of it from the control schema.
 */
#ifndef MISSIOND_TENANTS_EPOCH_NEWS_H
#define MISSIOND_TENANTS_EPOCH_NEWS_H

#include <stdint.h>

#include "base/record.h"

struct epoch_table;

/*
 * A number that moves up when a change with EPOCH_NEWS was committed here, or
 * when anything but settings moved on another machine (which kind is not told
 * between machines). Beyond some 60,000 communities that had changes since the
 * supervisor started, those that come last have no news.
 */
uint64_t epoch_news(const struct epoch_table *table, struct uuid community);

/* A random number of the table: the numbers of others (before a start, on
 * another machine) are not comparable. */
uint32_t epoch_news_name(const struct epoch_table *table);

/* For epoch_sync.h: this machine tells others of a move, or (−1) did not get it
 * told after all. Said before it is told. */
void epoch_news_tell(
	const struct epoch_table *table, struct uuid community, int64_t times);

/* For epoch_sync.h, on one process of a machine: the control schema's count of
 * moves that were told is `moves` now. What this machine did not tell is new
 * here. Moves of settings are neither told nor counted. */
void epoch_news_hear(
	const struct epoch_table *table, struct uuid community, int64_t moves);

#endif

#include "base/fair.h"

#include <stddef.h>

#include "base/log.h"

void
fair_init(struct fair *fair)
{
	for (unsigned i = 0; i < FAIR_LEVELS; i++)
		TAILQ_INIT(&fair->levels[i]);
	fair->filled = 0;
}

void
fair_lane_init(struct fair_lane *lane)
{
	*lane = (struct fair_lane){0};
	TAILQ_INIT(&lane->items);
}

static unsigned
level_of(const struct fair_lane *lane)
{
	return lane->active < FAIR_LEVELS ? lane->active : FAIR_LEVELS - 1;
}

static void
take_out(struct fair *fair, struct fair_lane *lane)
{
	if (!lane->queued)
		return;
	TAILQ_REMOVE(&fair->levels[lane->level], lane, next);
	if (TAILQ_EMPTY(&fair->levels[lane->level]))
		fair->filled &= ~(UINT64_C(1) << lane->level);
	lane->queued = false;
}

/* Where it belongs now: nowhere, or last of its level. */
static void
put_in(struct fair *fair, struct fair_lane *lane)
{
	if (lane->queued || lane->waiting == 0 ||
		(lane->most != 0 && lane->active >= lane->most))
		return;
	lane->level = level_of(lane);
	TAILQ_INSERT_TAIL(&fair->levels[lane->level], lane, next);
	fair->filled |= UINT64_C(1) << lane->level;
	lane->queued = true;
}

void
fair_limit(struct fair *fair, struct fair_lane *lane, unsigned most)
{
	lane->most = most;
	if (most != 0 && lane->active >= most)
		take_out(fair, lane);
	else
		put_in(fair, lane);
}

void
fair_wait(struct fair *fair, struct fair_lane *lane, struct fair_item *item)
{
	if (item->lane != NULL)
		log_defect("fair", "waits already");
	item->lane = lane;
	TAILQ_INSERT_TAIL(&lane->items, item, next);
	lane->waiting++;
	put_in(fair, lane);
}

void
fair_leave(struct fair *fair, struct fair_item *item)
{
	struct fair_lane *lane = item->lane;

	if (lane == NULL)
		return;
	item->lane = NULL;
	TAILQ_REMOVE(&lane->items, item, next);
	if (--lane->waiting == 0)
		take_out(fair, lane);
}

static struct fair_lane *
first_from(const struct fair *fair, unsigned level)
{
	uint64_t filled =
		level < FAIR_LEVELS ? fair->filled >> level << level : 0;

	if (filled == 0)
		return NULL;
	return TAILQ_FIRST(&fair->levels[__builtin_ctzll(filled)]);
}

struct fair_lane *
fair_first(const struct fair *fair)
{
	return first_from(fair, 0);
}

struct fair_lane *
fair_after(const struct fair *fair, const struct fair_lane *lane)
{
	struct fair_lane *next = TAILQ_NEXT(lane, next);

	return next != NULL ? next : first_from(fair, lane->level + 1);
}

void
fair_begin(struct fair *fair, struct fair_lane *lane)
{
	take_out(fair, lane);
	lane->active++;
	put_in(fair, lane);
}

void
fair_end(struct fair *fair, struct fair_lane *lane)
{
	if (lane->active == 0)
		log_defect("fair", "ends what did not begin");
	take_out(fair, lane);
	lane->active--;
	put_in(fair, lane);
}

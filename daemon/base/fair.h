/*
 * fair.h: who is next where many want the same. Whoever belongs together (a
 * community) waits in a lane of their own; the next lane is the one that holds
 * the least of what is given out, and among equals the one that has waited
 * longest. So each waits behind its own, and a lane that holds nothing is
 *served before all that hold something. Every call is O(1).
 *
 *	fair_wait() ─→ fair_first() ─→ fair_leave(), fair_begin() ─→ fair_end()
 *
 * No lane starves as long as what is held comes back: one that holds nothing is
 * behind at most those that held nothing when it came, each of them once.
 */
#ifndef MISSIOND_BASE_FAIR_H
#define MISSIOND_BASE_FAIR_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

/* Lanes that hold this much or more count as equal. */
#define FAIR_LEVELS 64

struct fair_item {
	TAILQ_ENTRY(fair_item) next;
	struct fair_lane *lane; /* NULL: does not wait */
};

struct fair_lane {
	TAILQ_ENTRY(fair_lane) next; /* while `queued` */
	TAILQ_HEAD(fair_items, fair_item) items;
	unsigned waiting;
	unsigned active; /* how much it holds */
	unsigned most;	 /* that it may hold; 0: no limit */
	unsigned level;	 /* while `queued`: where */
	bool queued;	 /* has somebody waiting and may hold more */
};

struct fair {
	TAILQ_HEAD(fair_lanes, fair_lane) levels[FAIR_LEVELS];
	uint64_t filled; /* bit per level that has a lane */
};

void fair_init(struct fair *fair);
void fair_lane_init(struct fair_lane *lane);

/* How much the lane may hold from now on; what it holds already it keeps. */
void fair_limit(struct fair *fair, struct fair_lane *lane, unsigned most);

/* Last in the lane; an item must not wait already. */
void fair_wait(
	struct fair *fair, struct fair_lane *lane, struct fair_item *item);

/* Waits no longer; nothing when it did not. */
void fair_leave(struct fair *fair, struct fair_item *item);

/* The lane whose turn it is, and the one after; NULL: none that may hold more
 * has somebody waiting. */
struct fair_lane *fair_first(const struct fair *fair);
struct fair_lane *fair_after(
	const struct fair *fair, const struct fair_lane *lane);

/* The lane holds one more, or one less. Its next turn comes after those of all
 * that hold as much. */
void fair_begin(struct fair *fair, struct fair_lane *lane);
void fair_end(struct fair *fair, struct fair_lane *lane);

#endif

/*
 * turns.h: whose request is worked on next. Requests of one community wait in a
 * lane of their own (base/fair.h) until fewer than its limit are in work; at
 * each turn of the loop at most some of each community begin, one of each after
 * another. So one community's crowd delays another's request by a few steps of
 * work, not by the crowd. One table per worker; a community that nobody asks
 * for leaves it.
 *
 * There are two limits: a community that is asked for alone may have all that
 * the worker is given to do, and fewer while others were asked for within
 * TURNS_SHARED. What is in work runs on the same processors, here and in the
 * database: whoever comes shares them with all of it, whatever the order in
 * which it began.
 *
 * A request holds its turn while a task works for it: from admission to the
 * reply, but not while its body is awaited (a slow sender would hold it for
 * ever) nor while it waits for a thread (turn_work()).
 */
#ifndef MISSIOND_TENANTS_TURNS_H
#define MISSIOND_TENANTS_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct loop;
struct request;
struct turns;

/* For so long a community counts as asked for. µs */
#define TURNS_SHARED (5 * CLOCK_SECOND)

/* How many requests of a community may be in work at a time; 0: any number. */
struct turn_limits {
	int64_t alone;	/* while it is asked for alone, */
	int64_t shared; /* and while others are, too: the lesser of both */
};

struct turns *turns_new(struct loop *loop);

/* Nobody may wait or hold a turn. */
void turns_free(struct turns *turns);

/* Drops the lanes of communities that nobody came to since the last time; a
 * timer does so every ten minutes. */
void turns_sweep(struct turns *turns);

/*
 * Waits for a turn of request->community. 0: held until turn_leave(); 1: too
 * many wait already, or it took too long; −1: the task is over. Nothing when it
 * is held already.
 */
int turn_take(struct request *request, const struct turn_limits *limits);

/* Gives it back; nothing when none is held. Does not wait. */
void turn_leave(struct request *request);

/* Takes it again as it was taken first: after the body came, or after waiting
 * for something that is scarce by itself. 0 too when there was none. */
int turn_resume(struct request *request);

/*
 * Runs `run(argument)` on a thread (loop/work.h), in the community's lane,
 * where `most` may wait (0: any number); the turn is given back meanwhile. 0;
 * −1 when the request is to end: the task is over, or turn_is_crowded().
 */
int turn_work(struct request *request, int64_t most,
	void (*run)(void *argument), void *argument);

/* Whether turn_work() did not begin because too many of the community waited,
 * or it took too long. */
bool turn_is_crowded(const struct request *request);

/*
 * Before a refusal: waits for a quarter of a second to half of one, unless too
 * many do. Who asks in a loop and is refused at once would keep the worker busy
 * with refusals; and those who are refused together and come back together
 * would be a crowd each time.
 */
void turn_delay(struct request *request);

/* For metrics. */
struct turns_counts {
	uint64_t requests; /* that came for a turn */
	uint64_t waited;   /* of these */
	uint64_t crowded;  /* refused: too many waited, or for too long */
	uint64_t limited;  /* refused: above requests_per_second */
	uint64_t worked;   /* turn_work() that was done */
	uint64_t unworked; /* refused: turn_is_crowded() */
	unsigned working, waiting; /* now */
	size_t lanes;		   /* now: communities that are known */
};

/* Counts a refusal above requests_per_second. */
void turn_count_limited(struct request *request);

/* Of all communities together, without looking at each. */
void turns_sum(const struct turns *turns, struct turns_counts *counts);

#endif

/*
 * work.h: task_work() for many who share the threads. Each community's work
 * waits in a lane of its own (base/fair.h): a thread that comes free goes to
 * the lane that holds the fewest, among equals to the one that has waited
 * longest. So a lane that holds none waits for the end of one work, and for
 * others like it that came before, whatever the crowd in another.
 *
 * What was not begun when its task is cancelled, or when its time is over, is
 * never begun: it costs no thread.
 */
#ifndef MISSIOND_LOOP_WORK_H
#define MISSIOND_LOOP_WORK_H

#include <stdint.h>

#include "base/fair.h"

/* fair_lane_init(); from then on the threads' as well: nobody else looks into
 * it. It must outlive the loop, or every work that was given to it. */
struct work_lane {
	struct fair_lane turn;
};

struct work_limit {
	int64_t waiting; /* so many may wait in the lane; 0: any number */
	int64_t until;	 /* on clock_monotonic(), to be begun; 0: any time */
};

/*
 * Runs `run(argument)` on a thread. 0: done; 1: not begun, because too many
 * wait in the lane or it took too long; −1: the task is over, and it may have
 * been done or not. `argument` may live on this stack in any case.
 */
int work_in_lane(struct work_lane *lane, const struct work_limit *limit,
	void (*run)(void *argument), void *argument);

#endif

/*
 * loop.h: one libevent loop per process, for what is not a task: listeners,
 * connections, timers, signals. Callbacks run on the loop's own stack and never
 * wait. Only this folder and http/ see libevent.
 */
#ifndef MISSIOND_LOOP_LOOP_H
#define MISSIOND_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;
struct loop_timer;

/* One per process; NULL with errno when libevent cannot start. */
struct loop *loop_new(void);
void loop_free(struct loop *loop);
struct event_base *loop_events(struct loop *loop);

/* Runs until loop_stop() and until all tasks have ended. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Calls `run(argument)` from the loop, soon, in order of the calls. */
void loop_defer(struct loop *loop, void (*run)(void *), void *argument);

/* Every `interval` microseconds (and once after `first`), until freed. With
 * interval 0 it fires once. The loop's clock is coarse: it may call up to 4 ms
 * early, so whoever compares with clock_monotonic() must arm again. */
struct loop_timer *loop_timer_new(struct loop *loop, int64_t first,
	int64_t interval, void (*run)(void *), void *argument);
void loop_timer_free(struct loop_timer *timer);

/* Handler for a signal, called from the loop. 0 or -1. */
int loop_signal(
	struct loop *loop, int signal, void (*run)(void *), void *argument);

#endif

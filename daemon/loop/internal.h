/*
 * internal.h: what the files of this folder share. A loop_call is a place in
 * the loop's queue that its owner provides, so that queueing cannot fail.
 */
#ifndef MISSIOND_LOOP_INTERNAL_H
#define MISSIOND_LOOP_INTERNAL_H

#include <sys/queue.h>

#include <stdbool.h>

struct loop;
struct work_pool;

struct loop_call {
	STAILQ_ENTRY(loop_call) next;
	void (*run)(void *argument);
	void *argument;
	bool queued;
};

/* Queues the call, which must stay where it is until it has run. No effect
 * when it is queued already. */
void loop_queue(struct loop *loop, struct loop_call *call);

/* loop_run() does not return between the two. */
void loop_hold(struct loop *loop);
void loop_release(struct loop *loop);

/* The thread pool behind task_work(); owned by the loop. */
void loop_set_work(struct loop *loop, struct work_pool *pool);

/* Ends the threads after what they have begun; NULL is allowed. */
void work_pool_free(struct work_pool *pool);

#endif

/*
 * task.h: straight-line code that may wait. A task has a stack of its own
 * (256 KiB, guard page) and runs on the loop's thread until it waits; while it
 * waits, others run. docs/tasks.md has the rules.
 *
 * Invariants
 * - A parked task is never freed: it is woken with TASK_CANCELLED (or
 *   TASK_TIMED_OUT at its deadline) and returns by itself. After that every
 *   further wait returns at once with the same answer, so a task that ignores
 *   it still ends.
 * - A task is resumed only from the loop's queue, never from inside another
 *   task or a callback.
 * - Nothing that can wait may be called outside a task (log_defect).
 */
#ifndef MISSIOND_LOOP_TASK_H
#define MISSIOND_LOOP_TASK_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct task;

enum task_wake {
	TASK_READY,	/* what was waited for happened */
	TASK_TIMED_OUT, /* the wait's own limit, or the task's deadline, passed
			 */
	TASK_CANCELLED	/* task_cancel() */
};

enum task_readiness { TASK_READABLE = 1, TASK_WRITABLE = 2 };

/*
 * Starts a task from the loop's queue (not before the caller returns to the
 * loop). `name` must outlive it (a route's or job's constant). `deadline` is on
 * clock_monotonic(), 0 for none. `run` is called on the new stack.
 */
struct task *task_start(struct loop *loop, const char *name, int64_t deadline,
	void (*run)(void *argument), void *argument);

/* The running task, NULL on the loop's own stack. */
struct task *task_current(void);

/* Its deadline on clock_monotonic(), 0 for none. */
int64_t task_deadline(const struct task *task);
void task_set_deadline(struct task *task, int64_t deadline);

/* Whether the running task was cancelled or is past its deadline. */
bool task_is_over(void);

/* From anywhere: the task's current or next wait returns TASK_CANCELLED. */
void task_cancel(struct task *task);

/* Waits until the descriptor is ready, or `until` (clock_monotonic(), 0: only
 * the task's deadline counts). */
enum task_wake task_wait_descriptor(
	int descriptor, unsigned readiness, int64_t until);

/* Waits until the time; TASK_READY then. */
enum task_wake task_sleep(int64_t until);

/*
 * Waits for task_wake(); `what` names the reason in task_dump(). A wake that
 * came first is not lost: the next task_park returns at once.
 */
enum task_wake task_park(const char *what, int64_t until);
void task_wake(struct task *task);

/*
 * Runs `work(argument)` on the thread pool (Argon2id, images, compression)
 * and waits for its end, whatever else happens: a wake for cancellation is
 * given after `work` returned, so `argument` may live on this stack.
 */
enum task_wake task_work(void (*work)(void *argument), void *argument);

/* Threads for task_work; once, before the first call. */
int task_work_start(struct loop *loop, unsigned threads);

/*
 * While shielded, cancellation and the deadline do not end waits: for the few
 * steps that must be finished (giving back a connection in order).
 */
void task_shield(bool on);

/* How many tasks are alive; how many parked. */
unsigned task_count(void);

/* Logs name, age, and what each parked task waits for (LOG_NOTICE). */
void task_dump(void);

#endif

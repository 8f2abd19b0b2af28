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
 * clock_monotonic(), 0 for none. `run` is called on the new stack; when it
 * returns the task is gone, and the pointer with it.
 */
struct task *task_start(struct loop *loop, const char *name, int64_t deadline,
	void (*run)(void *argument), void *argument);

/* The running task, NULL on the loop's own stack. */
struct task *task_current(void);

/* Its deadline on clock_monotonic(), 0 for none; and another one. */
int64_t task_deadline(const struct task *task);
void task_set_deadline(struct task *task, int64_t deadline);

/* TASK_READY while the running task may go on; else why every wait now ends at
 * once: it was cancelled or is past its deadline (never while shielded). */
enum task_wake task_over(void);
bool task_is_over(void);

/* From anywhere: the task's current or next wait returns TASK_CANCELLED. */
void task_cancel(struct task *task);

/* Waits until the descriptor is ready, or `until` (clock_monotonic(), 0: only
 * the task's deadline counts). */
enum task_wake task_wait_descriptor(
	int descriptor, unsigned readiness, int64_t until);

/* Waits until the time (clock_monotonic()); TASK_READY then. */
enum task_wake task_sleep(int64_t until);

/*
 * Waits for task_wake(); `what` (a constant) names the reason in task_dump().
 * A wake that came first is not lost: the next task_park returns at once. So a
 * wake may be older than the wait: check what was waited for, in a loop.
 */
enum task_wake task_park(const char *what, int64_t until);
void task_wake(struct task *task);

/*
 * Runs `work(argument)` on the thread pool (Argon2id, images, compression)
 * and waits for its end: once begun, a wake for cancellation is given after
 * `work` returned, so `argument` may live on this stack. What is not begun when
 * the task is cancelled or late never is. In the lane of all who have none of
 * their own: work.h has lanes for communities.
 */
enum task_wake task_work(void (*work)(void *argument), void *argument);

/* Threads for task_work; once, before the first call. 0, or -1 with errno.
 * loop_free() ends them. */
int task_work_start(struct loop *loop, unsigned threads);

/* How many wait for a thread, in all lanes. */
unsigned task_work_waiting(void);

/*
 * While shielded, cancellation and the deadline do not end waits, only their
 * own limits do: for the few steps that must be finished (giving back a
 * connection in order). Shields nest: each `true` wants its `false`.
 */
void task_shield(bool on);

/* How many tasks are alive, and how many of them wait. */
unsigned task_count(void);
unsigned task_parked(void);

/* Logs name, age, and what each parked task waits for (LOG_NOTICE). */
void task_dump(void);

#endif

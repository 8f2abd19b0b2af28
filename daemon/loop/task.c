#include "loop/task.h"

#include <sys/queue.h>

#include <stdlib.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/internal.h"
#include "loop/loop.h"
#include "loop/stack.h"

struct task {
	TAILQ_ENTRY(task) next;
	struct loop *loop;
	struct loop_call call; /* its place in the loop's queue */
	struct stack *stack;   /* NULL before it first runs */
	const char *name;
	int64_t started, deadline;
	void (*run)(void *argument);
	void *argument;

	struct event event;    /* of the wait under way */
	const char *waits_for; /* NULL: runs, or waits in the queue */
	int64_t until;	       /* of the wait under way, 0 for none */
	bool wakeable;	       /* parked by task_park() */
	bool woken;	       /* task_wake() came before task_park() */
	enum task_wake answer; /* of the wait that ended */
	bool cancelled;
	bool ended;
	unsigned shields;
};

static TAILQ_HEAD(task_list, task) tasks = TAILQ_HEAD_INITIALIZER(tasks);
static unsigned task_total;
static struct task *running;

static void
task_free(struct task *task)
{
	TAILQ_REMOVE(&tasks, task, next);
	task_total--;
	if (task->stack != NULL)
		stack_give(task->stack);
	loop_release(task->loop);
	free(task);
}

/* First function on the task's stack. */
static void
task_main(void *argument)
{
	struct task *task = argument;

	task->run(task->argument);
	task->ended = true;
	stack_leave_for_good(task->stack);
}

/* From the loop's queue only. */
static void
resume(void *argument)
{
	struct task *task = argument;

	if (running != NULL)
		log_defect("task", "%s resumed inside %s", task->name,
			running->name);
	if (task->stack == NULL)
		task->stack = stack_take(task_main, task);
	running = task;
	stack_enter(task->stack);
	running = NULL;
	if (task->ended)
		task_free(task);
}

struct task *
task_start(struct loop *loop, const char *name, int64_t deadline,
	void (*run)(void *argument), void *argument)
{
	struct task *task = memory_new(1, sizeof(*task));

	task->loop = loop;
	task->call.run = resume;
	task->call.argument = task;
	task->name = name;
	task->started = clock_monotonic();
	task->deadline = deadline;
	task->run = run;
	task->argument = argument;
	TAILQ_INSERT_TAIL(&tasks, task, next);
	task_total++;
	loop_hold(loop);
	loop_queue(loop, &task->call);
	return task;
}

struct task *
task_current(void)
{
	return running;
}

static struct task *
must_be_in_task(const char *what)
{
	if (running == NULL)
		log_defect("task", "%s outside a task", what);
	return running;
}

int64_t
task_deadline(const struct task *task)
{
	return task->deadline;
}

void
task_set_deadline(struct task *task, int64_t deadline)
{
	task->deadline = deadline;
}

/* TASK_READY, or why every wait must end at once. */
static enum task_wake
over(const struct task *task)
{
	if (task->shields > 0)
		return TASK_READY;
	if (task->cancelled)
		return TASK_CANCELLED;
	if (task->deadline != 0 && clock_monotonic() >= task->deadline)
		return TASK_TIMED_OUT;
	return TASK_READY;
}

enum task_wake
task_over(void)
{
	return over(must_be_in_task("task_over"));
}

bool
task_is_over(void)
{
	return task_over() != TASK_READY;
}

/* Ends the wait under way; the task goes on from the loop's queue. */
static void
end_wait(struct task *task, enum task_wake answer)
{
	event_del(&task->event);
	task->answer = answer;
	task->waits_for = NULL;
	task->wakeable = false;
	loop_queue(task->loop, &task->call);
}

/* Microseconds from now as libevent wants them; never negative. */
static struct timeval
time_left(int64_t until)
{
	int64_t left = until - clock_monotonic();

	if (left < 0)
		left = 0;
	return (struct timeval){.tv_sec = (time_t)(left / CLOCK_SECOND),
		.tv_usec = (suseconds_t)(left % CLOCK_SECOND)};
}

static void
wait_fired(evutil_socket_t descriptor, short events, void *argument)
{
	struct task *task = argument;

	(void)descriptor;
	if ((events & (EV_READ | EV_WRITE)) != 0) {
		end_wait(task, TASK_READY);
		return;
	}
	/* libevent's clock is coarse: it may call some milliseconds early. */
	if (clock_monotonic() < task->until) {
		struct timeval left = time_left(task->until);

		if (event_add(&task->event, &left) != 0)
			log_defect("task", "cannot arm a timer");
		return;
	}
	end_wait(task, TASK_TIMED_OUT);
}

/*
 * The one place where tasks wait: for the descriptor's events (-1 and 0: none)
 * until the earlier of `until` and the deadline.
 */
static enum task_wake
wait_for(struct task *task, const char *what, int descriptor, short events,
	int64_t until)
{
	struct timeval left = {0};
	enum task_wake answer = over(task);
	bool timed;

	if (answer != TASK_READY)
		return answer;
	task->until = until;
	if (task->shields == 0 && task->deadline != 0 &&
		(until == 0 || task->deadline < until))
		task->until = task->deadline;
	timed = task->until != 0;
	if (timed)
		left = time_left(task->until);
	if (event_assign(&task->event, loop_events(task->loop), descriptor,
		    events, wait_fired, task) != 0)
		log_defect("task", "cannot watch descriptor %d", descriptor);
	if ((events != 0 || timed) &&
		event_add(&task->event, timed ? &left : NULL) != 0)
		log_defect("task", "cannot wait for descriptor %d", descriptor);
	task->waits_for = what;
	stack_leave(task->stack);
	return task->answer;
}

enum task_wake
task_wait_descriptor(int descriptor, unsigned readiness, int64_t until)
{
	struct task *task = must_be_in_task("task_wait_descriptor");
	short events = 0;

	if ((readiness & TASK_READABLE) != 0)
		events |= EV_READ;
	if ((readiness & TASK_WRITABLE) != 0)
		events |= EV_WRITE;
	return wait_for(task, "descriptor", descriptor, events, until);
}

enum task_wake
task_sleep(int64_t until)
{
	struct task *task = must_be_in_task("task_sleep");
	enum task_wake answer = wait_for(task, "time", -1, 0, until);

	/* The time itself came, unless the task's own end did before. */
	if (answer == TASK_TIMED_OUT && over(task) == TASK_READY)
		return TASK_READY;
	return answer;
}

enum task_wake
task_park(const char *what, int64_t until)
{
	struct task *task = must_be_in_task("task_park");
	enum task_wake answer;

	if (task->woken && over(task) == TASK_READY) {
		task->woken = false;
		return TASK_READY;
	}
	task->wakeable = true;
	answer = wait_for(task, what, -1, 0, until);
	task->wakeable = false;
	return answer;
}

void
task_wake(struct task *task)
{
	if (task->wakeable)
		end_wait(task, TASK_READY);
	else
		task->woken = true;
}

void
task_cancel(struct task *task)
{
	task->cancelled = true;
	if (task->waits_for != NULL && task->shields == 0)
		end_wait(task, TASK_CANCELLED);
}

void
task_shield(bool on)
{
	struct task *task = must_be_in_task("task_shield");

	if (!on && task->shields == 0)
		log_defect("task_shield", "%s was not shielded", task->name);
	if (on)
		task->shields++;
	else
		task->shields--;
}

unsigned
task_count(void)
{
	return task_total;
}

unsigned
task_parked(void)
{
	const struct task *task;
	unsigned parked = 0;

	TAILQ_FOREACH (task, &tasks, next)
		if (task->waits_for != NULL)
			parked++;
	return parked;
}

void
task_dump(void)
{
	int64_t now = clock_monotonic();
	const struct task *task;

	log_event(LOG_NOTICE, NULL, "task.dump", "alive",
		log_integer(task_total), "parked", log_integer(task_parked()),
		NULL);
	TAILQ_FOREACH (task, &tasks, next) {
		if (task->waits_for == NULL)
			continue;
		log_event(LOG_NOTICE, NULL, "task.parked", "task", task->name,
			"age_ms", log_integer((now - task->started) / 1000),
			"waits_for", task->waits_for, "cancelled",
			task->cancelled ? "yes" : "no", NULL);
	}
}

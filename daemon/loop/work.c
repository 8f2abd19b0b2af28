/* work.c: the thread pool behind task_work(). */
#include "loop/work.h"

#include <sys/eventfd.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/fair.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/internal.h"
#include "loop/loop.h"
#include "loop/task.h"

/* Lives on the stack of the task that waits for it. */
struct work {
	struct fair_item item; /* first; until a thread takes it */
	STAILQ_ENTRY(work) next;
	void (*run)(void *argument);
	void *argument;
	struct task *task;
	bool done;
};

STAILQ_HEAD(work_list, work);

struct work_thread {
	struct work_pool *pool;
	pthread_t id;
	pthread_cond_t called;
	bool idle; /* until it is called */
	TAILQ_ENTRY(work_thread) next;
};

TAILQ_HEAD(work_thread_list, work_thread);

struct work_pool {
	struct event *event; /* of the descriptor: some work is done */
	int descriptor;
	unsigned count;
	struct work_thread *threads;

	pthread_mutex_t mutex; /* over what follows */
	/* Who worked last is called first: the memory that it took for a hash
	 * is still in the processor's caches. */
	struct work_thread_list idle;
	struct fair order; /* and the lanes in it */
	unsigned waiting;  /* in these */
	struct work_list done;
	bool stopping;

	struct work_lane everybody; /* of task_work() */
};

static struct work_pool *work_pool;

/* Of nice(2): while the loop has something to do it gets ten times the time. */
#define WORK_NICENESS 10

/* With the mutex, which is open meanwhile. */
static void
run_next(struct work_pool *pool, struct fair_lane *lane)
{
	struct work *work = (struct work *)(void *)TAILQ_FIRST(&lane->items);
	const uint64_t one = 1;

	fair_leave(&pool->order, &work->item);
	pool->waiting--;
	fair_begin(&pool->order, lane);
	pthread_mutex_unlock(&pool->mutex);
	work->run(work->argument);
	pthread_mutex_lock(&pool->mutex);
	fair_end(&pool->order, lane);
	STAILQ_INSERT_TAIL(&pool->done, work, next);
	/* Fails only when 2^64 - 2 notes are unread. */
	if (write(pool->descriptor, &one, sizeof(one)) < 0)
		log_defect("task_work", "eventfd: %s", strerror(errno));
}

/* With the mutex: a thread for what has come. Without an idle one those that
 * work find it when they come free. */
static void
call_thread(struct work_pool *pool)
{
	struct work_thread *thread = TAILQ_FIRST(&pool->idle);

	if (thread == NULL)
		return;
	TAILQ_REMOVE(&pool->idle, thread, next);
	thread->idle = false;
	pthread_cond_signal(&thread->called);
}

/* With the mutex, which is open meanwhile. Another may have taken what it was
 * called for: then that one is called first the next time. */
static void
wait_for_call(struct work_thread *thread, bool worked)
{
	struct work_thread_list *idle = &thread->pool->idle;

	thread->idle = true;
	if (worked)
		TAILQ_INSERT_HEAD(idle, thread, next);
	else
		TAILQ_INSERT_TAIL(idle, thread, next);
	while (thread->idle)
		pthread_cond_wait(&thread->called, &thread->pool->mutex);
}

static void *
work_thread(void *argument)
{
	struct work_thread *thread = argument;
	struct work_pool *pool = thread->pool;
	bool worked = false;

	/* On Linux that of this thread alone. Where it is refused work is done
	 * all the same. */
	(void)setpriority(PRIO_PROCESS, 0, WORK_NICENESS);
	pthread_mutex_lock(&pool->mutex);
	while (!pool->stopping) {
		struct fair_lane *lane = fair_first(&pool->order);

		if (lane == NULL)
			wait_for_call(thread, worked);
		else
			run_next(pool, lane);
		worked = lane != NULL;
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

/* On the loop: wakes the tasks whose work is done. */
static void
collect(evutil_socket_t descriptor, short events, void *argument)
{
	struct work_pool *pool = argument;
	struct work_list done = STAILQ_HEAD_INITIALIZER(done);
	struct work *work;
	uint64_t notes;

	(void)events;
	if (read(descriptor, &notes, sizeof(notes)) < 0 && errno != EAGAIN)
		log_defect("task_work", "eventfd: %s", strerror(errno));
	pthread_mutex_lock(&pool->mutex);
	STAILQ_CONCAT(&done, &pool->done);
	pthread_mutex_unlock(&pool->mutex);
	while ((work = STAILQ_FIRST(&done)) != NULL) {
		STAILQ_REMOVE_HEAD(&done, next);
		work->done = true;
		task_wake(work->task);
	}
}

/* Signals belong to the loop's thread. */
static int
start_threads(struct work_pool *pool, unsigned threads)
{
	sigset_t all, before;
	int failure = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->count < threads && failure == 0) {
		struct work_thread *thread = &pool->threads[pool->count];

		thread->pool = pool;
		pthread_cond_init(&thread->called, NULL);
		failure =
			pthread_create(&thread->id, NULL, work_thread, thread);
		if (failure == 0)
			pool->count++;
		else
			pthread_cond_destroy(&thread->called);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = failure;
	return failure == 0 ? 0 : -1;
}

int
task_work_start(struct loop *loop, unsigned threads)
{
	struct work_pool *pool = memory_new(1, sizeof(*pool));

	fair_init(&pool->order);
	fair_lane_init(&pool->everybody.turn);
	STAILQ_INIT(&pool->done);
	pthread_mutex_init(&pool->mutex, NULL);
	TAILQ_INIT(&pool->idle);
	if (threads == 0)
		threads = 1;
	pool->threads = memory_new(threads, sizeof(*pool->threads));
	pool->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->descriptor >= 0)
		pool->event = event_new(loop_events(loop), pool->descriptor,
			EV_READ | EV_PERSIST, collect, pool);
	if (pool->event == NULL || event_add(pool->event, NULL) != 0 ||
		start_threads(pool, threads) != 0) {
		int failure = errno;

		work_pool_free(pool);
		errno = failure;
		return -1;
	}
	loop_set_work(loop, pool);
	work_pool = pool;
	return 0;
}

void
work_pool_free(struct work_pool *pool)
{
	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->stopping = true;
	while (!TAILQ_EMPTY(&pool->idle))
		call_thread(pool);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->count; i++) {
		pthread_join(pool->threads[i].id, NULL);
		pthread_cond_destroy(&pool->threads[i].called);
	}
	if (pool->event != NULL)
		event_free(pool->event);
	if (pool->descriptor >= 0)
		close(pool->descriptor);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->threads);
	free(pool);
	if (work_pool == pool)
		work_pool = NULL;
}

/* Last in its lane, unless too many are before it. */
static bool
give(struct work_pool *pool, struct work_lane *lane, int64_t most,
	struct work *work)
{
	bool fits;

	pthread_mutex_lock(&pool->mutex);
	fits = most == 0 || lane->turn.waiting < most;
	if (fits) {
		fair_wait(&pool->order, &lane->turn, &work->item);
		pool->waiting++;
		call_thread(pool);
	}
	pthread_mutex_unlock(&pool->mutex);
	return fits;
}

/* Whether no thread had taken it: then none will. */
static bool
take_back(struct work_pool *pool, struct work *work)
{
	bool waited;

	pthread_mutex_lock(&pool->mutex);
	waited = work->item.lane != NULL;
	pool->waiting -= waited;
	fair_leave(&pool->order, &work->item);
	pthread_mutex_unlock(&pool->mutex);
	return waited;
}

/* True when it was done, false when it never will be. */
static bool
wait_for_end(struct work_pool *pool, struct work *work, int64_t until)
{
	bool stray = false, begun = false;

	while (!work->done) {
		enum task_wake wake = task_park("work", begun ? 0 : until);

		stray = stray || (wake == TASK_READY && !work->done);
		if (wake == TASK_READY)
			continue;
		if (take_back(pool, work))
			break;
		/* `work` lies on this stack, and a thread has it. */
		begun = true;
		task_shield(true);
	}
	if (begun)
		task_shield(false);
	if (stray)
		task_wake(work->task); /* meant for the next task_park() */
	return work->done;
}

int
work_in_lane(struct work_lane *lane, const struct work_limit *limit,
	void (*run)(void *argument), void *argument)
{
	struct work_pool *pool = work_pool;
	struct work work = {
		.run = run,
		.argument = argument,
		.task = task_current(),
	};
	bool done;

	if (work.task == NULL || pool == NULL)
		log_defect("task_work",
			"outside a task, or before task_work_start()");
	if (task_is_over())
		return -1;
	done = give(pool, lane, limit->waiting, &work) &&
	       wait_for_end(pool, &work, limit->until);
	if (task_is_over())
		return -1;
	return done ? 0 : 1;
}

unsigned
task_work_waiting(void)
{
	unsigned waiting;

	if (work_pool == NULL)
		return 0;
	pthread_mutex_lock(&work_pool->mutex);
	waiting = work_pool->waiting;
	pthread_mutex_unlock(&work_pool->mutex);
	return waiting;
}

enum task_wake
task_work(void (*run)(void *argument), void *argument)
{
	static const struct work_limit none = {0};

	if (work_pool == NULL)
		log_defect("task_work", "before task_work_start()");
	(void)work_in_lane(&work_pool->everybody, &none, run, argument);
	return task_over();
}

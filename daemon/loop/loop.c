#include "loop/loop.h"

#include <stdlib.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/memory.h"
#include "loop/internal.h"
#include "loop/stack.h"

/* A call of loop_defer(), freed when it has run. */
struct deferred {
	struct loop_call call;
	void (*run)(void *argument);
	void *argument;
};

struct loop_signal {
	SLIST_ENTRY(loop_signal) next;
	struct event *event;
	void (*run)(void *argument);
	void *argument;
};

struct loop_timer {
	struct event *event;
	int64_t interval;
	void (*run)(void *argument);
	void *argument;
};

STAILQ_HEAD(call_list, loop_call);

struct loop {
	struct event_base *events;
	struct call_list queue;
	struct event *drain;
	bool draining;
	bool stopping;
	unsigned holds;
	SLIST_HEAD(signal_list, loop_signal) signals;
	struct work_pool *work;
};

static struct timeval
interval_of(int64_t microseconds)
{
	if (microseconds < 0)
		microseconds = 0;
	return (struct timeval){.tv_sec = (time_t)(microseconds / 1000000),
		.tv_usec = (suseconds_t)(microseconds % 1000000)};
}

/*
 * Runs what was queued when it began; what those calls queue comes after the
 * next look at the descriptors, so that busy tasks starve nobody.
 */
static void
drain_queue(evutil_socket_t unused, short events, void *argument)
{
	struct loop *loop = argument;
	struct call_list batch = STAILQ_HEAD_INITIALIZER(batch);
	struct loop_call *call;

	(void)unused;
	(void)events;
	loop->draining = true;
	STAILQ_CONCAT(&batch, &loop->queue);
	while ((call = STAILQ_FIRST(&batch)) != NULL) {
		STAILQ_REMOVE_HEAD(&batch, next);
		call->queued = false;
		call->run(call->argument);
	}
	loop->draining = false;
	if (!STAILQ_EMPTY(&loop->queue)) {
		struct timeval now = interval_of(0);

		if (event_add(loop->drain, &now) != 0)
			log_defect("loop", "cannot arm the queue");
	}
}

struct loop *
loop_new(void)
{
	struct loop *loop = memory_new(1, sizeof(*loop));

	/* Its buffers hold requests, replies and the keys of channels. */
	event_set_mem_functions(malloc, memory_wipe_resize, memory_wipe);
	STAILQ_INIT(&loop->queue);
	SLIST_INIT(&loop->signals);
	loop->events = event_base_new();
	if (loop->events != NULL)
		loop->drain = event_new(loop->events, -1, 0, drain_queue, loop);
	if (loop->drain == NULL) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

/* Frees deferred calls that never ran; other queued calls belong to others. */
static void forget_deferred(struct loop *loop);

void
loop_free(struct loop *loop)
{
	struct loop_signal *signal;

	if (loop == NULL)
		return;
	work_pool_free(loop->work);
	forget_deferred(loop);
	while ((signal = SLIST_FIRST(&loop->signals)) != NULL) {
		SLIST_REMOVE_HEAD(&loop->signals, next);
		event_free(signal->event);
		free(signal);
	}
	if (loop->drain != NULL)
		event_free(loop->drain);
	if (loop->events != NULL)
		event_base_free(loop->events);
	stack_pool_clear();
	free(loop);
}

struct event_base *
loop_events(struct loop *loop)
{
	return loop->events;
}

static bool
is_done(const struct loop *loop)
{
	return loop->stopping && loop->holds == 0 && STAILQ_EMPTY(&loop->queue);
}

void
loop_run(struct loop *loop)
{
	while (!is_done(loop))
		if (event_base_loop(loop->events,
			    EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) < 0)
			log_defect("loop", "libevent cannot wait");
	loop->stopping = false;
}

static void
nothing(void *argument)
{
	(void)argument;
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
	/* A wait for descriptors that is under way must end. */
	loop_defer(loop, nothing, NULL);
}

void
loop_queue(struct loop *loop, struct loop_call *call)
{
	if (call->queued)
		return;
	call->queued = true;
	if (STAILQ_EMPTY(&loop->queue) && !loop->draining)
		event_active(loop->drain, 0, 0);
	STAILQ_INSERT_TAIL(&loop->queue, call, next);
}

static void
run_deferred(void *argument)
{
	struct deferred *deferred = argument;
	void (*run)(void *) = deferred->run;
	void *given = deferred->argument;

	free(deferred);
	run(given);
}

static void
forget_deferred(struct loop *loop)
{
	struct loop_call *call;

	while ((call = STAILQ_FIRST(&loop->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&loop->queue, next);
		if (call->run == run_deferred)
			free(call->argument);
	}
}

void
loop_defer(struct loop *loop, void (*run)(void *), void *argument)
{
	struct deferred *deferred = memory_new(1, sizeof(*deferred));

	deferred->run = run;
	deferred->argument = argument;
	deferred->call.run = run_deferred;
	deferred->call.argument = deferred;
	loop_queue(loop, &deferred->call);
}

void
loop_hold(struct loop *loop)
{
	loop->holds++;
}

void
loop_release(struct loop *loop)
{
	if (loop->holds == 0)
		log_defect("loop_release", "not held");
	loop->holds--;
}

void
loop_set_work(struct loop *loop, struct work_pool *pool)
{
	loop->work = pool;
}

static void
timer_fired(evutil_socket_t unused, short events, void *argument)
{
	struct loop_timer *timer = argument;
	struct timeval interval = interval_of(timer->interval);

	(void)unused;
	(void)events;
	/* Before `run`, which may free the timer. */
	if (timer->interval > 0 && event_add(timer->event, &interval) != 0)
		log_defect("loop_timer", "cannot arm a timer");
	timer->run(timer->argument);
}

struct loop_timer *
loop_timer_new(struct loop *loop, int64_t first, int64_t interval,
	void (*run)(void *), void *argument)
{
	struct loop_timer *timer = memory_new(1, sizeof(*timer));
	struct timeval delay = interval_of(first);

	timer->interval = interval;
	timer->run = run;
	timer->argument = argument;
	timer->event = evtimer_new(loop->events, timer_fired, timer);
	if (timer->event == NULL || event_add(timer->event, &delay) != 0)
		log_defect("loop_timer_new", "cannot arm a timer");
	return timer;
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	event_free(timer->event);
	free(timer);
}

static void
signal_came(evutil_socket_t number, short events, void *argument)
{
	struct loop_signal *signal = argument;

	(void)number;
	(void)events;
	signal->run(signal->argument);
}

int
loop_signal(struct loop *loop, int number, void (*run)(void *), void *argument)
{
	struct loop_signal *signal = memory_new(1, sizeof(*signal));

	signal->run = run;
	signal->argument = argument;
	signal->event = evsignal_new(loop->events, number, signal_came, signal);
	if (signal->event == NULL || event_add(signal->event, NULL) != 0) {
		if (signal->event != NULL)
			event_free(signal->event);
		free(signal);
		return -1;
	}
	SLIST_INSERT_HEAD(&loop->signals, signal, next);
	return 0;
}

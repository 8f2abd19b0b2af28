#include "tenants/turns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fair.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/request.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "loop/work.h"
#include "tenants/community.h"
#include "tenants/service.h"

/* Of one community that begin at one turn of the loop. */
#define BEGIN_MOST 4U

/* Waiting requests of one community: each holds a stack and an arena, some tens
 * of KiB. */
#define WAITING_MOST 256U

/* Longest wait: nobody looks at a page that comes later. */
#define WAIT_LIMIT (10 * CLOCK_SECOND)

/* Before a refusal; what each of some after another is longer than the one
 * before, all less than DELAY longer; how many refusals wait at a time. */
#define DELAY	     (CLOCK_SECOND / 4)
#define DELAY_STEP   (DELAY * 5 / 16)
#define DELAYED_MOST 1024U

/* Lanes that nobody comes to are dropped; looked for every. */
#define SWEEP (10 * CLOCK_MINUTE)

/* A community that somebody asks for. */
struct turn_lane {
	struct fair_lane turn; /* first */
	struct work_lane work;
	LIST_ENTRY(turn_lane) next;
	char community[UUID_TEXT_SIZE];
	uint64_t round;	  /* when it last began something */
	unsigned begun;	  /* in that round */
	unsigned working; /* turn_work() under way */
	bool used;	  /* since the last turns_sweep() */
};
LIST_HEAD(turn_lanes, turn_lane);

/* A request's place; in its arena. */
struct turn {
	struct fair_item item; /* first; while it waits */
	/* Valid while it waits or holds; NULL: it never came for one. */
	struct turn_lane *lane;
	struct task *task;
	struct turn_limits limits;
	bool parked;
	bool held;
	bool crowded; /* turn_work() */
};

struct turns {
	struct loop *loop;
	struct loop_timer *sweeper;
	struct map *lanes; /* community's key → struct turn_lane */
	struct turn_lanes all;
	struct fair order;
	uint64_t round; /* turns of the loop in which something began */
	bool armed;
	unsigned delayed;
	int64_t delay_more; /* of the last that was delayed, µs */
	/* Whose turn was asked for last, and when; when another's was. Enough
	 * to know of each whether it is asked for alone. */
	const struct turn_lane *newest;
	int64_t newest_at, other_at; /* 0: never */
	struct turns_counts sum;     /* of all lanes */
};

static bool
is_in_use(const struct turn_lane *lane)
{
	return lane->turn.active > 0 || lane->turn.waiting > 0 ||
	       lane->working > 0;
}

static void
drop(struct turns *turns, struct turn_lane *lane)
{
	/* Nobody was asked for since: by the next one it is long ago. */
	if (turns->newest == lane)
		turns->newest = NULL;
	map_remove(turns->lanes, lane->community);
	LIST_REMOVE(lane, next);
	free(lane);
}

void
turns_sweep(struct turns *turns)
{
	struct turn_lane *lane, *after;

	for (lane = LIST_FIRST(&turns->all); lane != NULL; lane = after) {
		after = LIST_NEXT(lane, next);
		if (!lane->used && !is_in_use(lane))
			drop(turns, lane);
		else
			lane->used = false;
	}
}

static void
sweep(void *argument)
{
	turns_sweep(argument);
}

struct turns *
turns_new(struct loop *loop)
{
	struct turns *turns = memory_new(1, sizeof(*turns));

	turns->loop = loop;
	turns->lanes = map_new();
	LIST_INIT(&turns->all);
	fair_init(&turns->order);
	turns->sweeper = loop_timer_new(loop, SWEEP, SWEEP, sweep, turns);
	return turns;
}

void
turns_free(struct turns *turns)
{
	struct turn_lane *lane;

	if (turns == NULL)
		return;
	loop_timer_free(turns->sweeper);
	while ((lane = LIST_FIRST(&turns->all)) != NULL)
		drop(turns, lane);
	map_free(turns->lanes);
	free(turns);
}

static struct turn_lane *
lane_for(struct turns *turns, const struct community *community)
{
	struct turn_lane *lane = map_get(turns->lanes, community->key);

	if (lane == NULL) {
		lane = memory_new(1, sizeof(*lane));
		fair_lane_init(&lane->turn);
		fair_lane_init(&lane->work.turn);
		memcpy(lane->community, community->key,
			sizeof(lane->community));
		map_set(turns->lanes, lane->community, lane);
		LIST_INSERT_HEAD(&turns->all, lane, next);
	}
	lane->used = true;
	return lane;
}

/* A turn of the lane is asked for. */
static void
note_asked(struct turns *turns, const struct turn_lane *lane)
{
	if (turns->newest != lane) {
		turns->other_at = turns->newest_at;
		turns->newest = lane;
	}
	turns->newest_at = clock_monotonic();
}

/* How many the community whose turn is asked for may have in work. */
static unsigned
most_of(const struct turns *turns, const struct turn_limits *limits)
{
	bool alone = turns->other_at == 0 ||
		     turns->newest_at - turns->other_at > TURNS_SHARED;

	if (alone || limits->shared == 0 ||
		(limits->alone != 0 && limits->alone < limits->shared))
		return (unsigned)limits->alone;
	return (unsigned)limits->shared;
}

static bool
may_begin(const struct turns *turns, const struct turn_lane *lane)
{
	return lane->round != turns->round || lane->begun < BEGIN_MOST;
}

static void serve(void *argument);

/* At the next turn of the loop. */
static void
arm(struct turns *turns)
{
	if (turns->armed)
		return;
	turns->armed = true;
	loop_defer(turns->loop, serve, turns);
}

static void
begin(struct turns *turns, struct turn *turn)
{
	struct turn_lane *lane = turn->lane;

	if (lane->round != turns->round) {
		lane->round = turns->round;
		lane->begun = 0;
	}
	lane->begun++;
	turn->held = true;
	turns->sum.working++;
	fair_begin(&turns->order, &lane->turn);
	arm(turns);
}

static void
stop_waiting(struct turns *turns, struct turn *turn)
{
	turns->sum.waiting -= turn->item.lane != NULL;
	fair_leave(&turns->order, &turn->item);
}

static void
serve(void *argument)
{
	struct turns *turns = argument;
	struct fair_lane *fair, *next;

	turns->armed = false;
	turns->round++;
	/* A lane that is served comes again among those that hold one more. */
	for (fair = fair_first(&turns->order); fair != NULL; fair = next) {
		struct turn_lane *lane = (struct turn_lane *)(void *)fair;
		struct turn *turn =
			(struct turn *)(void *)TAILQ_FIRST(&fair->items);

		next = fair_after(&turns->order, fair);
		if (!may_begin(turns, lane))
			continue;
		stop_waiting(turns, turn);
		begin(turns, turn);
		if (fair->queued && (next == NULL || next->level > fair->level))
			next = fair;
		if (turn->parked)
			task_wake(turn->task);
		turn->parked = false;
	}
	if (fair_first(&turns->order) != NULL)
		arm(turns);
}

/* Parks until served or too late. */
static void
wait_for_turn(struct turns *turns, struct turn *turn)
{
	int64_t until = clock_monotonic() + WAIT_LIMIT;
	bool stray = false;

	turns->sum.waited++;
	turns->sum.waiting++;
	fair_wait(&turns->order, &turn->lane->turn, &turn->item);
	arm(turns);
	while (turn->item.lane != NULL) {
		turn->parked = true;
		if (task_park("turn of its community", until) != TASK_READY)
			break;
		stray = stray || turn->item.lane != NULL;
	}
	turn->parked = false;
	if (stray)
		task_wake(turn->task); /* meant for the next task_park() */
	stop_waiting(turns, turn);
}

static struct turn *
turn_of(struct request *request)
{
	if (request->turn == NULL)
		request->turn = ARENA_NEW(request->arena, struct turn);
	return request->turn;
}

int
turn_take(struct request *request, const struct turn_limits *limits)
{
	struct turns *turns = service_of(request)->turns;
	struct turn *turn = turn_of(request);
	struct turn_lane *lane;
	unsigned most;

	if (turn->held)
		return 0;
	lane = lane_for(turns, request->community);
	turns->sum.requests += turn->lane == NULL;
	turn->lane = lane;
	turn->task = task_current();
	turn->limits = *limits;
	note_asked(turns, lane);
	most = most_of(turns, limits);
	fair_limit(&turns->order, &lane->turn, most);
	if (lane->turn.waiting == 0 && may_begin(turns, lane) &&
		(most == 0 || lane->turn.active < most)) {
		begin(turns, turn);
		return 0;
	}
	if (lane->turn.waiting < WAITING_MOST)
		wait_for_turn(turns, turn);
	if (task_is_over()) {
		turn_leave(request);
		return -1;
	}
	if (turn->held)
		return 0;
	turns->sum.crowded++;
	return 1;
}

void
turn_leave(struct request *request)
{
	struct turn *turn = request->turn;
	struct turns *turns = service_of(request)->turns;

	if (turn == NULL || !turn->held)
		return;
	turn->held = false;
	turns->sum.working--;
	fair_end(&turns->order, &turn->lane->turn);
	if (turn->lane->turn.waiting > 0)
		arm(turns);
}

int
turn_resume(struct request *request)
{
	const struct turn *turn = request->turn;

	if (turn == NULL || turn->lane == NULL)
		return 0;
	return turn_take(request, &turn->limits);
}

int
turn_work(struct request *request, int64_t most, void (*run)(void *argument),
	void *argument)
{
	struct turns *turns = service_of(request)->turns;
	struct turn_lane *lane = lane_for(turns, request->community);
	const struct work_limit limit = {
		.waiting = most, .until = clock_monotonic() + WAIT_LIMIT};
	int outcome;

	turn_leave(request);
	lane->working++;
	outcome = work_in_lane(&lane->work, &limit, run, argument);
	lane->working--;
	turns->sum.worked += outcome == 0;
	turns->sum.unworked += outcome == 1;
	turn_of(request)->crowded = outcome == 1;
	/* In a crowd it goes on all the same: the work is done. */
	return outcome != 0 || turn_resume(request) < 0 ? -1 : 0;
}

bool
turn_is_crowded(const struct request *request)
{
	const struct turn *turn = request->turn;

	return turn != NULL && turn->crowded;
}

void
turn_delay(struct request *request)
{
	struct turns *turns = service_of(request)->turns;

	turn_leave(request);
	if (turns->delayed >= DELAYED_MOST)
		return;
	turns->delayed++;
	turns->delay_more = (turns->delay_more + DELAY_STEP) % DELAY;
	/* At the task's end sooner: it replies in any case. */
	(void)task_sleep(clock_monotonic() + DELAY + turns->delay_more);
	turns->delayed--;
}

void
turn_count_limited(struct request *request)
{
	service_of(request)->turns->sum.limited++;
}

void
turns_sum(const struct turns *turns, struct turns_counts *counts)
{
	*counts = turns->sum;
	counts->lanes = map_count(turns->lanes);
}

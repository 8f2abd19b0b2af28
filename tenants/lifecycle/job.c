#include "tenants/lifecycle/job.h"

#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "loop/task.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/job_statements.h"

/* Candidates to try for when other stewards are faster. */
#define CLAIM_TRIES 10

/* Between looks at a job that is waited for. */
#define LOOK_INTERVAL (100 * INT64_C(1000))

/* Whoever waits for a job, on its task's stack. */
struct waiter {
	LIST_ENTRY(waiter) next;
	struct task *task;
	struct arena *arena;	 /* for the texts of */
	struct job_state *state; /* what is known of it */
	bool told;		 /* by job_moved(): it is new */
};

static LIST_HEAD(waiter_list, waiter) waiters = LIST_HEAD_INITIALIZER(waiters);

/* How often job_moved() was called. */
static uint64_t moves;

int
job_enqueue(struct db *db, const struct job_new *job)
{
	return db_execute(db, job_enqueue_with(job), job) == 1 ? 0 : -1;
}

const struct db_statement *
job_enqueue_with(const struct job_new *job)
{
	return job->holder == NULL ? &job_enqueue_statement
				   : &job_enqueue_claimed_statement;
}

struct job
job_claimed_new(const struct job_new *job)
{
	if (job->holder == NULL)
		return (struct job){.kind = NULL};
	return (struct job){
		.id = job->id,
		.kind = job->kind,
		.community = job->community,
		.step = job->step,
		.steps = job->steps,
		.fence = JOB_FIRST_FENCE,
		.attempts = 1,
		.payload = job->payload,
	};
}

int
job_claim(struct db *db, struct arena *arena, const char *holder, int64_t lease,
	bool background, bool making, struct job *ret_job)
{
	const struct job_choice choice = {background, making};

	for (int i = 0; i < CLAIM_TRIES; i++) {
		struct job_fence candidate;
		struct job_claim_key key = {.holder = holder, .lease = lease};
		struct db_query queries[] = {
			{.statement = &job_claim_statement, .parameters = &key},
			{.statement = &job_claimed_statement,
				.parameters = &candidate},
		};
		int found = db_row(db, &job_candidate_statement, &choice, arena,
			&candidate);

		if (found <= 0)
			return found;
		key.id = candidate.id;
		key.fence = candidate.fence;
		candidate.fence++;
		if (db_queries(db, queries, COUNT_OF(queries), arena) < 0)
			return -1;
		if (queries[0].affected != 1)
			continue;
		if (queries[1].rows.count == 1)
			*ret_job = *(const struct job *)queries[1].rows.items;
		return (int)queries[1].rows.count;
	}
	return 0;
}

int
job_reclaim(struct db *db, const char *holder)
{
	const struct job_holder key = {holder};

	return db_execute(db, &job_reclaim_statement, &key) < 0 ? -1 : 0;
}

int
job_advance(
	struct db *db, const struct job *job, const char *name, int64_t lease)
{
	const struct job_advance_key key = {
		job->step, name, lease, job->id, job->fence};

	return (int)db_execute(db, &job_advance_statement, &key);
}

static struct job_finish_key
finish_key(const struct job *job, const char *error)
{
	return (struct job_finish_key){
		.state = error == NULL ? "done" : "failed",
		.error = error,
		.id = job->id,
		.fence = job->fence,
	};
}

int
job_finish(struct db *db, const struct job *job, const char *error)
{
	const struct job_finish_key key = finish_key(job, error);

	return (int)db_execute(db, &job_finish_statement, &key);
}

int
job_end(struct batch *batch, struct arena *arena, const struct job *job,
	struct job_state *ret_state)
{
	const struct job_finish_key finish = finish_key(job, NULL);
	const struct job_key key = {job->id};
	const struct db_query *finished, *read;

	/* There is room for both. */
	if (batch->count > BATCH_MOST - 2 && batch_send(batch) < 0)
		return -1;
	finished = &batch->queries[batch->count];
	batch->queries[batch->count++] = (struct db_query){
		.statement = &job_finish_statement, .parameters = &finish};
	read = batch_ask(batch, &job_read_statement, &key, arena);
	if (read == NULL)
		return -1;
	if (finished->affected != 1)
		return 0;
	if (read->rows.count != 1)
		return -1;
	*ret_state = *(const struct job_state *)read->rows.items;
	return 1;
}

int
job_retry(
	struct db *db, const struct job *job, int64_t delay, const char *error)
{
	const struct job_retry_key key = {delay, error, job->id, job->fence};

	return (int)db_execute(db, &job_retry_statement, &key);
}

int
job_release(struct db *db, const struct job *job)
{
	const struct job_fence key = {job->id, job->fence};

	return (int)db_execute(db, &job_release_statement, &key);
}

int64_t
job_delay(int64_t attempts)
{
	static const int64_t pauses[] = {JOB_PAUSES};
	const int64_t last = COUNT_OF(pauses);

	if (attempts >= JOB_ATTEMPTS)
		return 0;
	if (attempts < 1)
		attempts = 1;
	return CLOCK_SECOND * pauses[(attempts < last ? attempts : last) - 1];
}

int
job_read(struct db *db, struct arena *arena, struct uuid id,
	struct job_state *ret_state)
{
	const struct job_key key = {id};

	return db_row(db, &job_read_statement, &key, arena, ret_state);
}

int
job_latest(struct db *db, struct arena *arena, struct uuid community,
	struct job_state *ret_state)
{
	const struct job_key key = {community};

	return db_row(db, &job_latest_statement, &key, arena, ret_state);
}

int
job_list(struct db *db, struct arena *arena, struct record_list *ret_jobs)
{
	return db_rows(db, &job_list_statement, NULL, arena, ret_jobs) < 0 ? -1
									   : 0;
}

int
job_count(struct db *db, struct arena *arena, struct job_counts *ret_counts)
{
	return db_row(db, &job_count_statement, NULL, arena, ret_counts) == 1
		       ? 0
		       : -1;
}

bool
job_is_over(const struct job_state *state)
{
	return strcmp(state->state, "done") == 0 ||
	       strcmp(state->state, "failed") == 0;
}

static bool
is_same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static bool
is_same(const struct job_state *a, const struct job_state *b)
{
	return strcmp(a->state, b->state) == 0 && a->step == b->step &&
	       a->attempts == b->attempts &&
	       is_same_text(a->step_name, b->step_name) &&
	       is_same_text(a->error, b->error);
}

uint64_t
job_moves(void)
{
	return moves;
}

static void
keep_texts(struct arena *arena, struct job_state *state)
{
	state->kind = arena_text(arena, state->kind);
	state->slug = arena_text(arena, state->slug);
	state->state = arena_text(arena, state->state);
	state->step_name = arena_text(arena, state->step_name);
	state->error = arena_text(arena, state->error);
	state->requested_by = arena_text(arena, state->requested_by);
}

void
job_moved(const struct job_state *over)
{
	struct waiter *waiter;

	moves++;
	LIST_FOREACH (waiter, &waiters, next) {
		if (over != NULL && uuid_equal(over->id, waiter->state->id)) {
			*waiter->state = *over;
			keep_texts(waiter->arena, waiter->state);
			waiter->told = true;
		}
		task_wake(waiter->task);
	}
}

/* Until the next look: 1 and `state` is new, 0, or -1 when the task is over. */
static int
pause_looking(struct arena *arena, struct job_state *state)
{
	struct waiter waiter = {
		.task = task_current(),
		.arena = arena,
		.state = state,
	};

	LIST_INSERT_HEAD(&waiters, &waiter, next);
	task_park("job", clock_monotonic() + LOOK_INTERVAL);
	LIST_REMOVE(&waiter, next);
	return task_over() == TASK_READY ? waiter.told : -1;
}

/* 1 and `state` is new, 0 and it is as it was, or -1. */
static int
look(struct db *db, struct arena *arena, struct job_state *state)
{
	struct arena *scratch = arena_new();
	struct job_state now;
	int found = job_read(db, scratch, state->id, &now);
	bool changed = found == 1 && !is_same(&now, state);

	if (changed) {
		*state = now;
		keep_texts(arena, state);
	}
	arena_free(scratch);
	return found == 1 ? changed : -1;
}

int
job_wait(struct db *db, struct arena *arena, int64_t until, uint64_t before,
	struct job_state *state)
{
	for (;;) {
		int outcome = 0;

		if (clock_monotonic() >= until)
			return 0;
		/* One that moved since was not heard of. */
		if (moves == before)
			outcome = pause_looking(arena, state);
		if (outcome != 0)
			return outcome;
		before = moves;
		outcome = look(db, arena, state);
		if (outcome != 0)
			return outcome;
	}
}

/*
 * job.h: lifecycle work as rows of missiond_control.job. A job is claimed by a
 * committed UPDATE that raises its fence and says until when, on the server's
 * clock, before any effect; every later write names the fence, so whoever lost
 * the claim writes nothing. Jobs of one community run one after another.
 *
 * All functions wait, in a scope of the control schema; -1 means db_failure()
 * says why.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_JOB_H
#define MISSIOND_TENANTS_LIFECYCLE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct arena;
struct batch;
struct db;
struct db_statement;

/* How often a job is tried before it counts as failed. */
#define JOB_ATTEMPTS 20

/* Seconds between attempts, after the first, second, … */
#define JOB_PAUSES 1, 5, 15, 60, 300, 900, 3600

struct job_new {
	struct uuid id;
	const char *kind; /* "provision", "update" */
	struct uuid community;
	int64_t step; /* how many are done already */
	int64_t steps;
	const char *payload; /* JSON, or NULL */
	const char *requested_by;
	/* Who has it from the beginning, for `lease` µs, as by job_claim(): to
	 * be carried out when it is committed. NULL: it waits for a claim. */
	const char *holder;
	int64_t lease;
};

/* The kinds that can wait until nothing else is to be done. */
#define JOB_BACKGROUND "'warm', 'cool'"
/* Kinds that make schemas: they wait while there is little space. */
#define JOB_MAKING "'provision', 'warm'"

/* Queues it, due at once; to be called in the transaction of what it is for. 0
 * or -1. */
int job_enqueue(struct db *db, const struct job_new *job);

/* The statement that does so, with the job as its parameters, for who sends it
 * along with others. */
const struct db_statement *job_enqueue_with(const struct job_new *job);

/* A claimed job. */
struct job {
	struct uuid id;
	const char *kind;
	struct uuid community;
	int64_t step; /* how many are done */
	int64_t steps;
	int64_t fence;
	int64_t attempts; /* this one included */
	const char *payload;
};

/* Claims the job that is longest due, for `lease` µs (below 10 minutes): 1, 0
 * when none is, or -1. Due is also what lies further ahead than any pause: the
 * server's clock has gone back since. `holder` names this steward among all
 * machines'. Of JOB_BACKGROUND only with `background`, and last; of JOB_MAKING
 * only with `making`. */
int job_claim(struct db *db, struct arena *arena, const char *holder,
	int64_t lease, bool background, bool making, struct job *ret_job);

/* A new job as its holder has it, once that is committed; of kind NULL when it
 * waits for a claim. */
struct job job_claimed_new(const struct job_new *job);

/* Frees what this holder had claimed before it was killed. 0 or -1. */
int job_reclaim(struct db *db, const char *holder);

/*
 * Each 1 when written, 0 when the claim was lost meanwhile, or -1.
 *
 * job_advance(): job->step steps are done, the next is called `name`; the claim
 * holds for another `lease`. job_finish(): done, or failed for good with
 * `error` other than NULL. job_retry(): again after `delay` µs. job_release():
 * as if it had not been claimed, stopping.
 */
int job_advance(
	struct db *db, const struct job *job, const char *name, int64_t lease);
int job_finish(struct db *db, const struct job *job, const char *error);
int job_retry(
	struct db *db, const struct job *job, int64_t delay, const char *error);
int job_release(struct db *db, const struct job *job);

/* µs to wait after this many attempts; 0: it has failed for good. */
int64_t job_delay(int64_t attempts);

/* What operators see. */
struct job_state {
	struct uuid id;
	const char *kind;
	struct uuid community;
	const char *slug;  /* NULL: its community is gone */
	const char *state; /* "waiting", "running", "done", "failed" */
	int64_t step, steps;
	const char *step_name;
	int64_t attempts;
	struct timestamp due_at;
	const char *error; /* of the last attempt, or NULL */
	const char *requested_by;
	struct timestamp created_at, finished_at;
};
extern const struct record job_state_record;

/* 1, 0 when there is no such job, or -1. */
int job_read(struct db *db, struct arena *arena, struct uuid id,
	struct job_state *ret_state);

/* The community's latest job: 1, 0 when there was none, or -1. */
int job_latest(struct db *db, struct arena *arena, struct uuid community,
	struct job_state *ret_state);

/* What waits, runs or has failed, the oldest first, at most 200. 0 or -1. */
int job_list(struct db *db, struct arena *arena, struct record_list *ret_jobs);

/* How many there are. */
struct job_counts {
	int64_t waiting, running, failed;
};

/* 0 or -1. */
int job_count(
	struct db *db, struct arena *arena, struct job_counts *ret_counts);

/* Sends the batch of a transaction and with it that the job is done. What the
 * job is then: 1, 0 when the claim was lost meanwhile, so that the transaction
 * is to be undone, or -1. */
int job_end(struct batch *batch, struct arena *arena, const struct job *job,
	struct job_state *ret_state);

/* Whether a job has come to its end. */
bool job_is_over(const struct job_state *state);

/*
 * Waits until the job shows another state, step or error than `state` does, or
 * until `until` (clock_monotonic()). Then reads it: 1 and `state` is new, 0 and
 * it is not, or -1 (also when the task is over). It looks again and again,
 * since another machine's steward may have the job, and at once after
 * job_moved(), also when that was after `before`: job_moves() before `state`
 * was read.
 */
int job_wait(struct db *db, struct arena *arena, int64_t until, uint64_t before,
	struct job_state *state);
uint64_t job_moves(void);

/* A job of this process moved, committed: whoever waits looks, but for those
 * who wait for the one that is `over` (may be NULL): they know. Does not wait.
 */
void job_moved(const struct job_state *over);

#endif

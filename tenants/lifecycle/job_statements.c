#include "tenants/lifecycle/job_statements.h"

#include "tenants/lifecycle/job.h"

#define LIST_MOST 200

#define TEXT(...)    #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)

static const struct field new_fields[] = {
	FIELD_UUID(struct job_new, id),
	FIELD_TEXT(struct job_new, kind),
	FIELD_UUID(struct job_new, community),
	FIELD_INTEGER(struct job_new, step),
	FIELD_INTEGER(struct job_new, steps),
	FIELD_TEXT(struct job_new, payload),
	FIELD_TEXT(struct job_new, requested_by),
};
static const struct record new_record = RECORD(struct job_new, new_fields);

static const struct field new_claimed_fields[] = {
	FIELD_UUID(struct job_new, id),
	FIELD_TEXT(struct job_new, kind),
	FIELD_UUID(struct job_new, community),
	FIELD_INTEGER(struct job_new, step),
	FIELD_INTEGER(struct job_new, steps),
	FIELD_TEXT(struct job_new, payload),
	FIELD_TEXT(struct job_new, requested_by),
	FIELD_TEXT(struct job_new, holder),
	FIELD_INTEGER(struct job_new, lease),
};
static const struct record new_claimed_record =
	RECORD(struct job_new, new_claimed_fields);

static const struct field key_fields[] = {FIELD_UUID(struct job_key, id)};
static const struct record key_record = RECORD(struct job_key, key_fields);

static const struct field choice_fields[] = {
	FIELD_BOOLEAN(struct job_choice, background),
	FIELD_BOOLEAN(struct job_choice, making),
};
static const struct record choice_record =
	RECORD(struct job_choice, choice_fields);

static const struct field fence_fields[] = {
	FIELD_UUID(struct job_fence, id),
	FIELD_INTEGER(struct job_fence, fence),
};
static const struct record fence_record =
	RECORD(struct job_fence, fence_fields);

static const struct field claim_fields[] = {
	FIELD_TEXT(struct job_claim_key, holder),
	FIELD_INTEGER(struct job_claim_key, lease),
	FIELD_UUID(struct job_claim_key, id),
	FIELD_INTEGER(struct job_claim_key, fence),
};
static const struct record claim_record =
	RECORD(struct job_claim_key, claim_fields);

static const struct field job_fields[] = {
	FIELD_UUID(struct job, id),
	FIELD_TEXT(struct job, kind),
	FIELD_UUID(struct job, community),
	FIELD_INTEGER(struct job, step),
	FIELD_INTEGER(struct job, steps),
	FIELD_INTEGER(struct job, fence),
	FIELD_INTEGER(struct job, attempts),
	FIELD_TEXT(struct job, payload),
};
static const struct record job_record = RECORD(struct job, job_fields);

static const struct field holder_fields[] = {
	FIELD_TEXT(struct job_holder, holder),
};
static const struct record holder_record =
	RECORD(struct job_holder, holder_fields);

static const struct field advance_fields[] = {
	FIELD_INTEGER(struct job_advance_key, step),
	FIELD_TEXT(struct job_advance_key, name),
	FIELD_INTEGER(struct job_advance_key, lease),
	FIELD_UUID(struct job_advance_key, id),
	FIELD_INTEGER(struct job_advance_key, fence),
};
static const struct record advance_record =
	RECORD(struct job_advance_key, advance_fields);

static const struct field finish_fields[] = {
	FIELD_TEXT(struct job_finish_key, state),
	FIELD_TEXT(struct job_finish_key, error),
	FIELD_UUID(struct job_finish_key, id),
	FIELD_INTEGER(struct job_finish_key, fence),
};
static const struct record finish_record =
	RECORD(struct job_finish_key, finish_fields);

static const struct field retry_fields[] = {
	FIELD_INTEGER(struct job_retry_key, delay),
	FIELD_TEXT(struct job_retry_key, error),
	FIELD_UUID(struct job_retry_key, id),
	FIELD_INTEGER(struct job_retry_key, fence),
};
static const struct record retry_record =
	RECORD(struct job_retry_key, retry_fields);

static const struct field state_fields[] = {
	FIELD_UUID(struct job_state, id),
	FIELD_TEXT(struct job_state, kind),
	FIELD_UUID(struct job_state, community),
	FIELD_TEXT(struct job_state, slug),
	FIELD_TEXT(struct job_state, state),
	FIELD_INTEGER(struct job_state, step),
	FIELD_INTEGER(struct job_state, steps),
	FIELD_TEXT(struct job_state, step_name),
	FIELD_INTEGER(struct job_state, attempts),
	FIELD_TIME(struct job_state, due_at),
	FIELD_TEXT(struct job_state, error),
	FIELD_TEXT(struct job_state, requested_by),
	FIELD_TIME(struct job_state, created_at),
	FIELD_TIME(struct job_state, finished_at),
};
const struct record job_state_record = RECORD(struct job_state, state_fields);

const struct db_statement job_enqueue_statement = {
	.name = "job.enqueue",
	.sql = "INSERT INTO job (id, kind, community, step, steps, payload,"
	       " requested_by, due_at, created_at)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6),"
	       " UTC_TIMESTAMP(6))",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement job_enqueue_claimed_statement = {
	.name = "job.enqueue_claimed",
	.sql = "INSERT INTO job (id, kind, community, step, steps, payload,"
	       " requested_by, due_at, created_at, state, fence, attempts,"
	       " claimed_by, claimed_until)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6),"
	       " UTC_TIMESTAMP(6), 'running', " TEXT_OF(
		       JOB_FIRST_FENCE) ", 1, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND)",
	.parameters = &new_claimed_record,
	.kind = DB_WRITE,
};

/* One whose claim has run out is due again: its steward was killed. So is one
 * that is further ahead than it can be (a minute allowed): it was written
 * before the server's clock went back. Of one community's jobs the earliest
 * comes first. */
const struct db_statement job_candidate_statement = {
	.name = "job.candidate",
	.sql = "SELECT job.id, job.fence FROM job"
	       " WHERE job.state IN ('waiting', 'running')"
	       " AND (job.due_at <= UTC_TIMESTAMP(6)"
	       " OR job.due_at > UTC_TIMESTAMP(6) + INTERVAL (60 +"
	       " COALESCE(ELT(LEAST(job.attempts, 7), " TEXT_OF(
		       JOB_PAUSES) "), 0)) SECOND)"
				   " AND (job.claimed_until IS NULL"
				   " OR job.claimed_until <= UTC_TIMESTAMP(6)"
				   " OR job.claimed_until > UTC_TIMESTAMP(6) + INTERVAL 10 MINUTE)"
				   " AND NOT EXISTS (SELECT 1 FROM job AS earlier"
				   " WHERE earlier.community = job.community"
				   " AND earlier.state IN ('waiting', 'running')"
				   " AND (earlier.created_at < job.created_at"
				   " OR (earlier.created_at = job.created_at"
				   " AND earlier.id < job.id)))"
				   " AND (? OR job.kind NOT IN (" JOB_BACKGROUND
				   "))"
				   " AND (? OR job.kind NOT IN (" JOB_MAKING
				   "))"
				   " ORDER BY job.kind IN (" JOB_BACKGROUND
				   "), job.due_at LIMIT 1",
	.parameters = &choice_record,
	.row = &fence_record,
	.kind = DB_READ,
};

const struct db_statement job_claim_statement = {
	.name = "job.claim",
	.sql = "UPDATE job SET state = 'running', fence = fence + 1,"
	       " attempts = attempts + 1, claimed_by = ?,"
	       " claimed_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
	       " WHERE id = ? AND fence = ?"
	       " AND state IN ('waiting', 'running')",
	.parameters = &claim_record,
	.kind = DB_WRITE,
};

const struct db_statement job_claimed_statement = {
	.name = "job.claimed",
	.sql = "SELECT id, kind, community, step, steps, fence, attempts,"
	       " payload FROM job"
	       " WHERE id = ? AND fence = ? AND state = 'running'",
	.parameters = &fence_record,
	.row = &job_record,
	.kind = DB_READ,
};

const struct db_statement job_reclaim_statement = {
	.name = "job.reclaim",
	.sql = "UPDATE job SET claimed_until = NULL"
	       " WHERE state = 'running' AND claimed_by = ?",
	.parameters = &holder_record,
	.kind = DB_WRITE,
};

const struct db_statement job_advance_statement = {
	.name = "job.advance",
	.sql = "UPDATE job SET step = ?, step_name = ?,"
	       " claimed_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
	       " WHERE id = ? AND fence = ? AND state = 'running'",
	.parameters = &advance_record,
	.kind = DB_WRITE,
};

const struct db_statement job_finish_statement = {
	.name = "job.finish",
	.sql = "UPDATE job SET state = ?, error = ?,"
	       " step = IF(state = 'done', steps, step),"
	       " claimed_until = NULL, finished_at = UTC_TIMESTAMP(6)"
	       " WHERE id = ? AND fence = ? AND state = 'running'",
	.parameters = &finish_record,
	.kind = DB_WRITE,
};

const struct db_statement job_retry_statement = {
	.name = "job.retry",
	.sql = "UPDATE job SET state = 'waiting', claimed_until = NULL,"
	       " due_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,"
	       " error = ?"
	       " WHERE id = ? AND fence = ? AND state = 'running'",
	.parameters = &retry_record,
	.kind = DB_WRITE,
};

const struct db_statement job_release_statement = {
	.name = "job.release",
	.sql = "UPDATE job SET state = 'waiting', claimed_until = NULL,"
	       " attempts = attempts - 1"
	       " WHERE id = ? AND fence = ? AND state = 'running'",
	.parameters = &fence_record,
	.kind = DB_WRITE,
};

/* A community may be gone (discard.h). */
#define STATE_COLUMNS                                                          \
	"SELECT job.id, job.kind, job.community, community.slug, job.state,"   \
	" job.step, job.steps, job.step_name, job.attempts, job.due_at,"       \
	" job.error, job.requested_by, job.created_at, job.finished_at"        \
	" FROM job LEFT JOIN community ON community.id = job.community"

const struct db_statement job_read_statement = {
	.name = "job.read",
	.sql = STATE_COLUMNS " WHERE job.id = ?",
	.parameters = &key_record,
	.row = &job_state_record,
	.kind = DB_READ,
};

const struct db_statement job_latest_statement = {
	.name = "job.latest",
	.sql = STATE_COLUMNS " WHERE job.community = ?"
			     " ORDER BY job.created_at DESC LIMIT 1",
	.parameters = &key_record,
	.row = &job_state_record,
	.kind = DB_READ,
};

static const struct field counts_fields[] = {
	FIELD_INTEGER(struct job_counts, waiting),
	FIELD_INTEGER(struct job_counts, running),
	FIELD_INTEGER(struct job_counts, failed),
};
static const struct record counts_record =
	RECORD(struct job_counts, counts_fields);

const struct db_statement job_count_statement = {
	.name = "job.count",
	.sql = "SELECT COUNT(IF(state = 'waiting', 1, NULL)) AS waiting,"
	       " COUNT(IF(state = 'running', 1, NULL)) AS running,"
	       " COUNT(IF(state = 'failed', 1, NULL)) AS failed"
	       " FROM job WHERE state IN ('waiting', 'running', 'failed')",
	.row = &counts_record,
	.kind = DB_READ,
};

const struct db_statement job_list_statement = {
	.name = "job.list",
	.sql = STATE_COLUMNS
	" WHERE job.state IN ('waiting', 'running', 'failed')"
	" ORDER BY job.created_at, job.id LIMIT 200",
	.row = &job_state_record,
	.kind = DB_READ,
	.limit = LIST_MOST,
};

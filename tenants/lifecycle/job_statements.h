/* job_statements.h: what job.c asks the control schema. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_JOB_STATEMENTS_H
#define MISSIOND_TENANTS_LIFECYCLE_JOB_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "db/db.h"

struct job_key {
	struct uuid id;
};

struct job_choice {
	bool background;
	bool making;
};

struct job_fence {
	struct uuid id;
	int64_t fence;
};

struct job_claim_key {
	const char *holder;
	int64_t lease;
	struct uuid id;
	int64_t fence;
};

struct job_advance_key {
	int64_t step;
	const char *name;
	int64_t lease;
	struct uuid id;
	int64_t fence;
};

struct job_finish_key {
	const char *state;
	const char *error;
	struct uuid id;
	int64_t fence;
};

struct job_retry_key {
	int64_t delay;
	const char *error;
	struct uuid id;
	int64_t fence;
};

struct job_holder {
	const char *holder;
};

/* The fence of whoever is the first to have a job. */
#define JOB_FIRST_FENCE 1

extern const struct db_statement job_enqueue_statement;
extern const struct db_statement job_enqueue_claimed_statement;
extern const struct db_statement job_candidate_statement;
extern const struct db_statement job_claim_statement;
extern const struct db_statement job_claimed_statement;
extern const struct db_statement job_reclaim_statement;
extern const struct db_statement job_advance_statement;
extern const struct db_statement job_finish_statement;
extern const struct db_statement job_retry_statement;
extern const struct db_statement job_release_statement;
extern const struct db_statement job_read_statement;
extern const struct db_statement job_latest_statement;
extern const struct db_statement job_list_statement;
extern const struct db_statement job_count_statement;

#endif

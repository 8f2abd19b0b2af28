/*
 * work.h: a claimed job being carried out, as its steps see it. A kind of job
 * is a table of steps.
 *
 * Where a job is, and that its claim goes on, is written when a second has
 * passed since it was last, not at each step: a job that is cut short begins
 * again a little earlier, which its steps bear. The last step writes in the
 * control schema alone, and with it, in the same transaction, the job's end.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_WORK_H
#define MISSIOND_TENANTS_LIFECYCLE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "db/pool.h"
#include "schema/migrate.h"
#include "tenants/config.h"
#include "tenants/credentials.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/registry_write.h"

struct arena;
struct batch;
struct db;
struct db_statement;
struct lifecycle_settings;

/* A community of the control schema with the account that is its own. */
struct work_community {
	const struct lifecycle_settings *settings;
	struct control_community row;
	struct tenant_config config;
	char schema[CREDENTIALS_NAME_SIZE];
	struct db_account account;
	struct credentials credentials;
	struct db *db; /* a scope of that account */
};

/* Fills it from a row but for the configuration, for the arena's life. */
void work_community_name(struct work_community *community,
	const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row);

/* With the configuration; -1 when the stored configuration
 * cannot be read. */
int work_community_open(struct work_community *community,
	const struct lifecycle_settings *settings, struct arena *arena,
	const struct control_community *row, struct error *error);

/* "http://exchange.example:8080" of the community's main domain. */
const char *work_origin(
	const struct work_community *community, struct arena *arena);

struct work {
	const struct lifecycle_settings *settings;
	const struct migrations *migrations; /* tenant's */
	struct arena *arena;
	struct db *control;
	struct job job;
	struct work_community community;
	int64_t lease;
	/* This program has just queued it, with the step to begin with, and
	 * community.row is its community's. */
	bool fresh;
	int64_t held_at;  /* clock_monotonic() of the last write of the job */
	const char *step; /* the present one's name */
	/* In the last step: what is sent along with the job's end. */
	struct batch *ending;
	/* How many jobs run that this one gives way to; NULL: to none. */
	const unsigned *urgent;
	struct error error; /* why a step failed */
};

struct step {
	const char *name; /* for a progress line: "tables" */
	/* 0, or -1 with work->error; work->error may be empty when the
	 * database said it. */
	int (*run)(struct work *work);
};

struct job_kind {
	const char *name;
	const struct step *steps;
	size_t count;
	/* Whoever takes it over does all from this step on: another program
	 * may have begun it, which knew other migrations. */
	size_t again_from;
	/* Can wait: is claimed when nothing else runs (JOB_BACKGROUND) and
	 * gives way to what comes later. Its community is one to come. */
	bool background;
};

/* NULL: there is none of this name. */
const struct job_kind *work_kind(const char *name);

/* Carries out what is left of a job: claims on, retries, finishes. `stopping`
 * is looked at between steps. */
void work_run(
	struct work *work, const struct job_kind *kind, const bool *stopping);

/* Says that the database failed during `what`; returns -1. */
int work_database(struct work *work, const char *what);

/* To be called now and then: is the job still ours? 1, 0 no longer, or -1. */
int work_hold(struct work *work);

/* Tells all machines that something happened in the community (EPOCH_ALL). */
int work_moved(struct work *work);

/* The same along with a change in the control schema, in the last step: its
 * parameters live as long as work->arena. */
int work_moved_with(struct work *work, const struct db_statement *change,
	const void *parameters);

#endif

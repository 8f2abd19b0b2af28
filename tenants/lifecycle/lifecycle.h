/*
 * lifecycle.h: the steward's work on communities. It brings the control schema
 * up to date, then claims jobs (job.h) and carries them out, several side by
 * side. Every step of a job tolerates a concurrent twin and a repetition, so a
 * job that was cut short anywhere is finished by whoever claims it next.
 *
 * DDL runs under the steward's account, everything inside a community under
 * that community's own.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_LIFECYCLE_H
#define MISSIOND_TENANTS_LIFECYCLE_LIFECYCLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tenants/features.h"

struct control_applied;
struct db_account;
struct db_pool;
struct db_statement;
struct error;
struct lifecycle;
struct loop;
struct template_set;

/* What runs inside a community: its statements, and the founder's mail. */
extern const struct feature lifecycle_feature;

/* What runs in missiond_control; for tests, ends with NULL. */
extern const struct db_statement *const lifecycle_statements[];

struct lifecycle_settings {
	struct loop *loop;
	struct db_pool *pool;
	const struct db_account *steward;     /* in missiond_control */
	const unsigned char *subkey;	      /* "missiond tenant passwords" */
	const char *schema;		      /* folder: control/, tenant/ */
	const struct template_set *templates; /* with the feature's pages */
	const char *scheme;		      /* of links: "http", "https" */
	unsigned port;	       /* of links; 0: the scheme's own */
	const char *holder;    /* this steward among all machines' */
	int64_t connections;   /* MAX_USER_CONNECTIONS of a community */
	unsigned side_by_side; /* jobs at once; 0: 4 */
	int64_t poll;	       /* µs between looks for jobs; 0: a second */
	int64_t lease;	       /* µs a claim holds; 0: half a minute */
	int64_t hearing; /* µs until all workers know what was said; 0: 2 s */
	int64_t warm;	 /* schemas made ahead (warm.h) */
	int64_t warm_idle; /* µs without a job before one is; 0: 2 s */
};

/* Reads the SQL files and starts; the settings' pointers must outlive it. NULL
 * and an error when the files are not as they should be. */
struct lifecycle *lifecycle_start(
	const struct lifecycle_settings *settings, struct error *error);

/* Whether the control schema is up to date, so that jobs run. */
bool lifecycle_is_ready(const struct lifecycle *lifecycle);

/* What the version of a community's schema is or becomes. */
int64_t lifecycle_newest(const struct lifecycle *lifecycle);

/* There is a new job: do not wait for the next look. */
void lifecycle_wake(struct lifecycle *lifecycle);

/*
 * Whoever queues a job that this steward is to begin at once asks for a place
 * before (false: there is none, the job waits), queues it as claimed by
 * lifecycle_holder(), and says afterwards what became of that: the job begins
 * when one was claimed, else the place is free again.
 */
bool lifecycle_reserve(struct lifecycle *lifecycle);
const char *lifecycle_holder(
	const struct lifecycle *lifecycle, int64_t *ret_lease);
void lifecycle_begin(
	struct lifecycle *lifecycle, const struct control_applied *applied);

/* Templates were loaded again. The set before must outlive its last mail: free
 * it when the loop comes round without jobs, or at the end. */
void lifecycle_set_templates(
	struct lifecycle *lifecycle, const struct template_set *templates);

/* Another number of schemas made ahead is wanted. */
void lifecycle_set_warm(struct lifecycle *lifecycle, int64_t warm);

/* Whether there is so little space that no schema is made, neither ahead nor
 * for a community: such jobs wait, those that are under way go on. */
void lifecycle_spare(struct lifecycle *lifecycle, bool scarce);

/* Nothing new is begun; jobs under way end after the present step and are given
 * back. loop_run() returns when they have. */
void lifecycle_stop(struct lifecycle *lifecycle);

/* After loop_run(); NULL is allowed. */
void lifecycle_free(struct lifecycle *lifecycle);

#endif

/*
 * lifecycle_fixture.h: a server (tests/unit/db/server.h) set up by
 * schema/bootstrap.sql, and stewards on it.
 */
#ifndef MISSIOND_TESTS_LIFECYCLE_FIXTURE_H
#define MISSIOND_TESTS_LIFECYCLE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/pool.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_write.h"

struct arena;

/* Of missiond_steward, in missiond_control. */
extern const struct db_account lifecycle_steward;

/* With the accounts of bootstrap.sql and the control schema. */
void lifecycle_fixture_start(void);
void lifecycle_fixture_stop(void);

/* The two as what cmocka calls before and after a group. */
int lifecycle_set_up(void **state);
int lifecycle_tear_down(void **state);

/* "…/schema" of the source tree. */
const char *lifecycle_schema(void);

/* Runs SQL as root, {s} standing for the community's schema. */
void lifecycle_sql(struct uuid community, const char *sql);
int64_t lifecycle_number(struct uuid community, const char *sql);

/* Makes its schema anew, empty, and the ledger's rows of it, as programs did
 * that knew the files up to 4 and no baseline. Nothing else is changed. */
void lifecycle_turn_back(struct uuid community);

/* A steward's settings; templates are loaded at the first call. */
struct lifecycle_settings lifecycle_test_settings(
	struct loop *loop, struct db_pool *pool, const char *holder);

/* How many schemas those make ahead, and the version that a community may take;
 * none by default. */
extern int64_t lifecycle_test_warm, lifecycle_test_version;

/* Who has a new community's job from the beginning, and for how long; nobody by
 * default. */
extern const char *lifecycle_test_holder;
extern int64_t lifecycle_test_lease;

/* A YAML file for `slug` with the domain slug.example and these lines more. */
const char *lifecycle_yaml(
	struct arena *arena, const char *slug, const char *more);

/* In a task: applies such a text; as control_apply(), and -2 when the text is
 * bad. */
int lifecycle_apply(struct db *control, struct arena *arena, const char *yaml,
	struct control_applied *ret_applied, struct error *refusal);

/* Applies it by itself: the job's and the community's id. */
struct control_applied lifecycle_apply_now(const char *slug, const char *more);

/* The latest job of a community. */
struct uuid lifecycle_last_job(const char *slug);

/* Orders a rotation of its credentials, or that it be taken away; the job. */
struct uuid lifecycle_rotate_now(const char *slug);
struct uuid lifecycle_discard_now(const char *slug);

/* Whether the community's account has this generation's password. */
bool lifecycle_lets_in(struct uuid community, int64_t generation);

/* Runs a steward until the job has ended. Whether it is done. */
bool lifecycle_runs_until_done(struct uuid job, const char *holder);

/* Runs one until root's SELECT gives this number. Whether it did. */
bool lifecycle_runs_until(
	const char *select, int64_t number, const char *holder);

#endif

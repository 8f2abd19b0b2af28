/*
 * step.h: steps that several kinds of jobs have: a schema and its account, made
 * and removed. As all steps they bear a twin and a repetition.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_STEP_H
#define MISSIOND_TENANTS_LIFECYCLE_STEP_H

struct work;

int step_make_schema(struct work *work);

/* With the password of the row's generation, and the grants. */
int step_make_account(struct work *work);

/* Its sessions are ended. One that is not there is as good. */
int step_drop_account(struct work *work);
int step_drop_schema(struct work *work);

/* Brings the schema to the newest version (migrate.h). A job that can wait
 * waits before each statement while others run. */
int step_make_tables(struct work *work);

#endif

/*
 * migrate_fixture.h: a server (tests/unit/db/server.h) on which the schema
 * "target" is migrated by an account that has DDL alone, its rows moved by one
 * that has rows alone; the ledger stands in missiond_control.
 */
#ifndef MISSIOND_TESTS_MIGRATE_FIXTURE_H
#define MISSIOND_TESTS_MIGRATE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/uuid.h"

struct db_address;
struct loop;

struct run {
	const struct db_address *address;
	struct loop *loop;
	struct uuid community;
	const char *folder;
	int64_t up_to;	   /* no file above; 0: all */
	bool by_numbers;   /* as if there were no baseline */
	bool without_rows; /* no account for these */
	int kill_before;   /* the statement, from 1; 0: none */
	int64_t record_after;
	/* Called before each statement, may be NULL. */
	void (*before)(struct run *run);
	int statements;
	int result;
	struct error error;
};

void migrate_fixture_start(void);

/* An empty "target". */
void migrate_new_target(void);

/* "…/schema/tenant" or "…/schema/control" of the source tree. */
const char *migrate_folder(const char *name);

/* A run of all files, to be changed; and doing it, in a task or within one. */
struct run migrate_run(struct uuid community, const char *folder);
void migrate_do(struct run *run);
void migrate_do_in_task(void *run);

struct run run_it(struct uuid community, const char *folder);

/* Begins a run in another process; how it ended (waitpid()). */
int migrate_begin(const struct run *run);
int migrate_wait(int child);

/* One that is ended by SIGKILL before statement `kill_before`. */
void migrate_kill(const struct run *run);

/* The other process: what main() does with these arguments when there are as
 * many. */
#define MIGRATE_ARGUMENTS 8
int migrate_be_other(char **arguments);

/* Asserts that it did as many statements, or that its error has these words. */
void ok(struct run run, int statements);
void refused(struct run run, const char *words);

#endif

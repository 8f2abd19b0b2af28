#include "schema/migrate.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/script.h"
#include "schema/ledger.h"

/* The server's ER_NO_SUCH_TABLE. */
#define NO_SUCH_TABLE 1146U

/* A statement that a twin's made fail with a conflict is tried again. */
#define TRIES 5

/* Between two records of what is done. */
#define RECORD_AFTER CLOCK_SECOND

/* One file on its way. */
struct application {
	const struct migration *migration;
	struct run *run;
	const struct ledger_row *known; /* NULL: not recorded */
	int64_t began_at;		/* clock_monotonic() */
	int64_t number;			/* of the statement, from 1 */
	int64_t done;			/* how many are */
	bool finished;
	bool unrecorded; /* the ledger says less */
};

/* All files, in their order. */
struct run {
	const struct migrate *migrate;
	const char *community;
	struct arena *arena;
	struct error *error;
	struct application *applications;
	int64_t recorded_at; /* clock_monotonic() */
	bool ledger;	     /* there is one */
};

static int
cannot_record(struct error *error)
{
	return error_set(error, "the ledger of migrations cannot be reached");
}

static int
run_statement(const struct run *run, const char *sql)
{
	struct db *target = run->migrate->target;

	for (int tries = 1;; tries++) {
		if (db_script(target, sql, NULL, run->error) == 0)
			return 0;
		if (tries == TRIES || db_failure(target) != DB_FAILURE_CONFLICT)
			return -1;
	}
}

static int
write_progress(struct db *ledger, void *argument)
{
	const struct run *run = argument;
	const struct migrations *migrations = run->migrate->migrations;
	int64_t now = clock_monotonic();

	for (size_t i = 0; i < migrations->count; i++) {
		const struct application *application = &run->applications[i];
		const struct migration *migration = &migrations->items[i];
		const struct ledger_progress progress = {
			.community = run->community,
			.version = migration->version,
			.file = migration->file,
			.sha256 = {migration->sha256, DIGEST_SIZE},
			.statements_done = application->done,
			.took = now - application->began_at,
			.finished = application->finished,
		};

		if (application->unrecorded &&
			db_execute(ledger, &ledger_write_statement, &progress) <
				0)
			return -1;
	}
	return 0;
}

/* All that is done and not recorded yet, in one commit. 0 or -1, the error
 * untouched. */
static int
record(struct run *run)
{
	const struct migrations *migrations = run->migrate->migrations;
	bool any = false;

	for (size_t i = 0; i < migrations->count; i++)
		any |= run->applications[i].unrecorded;
	if (!any || !run->ledger)
		return 0;
	if (db_transaction(run->migrate->ledger, write_progress, run) != 0)
		return -1;
	for (size_t i = 0; i < migrations->count; i++)
		run->applications[i].unrecorded = false;
	run->recorded_at = clock_monotonic();
	return 0;
}

static int
record_when_due(struct run *run)
{
	int64_t after = run->migrate->record_after;

	if (after == 0)
		after = RECORD_AFTER;
	if (clock_monotonic() < run->recorded_at + after)
		return 0;
	return record(run) < 0 ? cannot_record(run->error) : 0;
}

static int
apply_statement(
	const char *statement, size_t length, size_t line, void *argument)
{
	struct application *application = argument;
	struct run *run = application->run;
	const struct migrate *migrate = run->migrate;

	if (++application->number <= application->done)
		return 0;
	if (migrate->proceed != NULL &&
		migrate->proceed(migrate->argument) != 0) {
		run->error->text[0] = '\0';
		return -1;
	}
	if (run_statement(run, arena_copy(run->arena, statement, length)) < 0)
		return error_prefix(run->error, "%s:%zu",
			application->migration->file, line);
	application->done = application->number;
	application->unrecorded = true;
	return record_when_due(run);
}

/* As long as no statement of a file is recorded it may still change. */
static int
check_unchanged(const struct application *application)
{
	const struct ledger_row *row = application->known;
	const struct migration *migration = application->migration;

	if ((row->sha256.length == DIGEST_SIZE &&
		    memcmp(row->sha256.data, migration->sha256, DIGEST_SIZE) ==
			    0) ||
		(row->statements_done == 0 && row->finished_at.microseconds ==
						      TIME_NONE.microseconds))
		return 0;
	return error_set(application->run->error,
		"%s: this file was applied with another content (as %s); what "
		"was applied must not be changed: restore it and put the "
		"change into a new file",
		migration->file, row->file);
}

static int
apply(struct application *application)
{
	const struct ledger_row *known = application->known;

	application->began_at = clock_monotonic();
	application->number = 0;
	application->done = 0;
	if (known != NULL) {
		if (check_unchanged(application) < 0)
			return -1;
		if (known->finished_at.microseconds != TIME_NONE.microseconds)
			return 0;
		application->done = known->statements_done;
	}
	if (db_script_each(application->migration->sql, apply_statement,
		    application) != 0)
		return -1;
	application->finished = true;
	application->unrecorded = true;
	return 0;
}

/* Whether there is a ledger: 1, 0 or -1. */
static int
has_ledger(struct db *ledger, struct error *error)
{
	unsigned number;

	if (db_script(ledger, "SELECT 1 FROM schema_migration LIMIT 1", &number,
		    error) == 0)
		return 1;
	return number == NO_SUCH_TABLE ? 0 : -1;
}

/* The control schema's first file makes it. */
static int
make_ledger(struct run *run)
{
	const struct migration *migration = run->migrate->migrations->items;
	struct application first = {.migration = migration, .run = run};
	int found = has_ledger(run->migrate->ledger, run->error);

	if (found != 0)
		return found < 0 ? -1 : 0;
	return db_script_each(migration->sql, apply_statement, &first);
}

/* What the ledger knows. Refused where a newer program was: what this one knows
 * of the schema is not enough. */
static int
read_ledger(struct run *run)
{
	const struct migrations *migrations = run->migrate->migrations;
	const struct ledger_community key = {run->community};
	int64_t known = migrations_newest(migrations);
	struct record_list list;
	const struct ledger_row *rows;

	if (db_rows(run->migrate->ledger, &ledger_list_statement, &key,
		    run->arena, &list) < 0)
		return cannot_record(run->error);
	rows = list.items;
	for (size_t i = 0; i < list.count; i++) {
		int64_t version = rows[i].version;

		if (version > known)
			return error_set(run->error,
				"the schema has version %lld, this program "
				"knows versions up to %lld",
				(long long)rows[list.count - 1].version,
				(long long)known);
		if (version >= 1)
			run->applications[version - 1].known = &rows[i];
	}
	return 0;
}

static int
apply_all(struct run *run)
{
	size_t count = run->migrate->migrations->count;

	for (size_t i = 0; i < count; i++)
		if (apply(&run->applications[i]) < 0)
			return -1;
	return 0;
}

int
migrate(const struct migrate *migrate, struct arena *arena, struct error *error)
{
	const struct migrations *migrations = migrate->migrations;
	char community[UUID_HYPHENATED_SIZE];
	struct run run = {
		.migrate = migrate,
		.community = community,
		.arena = arena,
		.error = error,
		.applications = arena_array(
			arena, migrations->count, sizeof(*run.applications)),
		.recorded_at = clock_monotonic(),
	};
	int result;

	uuid_format_hyphenated(migrate->community, community);
	for (size_t i = 0; i < migrations->count; i++)
		run.applications[i] = (struct application){
			.migration = &migrations->items[i], .run = &run};
	if (uuid_is_none(migrate->community) && make_ledger(&run) < 0)
		return -1;
	run.ledger = true;
	if (read_ledger(&run) < 0)
		return -1;
	result = apply_all(&run);
	/* Also what was done before a failure. */
	if (record(&run) < 0 && result == 0)
		return cannot_record(error);
	/* What was tried again may have left words. */
	if (result == 0)
		error->text[0] = '\0';
	return result;
}

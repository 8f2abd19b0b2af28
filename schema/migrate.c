#include "schema/migrate.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/script.h"
#include "schema/ledger.h"

/* The server's ER_TABLE_EXISTS_ERROR, ER_NO_SUCH_TABLE and
 * ER_NO_REFERENCED_ROW_2. */
#define TABLE_EXISTS	  1050U
#define NO_SUCH_TABLE	  1146U
#define NO_REFERENCED_ROW 1452U

/* A statement that a twin's made fail with a conflict is tried again; so is a
 * file for whose constraint somebody added a row at the wrong moment. */
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
	struct application *applications; /* of version 1 first */
	size_t first;	     /* of them: those before are in a baseline */
	int64_t recorded_at; /* clock_monotonic() */
	unsigned failed;     /* the server's number for the last statement */
	bool ledger;	     /* there is one */
};

static int
cannot_record(struct error *error)
{
	return error_set(error, "the ledger of migrations cannot be reached");
}

static bool
begins_with(const char *text, const char *word)
{
	size_t length = strlen(word);

	return strncasecmp(text, word, length) == 0 &&
	       (text[length] == '\0' ||
		       strchr(" \t\r\n", text[length]) != NULL);
}

/* Whether the statement moves rows; comments stand before it. */
static bool
moves_rows(const char *sql)
{
	for (;;) {
		sql += strspn(sql, " \t\r\n");
		if (strncmp(sql, "--", 2) != 0)
			break;
		sql += strcspn(sql, "\n");
	}
	return begins_with(sql, "INSERT") || begins_with(sql, "UPDATE") ||
	       begins_with(sql, "DELETE");
}

static int
run_statement(struct run *run, const char *sql)
{
	const struct migrate *migrate = run->migrate;
	struct db *db = migrate->target;

	run->failed = 0;
	/* The community's account has a limit for pages' statements. */
	if (moves_rows(sql) && migrate->target != migrate->ledger) {
		db = migrate->rows;
		sql = arena_printf(run->arena,
			"SET STATEMENT max_statement_time = 0 FOR %s", sql);
	}
	if (db == NULL)
		return error_set(
			run->error, "no account is there that may move rows");
	for (int tries = 1;; tries++) {
		if (db_script(db, sql, &run->failed, run->error) == 0)
			return 0;
		if (tries == TRIES || db_failure(db) != DB_FAILURE_CONFLICT)
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
		const struct migration *migration = application->migration;
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

/* A baseline is recorded as a whole or not at all. */
static void
note_progress(struct application *application)
{
	if (application->number <= application->done)
		return;
	application->done = application->number;
	application->unrecorded =
		!migration_is_baseline(application->migration->file);
}

static int
apply_statement(
	const char *statement, size_t length, size_t line, void *argument)
{
	struct application *application = argument;
	struct run *run = application->run;
	const struct migrate *migrate = run->migrate;
	const char *sql = arena_copy(run->arena, statement, length);

	if (++application->number <= application->done && !moves_rows(sql))
		return 0;
	if (migrate->proceed != NULL &&
		migrate->proceed(migrate->argument) != 0) {
		run->failed = 0;
		run->error->text[0] = '\0';
		return -1;
	}
	if (run_statement(run, sql) < 0)
		return error_prefix(run->error, "%s:%zu",
			application->migration->file, line);
	note_progress(application);
	return record_when_due(run);
}

static int
apply_statements(struct application *application)
{
	struct run *run = application->run;

	for (int tries = 1;; tries++) {
		application->number = 0;
		if (db_script_each(application->migration->sql, apply_statement,
			    application) == 0)
			return 0;
		if (tries == TRIES || run->failed != NO_REFERENCED_ROW)
			return -1;
	}
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
	application->done = 0;
	if (known != NULL) {
		if (check_unchanged(application) < 0)
			return -1;
		if (known->finished_at.microseconds != TIME_NONE.microseconds)
			return 0;
		application->done = known->statements_done;
	}
	if (apply_statements(application) < 0)
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

static void
start_with_baseline(struct run *run)
{
	const struct migration *baseline = run->migrate->migrations->baseline;

	run->first = (size_t)baseline->version - 1;
	run->applications[run->first].migration = baseline;
}

static void
start_with_numbers(struct run *run)
{
	const struct migrations *migrations = run->migrate->migrations;

	run->first = 0;
	for (size_t i = 0; i < migrations->count; i++)
		run->applications[i] = (struct application){
			.migration = &migrations->items[i], .run = run};
}

/* Of a schema that began with a baseline the files before it are not asked
 * for. One that this program has no more is nothing to compare with. */
static void
note_known(struct run *run, const struct ledger_row *row)
{
	const struct migration *baseline = run->migrate->migrations->baseline;

	run->applications[row->version - 1].known = row;
	if (!migration_is_baseline(row->file) ||
		row->finished_at.microseconds == TIME_NONE.microseconds)
		return;
	if (baseline != NULL && baseline->version == row->version)
		start_with_baseline(run);
	else
		run->first = (size_t)row->version;
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
			note_known(run, &rows[i]);
	}
	if (list.count == 0 && migrations->baseline != NULL)
		start_with_baseline(run);
	return 0;
}

static int
apply_from_first(struct run *run)
{
	size_t count = run->migrate->migrations->count;

	for (size_t i = run->first; i < count; i++)
		if (apply(&run->applications[i]) < 0)
			return -1;
	return 0;
}

static int
apply_all(struct run *run)
{
	const struct application *begun = &run->applications[run->first];
	bool fresh = run->first < run->migrate->migrations->count &&
		     begun->known == NULL &&
		     migration_is_baseline(begun->migration->file);

	if (apply_from_first(run) == 0)
		return 0;
	if (!fresh || begun->finished || run->failed != TABLE_EXISTS)
		return -1;
	start_with_numbers(run);
	return apply_from_first(run);
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
	start_with_numbers(&run);
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

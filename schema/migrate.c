#include "schema/migrate.h"

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"
#include "db/script.h"
#include "schema/ledger.h"

/* The server's ER_NO_SUCH_TABLE. */
#define NO_SUCH_TABLE 1146U

/* A statement that a twin's made fail with a conflict is tried again. */
#define TRIES 5

/* One file on its way. */
struct application {
	const struct migrate *migrate;
	const struct migration *migration;
	const char *community;
	struct arena *arena;
	struct error *error;
	int64_t number; /* of the statement, from 1 */
	int64_t done;	/* recorded before */
	bool recorded;
};

static int
cannot_record(struct error *error)
{
	return error_set(error, "the ledger of migrations cannot be reached");
}

static int
run_statement(const struct application *application, const char *sql)
{
	struct db *target = application->migrate->target;

	for (int tries = 1;; tries++) {
		if (db_script(target, sql, NULL, application->error) == 0)
			return 0;
		if (tries == TRIES || db_failure(target) != DB_FAILURE_CONFLICT)
			return -1;
	}
}

static int
record_progress(const struct application *application)
{
	const struct ledger_progress progress = {
		.statements_done = application->number,
		.community = application->community,
		.version = application->migration->version,
	};

	if (db_execute(application->migrate->ledger, &ledger_progress_statement,
		    &progress) < 0)
		return cannot_record(application->error);
	return 0;
}

static int
apply_statement(
	const char *statement, size_t length, size_t line, void *argument)
{
	struct application *application = argument;
	const struct migrate *migrate = application->migrate;

	if (++application->number <= application->done)
		return 0;
	if (migrate->proceed != NULL &&
		migrate->proceed(migrate->argument) != 0) {
		application->error->text[0] = '\0';
		return -1;
	}
	if (run_statement(application,
		    arena_copy(application->arena, statement, length)) < 0)
		return error_prefix(application->error, "%s:%zu",
			application->migration->file, line);
	return application->recorded ? record_progress(application) : 0;
}

static int
ledger_find(const struct application *application, struct ledger_row *ret_row)
{
	const struct ledger_key key = {
		application->community, application->migration->version};

	return db_row(application->migrate->ledger, &ledger_find_statement,
		&key, application->arena, ret_row);
}

/* The file was begun with other words. As long as none of its statements is
 * recorded it may still change. */
static int
take_changed(struct application *application, const struct ledger_row *row)
{
	const struct migration *migration = application->migration;
	const struct ledger_restart restart = {
		.sha256 = {migration->sha256, DIGEST_SIZE},
		.file = migration->file,
		.community = application->community,
		.version = migration->version,
	};
	int64_t changed;

	if (row->statements_done > 0 ||
		row->finished_at.microseconds != TIME_NONE.microseconds)
		return error_set(application->error,
			"%s: this file was applied with another content (as "
			"%s); what was applied must not be changed: restore "
			"it and put the change into a new file",
			migration->file, row->file);
	changed = db_execute(application->migrate->ledger,
		&ledger_restart_statement, &restart);
	return changed != 1 ? cannot_record(application->error) : 0;
}

/* The ledger's row of the file, made if there is none. */
static int
begin(struct application *application, struct ledger_row *row)
{
	const struct migration *migration = application->migration;
	const struct ledger_new new = {
		.community = application->community,
		.version = migration->version,
		.file = migration->file,
		.sha256 = {migration->sha256, DIGEST_SIZE},
	};
	int found = ledger_find(application, row);

	if (found == 0) {
		if (db_execute(application->migrate->ledger,
			    &ledger_begin_statement, &new) < 0)
			return cannot_record(application->error);
		/* A twin's row may have been first. */
		found = ledger_find(application, row);
	}
	if (found <= 0)
		return cannot_record(application->error);
	if (row->sha256.length == DIGEST_SIZE &&
		memcmp(row->sha256.data, migration->sha256, DIGEST_SIZE) == 0)
		return 0;
	return take_changed(application, row);
}

static int
finish(const struct application *application)
{
	const struct ledger_key key = {
		application->community, application->migration->version};

	if (db_execute(application->migrate->ledger, &ledger_finish_statement,
		    &key) < 0)
		return cannot_record(application->error);
	return 0;
}

static int
apply(struct application *application)
{
	struct ledger_row row;

	if (begin(application, &row) < 0)
		return -1;
	if (row.finished_at.microseconds != TIME_NONE.microseconds)
		return 0;
	application->done = row.statements_done;
	application->recorded = true;
	if (db_script_each(application->migration->sql, apply_statement,
		    application) != 0)
		return -1;
	return finish(application);
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

static int
make_ledger(struct application *application)
{
	int found =
		has_ledger(application->migrate->ledger, application->error);

	if (found != 0)
		return found < 0 ? -1 : 0;
	return db_script_each(
		application->migration->sql, apply_statement, application);
}

/* A newer program was here: what this one knows of the schema is not enough.
 */
static int
check_newest(const struct application *application)
{
	const struct ledger_community key = {application->community};
	int64_t known = migrations_newest(application->migrate->migrations);
	struct ledger_newest newest;

	if (db_row(application->migrate->ledger, &ledger_newest_statement, &key,
		    application->arena, &newest) != 1)
		return cannot_record(application->error);
	if (newest.version > known)
		return error_set(application->error,
			"the schema has version %lld, this program knows "
			"versions up to %lld",
			(long long)newest.version, (long long)known);
	return 0;
}

int
migrate(const struct migrate *migrate, struct arena *arena, struct error *error)
{
	const struct migrations *migrations = migrate->migrations;
	char community[UUID_HYPHENATED_SIZE];
	struct application first = {
		.migrate = migrate,
		.migration = migrations->items,
		.community = community,
		.arena = arena,
		.error = error,
	};

	uuid_format_hyphenated(migrate->community, community);
	if (uuid_is_none(migrate->community) && make_ledger(&first) < 0)
		return -1;
	if (check_newest(&first) < 0)
		return -1;
	for (size_t i = 0; i < migrations->count; i++) {
		struct application application = first;

		application.migration = &migrations->items[i];
		application.number = 0;
		if (apply(&application) < 0)
			return -1;
	}
	/* What was tried again may have left words. */
	error->text[0] = '\0';
	return 0;
}

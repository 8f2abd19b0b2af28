/*
 * migrate.h: brings a schema to the newest version by numbered SQL files,
 * "0001-name.sql" and on without gap, forward only. What was applied is
 * recorded in missiond_control.schema_migration with the file's SHA-256: a file
 * that was applied never changes again.
 *
 * DDL commits by itself, so progress is recorded after it: when a second has
 * passed since it was last, when a statement fails, and at the end. So a new
 * schema costs one write of the ledger, and of a long migration little is done
 * twice. Killed in between, or with a twin at work on the same schema,
 * statements run again: every statement of the files has to bear that (IF NOT
 * EXISTS, OR REPLACE), also when all that follow it were done.
 *
 * Statements that begin with INSERT, UPDATE or DELETE move rows. They run under
 * the account that has rights on rows, which the one that does DDL has not.
 * Until their file is finished they run again at each attempt, so that one that
 * makes rows ready for a constraint finds also those that came after it last
 * ran; a constraint that finds some nevertheless fails, and is tried again with
 * them.
 *
 * A new schema takes no detour through what was. "baseline-0005.sql" makes at
 * once what the files up to 0005 make, and where the ledger knows nothing of a
 * schema it begins with that and goes on with 0006; it is recorded as version
 * 5, when it is finished. Its tables are made without IF NOT EXISTS: where one
 * is there, made by a program that was killed before it could record it, by a
 * twin, or long ago, nobody knows in which form; then the numbered files do it
 * all, which bear what they find. So what a finished baseline made is its own
 * from beginning to end.
 *
 * The control schema's own first file makes the ledger: while there is none, it
 * runs unrecorded, then once more recorded.
 */
#ifndef MISSIOND_SCHEMA_MIGRATE_H
#define MISSIOND_SCHEMA_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/record.h"
#include "crypto/digest.h"

struct arena;
struct db;
struct db_statement;
struct error;

/* More files than any schema has. */
#define MIGRATIONS_MOST 10000

struct migration {
	int64_t version;
	const char *file; /* its name alone */
	const char *sql;
	unsigned char sha256[DIGEST_SIZE];
};

struct migrations {
	const struct migration *items; /* by version, from 1 */
	size_t count;
	const struct migration *baseline; /* up to its version; NULL: none */
};

/* Reads the folder's *.sql files into the arena. A name of another form, a gap,
 * a number used twice, a second baseline or one of a version that no file has
 * is an error. 0 or -1. */
int migrations_read(struct arena *arena, const char *folder,
	struct migrations *ret_migrations, struct error *error);

/* Whether a file of this name makes at once what those up to its number make.
 */
bool migration_is_baseline(const char *file);

/* The version that a schema has with all of them. */
int64_t migrations_newest(const struct migrations *migrations);

struct migrate {
	const struct migrations *migrations;
	struct db *ledger; /* missiond_control */
	struct db *target; /* the schema; for the control schema the ledger */
	struct db *rows;   /* the same by the account that has rights on rows;
			      NULL: statements that move some are refused, but
			      in the control schema, where the ledger does all */
	struct uuid community; /* UUID_NONE: the control schema */
	/* Called before each statement, may be NULL; other than 0 stops. */
	int (*proceed)(void *argument);
	void *argument;
	int64_t record_after; /* µs between records; 0: a second */
};

/*
 * Applies what is missing. 0; or -1 with an error that names file and line, or
 * with an empty one when proceed() stopped it. Waits.
 */
int migrate(const struct migrate *migrate, struct arena *arena,
	struct error *error);

/* For tests; ends with NULL. */
extern const struct db_statement *const migrate_statements[];

#endif

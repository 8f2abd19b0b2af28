/*
 * db.h: what handlers and jobs see of the database. They never see a
 * connection: a `struct db` stands for "this community (or the registry), for
 * the length of this request". It takes a connection of the pool for one
 * statement, or for one transaction, and gives it back.
 *
 * Statements are constants of the feature that uses them:
 *
 *	static const struct db_statement listing_find = {
 *		.name = "listings.find",
 *		.sql = "SELECT id, title FROM listing WHERE id = ?",
 *		.parameters = &listing_key_record,
 *		.row = &listing_card_record,
 *		.kind = DB_READ,
 *	};
 *
 * Tables are unqualified: the account's schema is the only one. Every
 * statement is listed in its feature's table of statements, from which tests
 * and attacks are generated.
 *
 * All functions here wait (they park the calling task), end at the task's
 * deadline, and return -1 on failure; db_failure() then says which kind.
 */
#ifndef MISSIOND_DB_DB_H
#define MISSIOND_DB_DB_H

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct arena;
struct db;

enum db_kind { DB_READ, DB_WRITE };

struct db_statement {
	const char *name; /* "feature.verb", unique */
	const char *sql;
	const struct record *parameters; /* NULL: no question marks */
	const struct record *row;	 /* NULL: no result set */
	enum db_kind kind;
	size_t limit; /* most rows it may return; 0: one */
};

enum db_failure {
	DB_FAILURE_NONE,
	DB_FAILURE_UNAVAILABLE, /* away, full, no connection in time: 503 */
	DB_FAILURE_CROWDED, /* the account's own connections, at its cap: 429 */
	DB_FAILURE_READ_ONLY, /* a write while below the free-space mark: 503 */
	DB_FAILURE_DUPLICATE, /* 1062: a unique key has it already */
	DB_FAILURE_ORPHAN,    /* 1452: what it belongs to is gone */
	DB_FAILURE_CONFLICT,  /* 1213, 1205 after all retries: 503 */
	DB_FAILURE_CANCELLED, /* the task was cancelled or timed out */
	DB_FAILURE_REFUSED, /* 1044, 1045, 1142, 1227…: no right to do this */
	DB_FAILURE_DEFECT   /* anything else: ours; logged where it happened */
};

/* The last failure of this scope; cleared by the next call. */
enum db_failure db_failure(const struct db *db);

/* From here on nothing is written through this scope: a DB_WRITE statement
 * fails with DB_FAILURE_REFUSED. Does not wait. */
void db_hold(struct db *db);

/*
 * Reads rows into an array of the row record's structs in the arena. Returns
 * how many; more rows than the statement's limit is DB_FAILURE_DEFECT.
 */
int64_t db_rows(struct db *db, const struct db_statement *statement,
	const void *parameters, struct arena *arena,
	struct record_list *ret_rows);

/* Reads at most one row into `ret_row`, texts in the arena: 1, 0 (none, and
 * ret_row untouched) or -1. */
int db_row(struct db *db, const struct db_statement *statement,
	const void *parameters, struct arena *arena, void *ret_row);

/* Runs a statement without result set; returns the affected rows. */
int64_t db_execute(struct db *db, const struct db_statement *statement,
	const void *parameters);

/*
 * Runs several statements with one round trip where the server allows it.
 * Each entry is as for db_rows; no parameter may depend on another's result.
 * Where some of them write, all are run in their order.
 */
struct db_query {
	const struct db_statement *statement;
	const void *parameters;
	struct record_list rows; /* result */
	int64_t affected;	 /* of a statement without result set */
};
int db_queries(struct db *db, struct db_query *queries, size_t count,
	struct arena *arena);

/*
 * Runs `body(db, argument)` in a transaction: 0 commits, anything else rolls
 * back and is returned. On 1213 and 1205 it is rolled back and run again, so
 * the body must have no effect outside the database and must not touch its
 * arguments in ways that a second run would notice. Nested calls join the
 * outer transaction.
 */
int db_transaction(struct db *db, int (*body)(struct db *db, void *argument),
	void *argument);

#endif

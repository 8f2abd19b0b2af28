#include "db/db.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/failure.h"
#include "db/internal.h"
#include "db/pool.h"
#include "db/statement.h"
#include "loop/task.h"

/* Before a conflict is tried again: up to this, doubled at each. */
#define BACK_OFF (8 * INT64_C(1000))

static void
scope_close(void *object)
{
	struct db *db = object;

	if (db->connection != NULL)
		log_defect("db", "scope closed inside a transaction");
	pool_release(db->pool);
}

struct db *
db_scope_open(struct db_pool *pool, struct arena *arena,
	const struct db_account *account)
{
	struct db *db = ARENA_NEW(arena, struct db);

	db->pool = pool;
	db->account = account;
	pool_hold(pool);
	arena_on_free(arena, scope_close, db);
	return db;
}

enum db_failure
db_failure(const struct db *db)
{
	return db->failure;
}

void
db_hold(struct db *db)
{
	db->held = true;
}

int
scope_fail_as(struct db *db, enum db_failure kind)
{
	db->failed = 0;
	db->failure = kind;
	return -1;
}

/* What is nobody's fault (a key that exists, a conflict, a cancellation) is not
 * logged; that the server is away was logged by the pool, and
 * number 0 where it was found. */
static void
log_failure(const struct db *db, const char *statement,
	const struct failure *failure)
{
	const struct log_context context = {.community = db->account->log_name};
	int severity = LOG_ERR;

	if (failure->number == 0 || db->failure == DB_FAILURE_DUPLICATE ||
		db->failure == DB_FAILURE_CONFLICT ||
		db->failure == DB_FAILURE_CANCELLED)
		return;
	if (db->failure == DB_FAILURE_UNAVAILABLE)
		severity = db->pool->away_since != 0 ? LOG_DEBUG : LOG_INFO;
	log_event(severity, &context, "database.error", "statement", statement,
		"number", log_integer(failure->number), "error",
		failure_text_is_safe(failure->number) ? failure->text : "-",
		NULL);
}

int
scope_fail(struct db *db, const char *statement, const struct failure *failure)
{
	db->failed = failure->number;
	db->failure = failure_kind(failure->number);
	/* An answer that was given up on looks like a lost connection. */
	if (failure_is_gone(failure->number) && task_is_over())
		db->failure = DB_FAILURE_CANCELLED;
	log_failure(db, statement, failure);
	return -1;
}

int
scope_begin(struct db *db, enum db_kind kind)
{
	db->failure = DB_FAILURE_NONE;
	if (task_is_over())
		return scope_fail_as(db, DB_FAILURE_CANCELLED);
	if (kind == DB_WRITE && db->held)
		return scope_fail_as(db, DB_FAILURE_REFUSED);
	if (kind == DB_WRITE && db->pool->read_only)
		return scope_fail_as(db, DB_FAILURE_READ_ONLY);
	return 0;
}

void
scope_give(struct db *db, struct connection *connection)
{
	if (connection->lost && connection->in_flight && task_is_over())
		kill_start(db->pool, db->account, connection->thread);
	pool_give(db->pool, connection);
}

int
scope_back_off(unsigned attempt)
{
	int64_t now = clock_monotonic();
	int64_t longest = BACK_OFF << attempt;

	/* Different tasks that collided should not meet again. */
	return task_sleep(now + longest / 4 + now % longest) == TASK_READY ? 0
									   : -1;
}

int
scope_fail_inside(struct db *db, const struct run *run)
{
	db->undone = failure_is_conflict(run->failure.number);
	db->broken = db->connection->lost;
	return scope_fail(db, run->statement->name, &run->failure);
}

/* Inside a transaction: its connection, and no repetition here. */
static int
run_inside(struct db *db, struct run *run)
{
	if (db->broken || db->undone)
		return scope_fail_as(db, DB_FAILURE_CONFLICT);
	if (run_whole(db->connection, run) == 0)
		return 0;
	return scope_fail_inside(db, run);
}

bool
scope_may_repeat(unsigned number, bool only_reads, struct repetition *so_far)
{
	if (failure_is_conflict(number))
		return ++so_far->conflicts < CONFLICT_TRIES &&
		       scope_back_off(so_far->conflicts) == 0;
	if (so_far->was_lost || task_is_over())
		return false;
	so_far->was_lost = true;
	return failure_is_unsent(number) ||
	       (failure_is_gone(number) && only_reads);
}

static int
run_alone(struct db *db, struct run *run)
{
	struct connection *connection;
	struct repetition so_far = {0, false};
	int result;

	do {
		connection = pool_take(db);
		if (connection == NULL)
			return -1;
		run->failure.number = 0;
		result = run_whole(connection, run);
		scope_give(db, connection);
	} while (result != 0 &&
		 scope_may_repeat(run->failure.number,
			 run->statement->kind == DB_READ, &so_far));
	if (result != 0)
		scope_fail(db, run->statement->name, &run->failure);
	return result;
}

static int
run_in_scope(struct db *db, struct run *run)
{
	if (scope_begin(db, run->statement->kind) != 0)
		return -1;
	return db->connection != NULL ? run_inside(db, run)
				      : run_alone(db, run);
}

int64_t
db_rows(struct db *db, const struct db_statement *statement,
	const void *parameters, struct arena *arena,
	struct record_list *ret_rows)
{
	struct run run = {
		.statement = statement,
		.parameters = parameters,
		.arena = arena,
	};

	if (run_in_scope(db, &run) != 0)
		return -1;
	*ret_rows = run.rows;
	return (int64_t)run.rows.count;
}

int
db_row(struct db *db, const struct db_statement *statement,
	const void *parameters, struct arena *arena, void *ret_row)
{
	struct record_list rows;
	int64_t count = db_rows(db, statement, parameters, arena, &rows);

	if (count > 1) {
		log_event(LOG_ERR, NULL, "database.disagreement", "statement",
			statement->name, "about", "db_row", "detail",
			"more than one row", NULL);
		return scope_fail_as(db, DB_FAILURE_DEFECT);
	}
	if (count == 1)
		memcpy(ret_row, rows.items, statement->row->size);
	return (int)count;
}

int64_t
db_execute(struct db *db, const struct db_statement *statement,
	const void *parameters)
{
	struct run run = {
		.statement = statement,
		.parameters = parameters,
	};

	return run_in_scope(db, &run) == 0 ? run.affected : -1;
}

/* transaction.c: db_transaction(): all or nothing, and again after a conflict.
 */
#include "db/db.h"

#include "db/failure.h"
#include "db/internal.h"
#include "loop/task.h"

/*
 * Begun by leaving autocommit, not with START TRANSACTION: after a conflict
 * (1213) the server has undone everything and a transaction that was started is
 * over, so that what was sent behind the statement would run, and last, each by
 * itself. Without autocommit it begins another transaction, which is undone.
 */
#define BEGIN "SET autocommit = 0"

/*
 * Said twice before the first answer is read. What writes is sent behind it,
 * and would be committed by itself where the beginning was not carried out:
 * KILL QUERY and a limit of time end one statement, before it has done
 * anything. So one such end leaves a beginning that was, and its error undoes
 * all. Both of them ended, within some microseconds, is not survived.
 */
#define BEGINNINGS 2

#define END "SET autocommit = 1" /* commits what there is first */

enum ending {
	ENDED,	  /* the result stands */
	CONFLICT, /* undone by the server: once more */
	LOST	  /* the connection went before COMMIT was sent: once more */
};

/* Sends one word of transaction control and reads its answer. */
static int
order(struct db *db, const char *sql)
{
	struct connection *connection = db->connection;
	struct failure failure = {0};

	connection->in_flight = true;
	if (connection_say(connection, sql, &failure) == 0 &&
		connection_read(connection, &failure) == 0) {
		connection->in_flight = false;
		return 0;
	}
	if (!connection->lost)
		connection->in_flight = false;
	return scope_fail(db, sql, &failure);
}

/* Undoes what was done, keeping what the body's last call said. */
static void
roll_back(struct db *db)
{
	struct failure failure = {0};
	struct connection *connection = db->connection;

	if (connection->lost)
		return;
	/* Where it was not carried out, END would commit. */
	if (connection_say(connection, "ROLLBACK", &failure) != 0 ||
		connection_settle(connection, &failure) != 0 ||
		connection_say(connection, END, &failure) != 0 ||
		connection_settle(connection, &failure) != 0)
		connection->lost = true;
}

static enum ending
commit(struct db *db, int *result)
{
	if (task_is_over()) {
		roll_back(db);
		*result = scope_fail_as(db, DB_FAILURE_CANCELLED);
		return ENDED;
	}
	if (order(db, END) == 0)
		return ENDED;
	/* Autocommit is still off. */
	db->connection->lost = true;
	*result = -1;
	if (failure_is_conflict(db->failed))
		return CONFLICT;
	/* Not sent: the server undoes it. Else nobody knows. */
	return failure_is_unsent(db->failed) ? LOST : ENDED;
}

static enum ending
run_body(struct db *db, int (*body)(struct db *db, void *argument),
	void *argument, int *result)
{
	*result = body(db, argument);
	if (db->broken) {
		*result = -1;
		return db->failure == DB_FAILURE_CANCELLED ? ENDED : LOST;
	}
	if (db->undone) {
		roll_back(db);
		*result = -1;
		return CONFLICT;
	}
	if (*result != 0) {
		roll_back(db);
		return ENDED;
	}
	return commit(db, result);
}

/* One attempt on a connection of its own. */
static enum ending
attempt(struct db *db, int (*body)(struct db *db, void *argument),
	void *argument, int *result)
{
	struct failure failure = {0};
	enum ending ending;
	unsigned begun = 0;

	*result = -1;
	db->connection = pool_take(db);
	if (db->connection == NULL)
		return ENDED;
	db->undone = false;
	db->broken = false;
	/* The answers are read with that of the first statement. */
	while (begun < BEGINNINGS &&
		connection_say(db->connection, BEGIN, &failure) == 0)
		begun++;
	if (begun == BEGINNINGS) {
		ending = run_body(db, body, argument, result);
	} else {
		db->connection->lost = true;
		scope_fail(db, BEGIN, &failure);
		ending = LOST;
	}
	scope_give(db, db->connection);
	db->connection = NULL;
	return ending;
}

int
db_transaction(struct db *db, int (*body)(struct db *db, void *argument),
	void *argument)
{
	unsigned conflicts = 0;
	bool was_lost = false;
	int result;

	if (db->connection != NULL)
		return body(db, argument);
	if (scope_begin(db, DB_READ) != 0)
		return -1;
	for (;;) {
		switch (attempt(db, body, argument, &result)) {
		case ENDED:
			return result;
		case CONFLICT:
			if (++conflicts >= CONFLICT_TRIES ||
				scope_back_off(conflicts) != 0)
				return scope_fail_as(db,
					task_is_over() ? DB_FAILURE_CANCELLED
						       : DB_FAILURE_CONFLICT);
			break;
		case LOST:
			if (was_lost || task_is_over())
				return scope_fail_as(
					db, task_is_over()
						    ? DB_FAILURE_CANCELLED
						    : DB_FAILURE_UNAVAILABLE);
			was_lost = true;
			break;
		}
	}
}

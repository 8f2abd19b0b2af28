/*
 * queries.c: db_queries(): several statements with one round trip. All are
 * sent before the first answer is read; the server answers in order.
 */
#include "db/db.h"

#include <string.h>

#include "base/log.h"
#include "db/failure.h"
#include "db/internal.h"
#include "db/prepared.h"
#include "db/statement.h"

#define QUERIES_MOST 16U

static bool
fit_together(const struct run *runs, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += run_bytes(&runs[i]);
	return bytes <= RUN_TOGETHER_MOST;
}

/*
 * Those from which on all are sent along with their preparations. What the
 * server numbers otherwise runs after all that were sent with it: where some
 * write, it must not come after one that was prepared.
 */
static size_t
first_unprepared(
	struct connection *connection, const struct run *runs, size_t count)
{
	size_t first = count;

	while (first > 0 &&
		prepared_find(connection, runs[first - 1].statement) == NULL &&
		run_needs_no_answer(connection, &runs[first - 1]))
		first--;
	return first;
}

/* Prepares what must be prepared before it is sent, with one round trip for
 * all. */
static int
prepare_all(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	struct prepared *begun[QUERIES_MOST] = {NULL};
	size_t first = 0;
	bool writes = false;
	int result = 0;

	for (size_t i = 0; i < count; i++)
		writes = writes || runs[i].statement->kind == DB_WRITE;
	if (writes)
		first = first_unprepared(connection, runs, count);
	for (size_t i = 0; i < count && result == 0; i++) {
		*failed = i;
		if (prepared_find(connection, runs[i].statement) != NULL ||
			(i >= first &&
				run_needs_no_answer(connection, &runs[i])))
			continue;
		begun[i] = prepared_new(
			connection, runs[i].statement, &runs[i].failure);
		if (begun[i] == NULL || prepared_begin(connection, begun[i],
						&runs[i].failure) != 0) {
			begun[i] = NULL;
			result = -1;
		}
	}
	if (connection->begun > 0 && !connection->lost &&
		connection_settle(connection, &runs[*failed].failure) != 0)
		result = -1;
	for (size_t i = 0; i < count && !connection->lost; i++) {
		if (begun[i] == NULL || prepared_finish(connection, begun[i],
						&runs[i].failure) == PREPARED)
			continue;
		prepared_drop(connection, begun[i]);
		if (result == 0)
			*failed = i;
		result = -1;
	}
	return result;
}

/* Sends from `first` on what needs no answer to those before; how many. -1 in
 * `ret_result` when the next one failed. */
static size_t
send_some(struct connection *connection, struct run *runs, size_t count,
	int *ret_result)
{
	size_t sent = 0;

	while (sent < count && !run_must_wait(connection, &runs[sent])) {
		if (run_send(connection, &runs[sent]) != 0) {
			*ret_result = -1;
			break;
		}
		sent++;
	}
	return sent;
}

/* Sends from `first` on those that are to be run again; `*end` is behind the
 * last that was. One that must be prepared anew, which waits, goes first or
 * not. */
static int
send_again(struct connection *connection, struct run *runs, size_t first,
	size_t count, size_t *end)
{
	size_t i = first;

	do {
		if (runs[i].again && run_send(connection, &runs[i]) != 0) {
			*end = i;
			return -1;
		}
		i++;
	} while (i < count && (!runs[i].again || runs[i].prepared != NULL));
	*end = i;
	return 0;
}

/* What the server had numbered otherwise, in the same order. How many of all
 * are good now, `good` at the most. */
static size_t
run_again(struct connection *connection, struct run *runs, size_t count,
	size_t good)
{
	size_t i = 0, end;

	while (i < count && !connection->lost) {
		int sent = send_again(connection, runs, i, count, &end);

		for (; i < end && !connection->lost; i++)
			if (runs[i].again &&
				run_receive(connection, &runs[i]) != 0 &&
				i < good)
				good = i;
		if (sent != 0 && end < good)
			good = end;
		/* Whose sending failed has no answer. */
		if (sent != 0)
			i = end + 1;
	}
	return good;
}

/* How many were answered well, before one that was not. */
static size_t
receive_all(struct connection *connection, struct run *runs, size_t count)
{
	size_t good = count;

	for (size_t i = 0; i < count && !connection->lost; i++)
		if (run_receive(connection, &runs[i]) != 0 && !runs[i].again &&
			good == count)
			good = i;
	return run_again(connection, runs, count, good);
}

static int
run_together(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	int result = 0;
	size_t done = 0, sent, good;

	if (prepare_all(connection, runs, count, failed) != 0)
		return -1;
	while (done < count && result == 0) {
		sent = send_some(
			connection, runs + done, count - done, &result);
		*failed = done + sent;
		good = receive_all(connection, runs + done, sent);
		if (good < sent) {
			*failed = done + good;
			result = -1;
		}
		done += sent;
	}
	return result;
}

static int
run_apart(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	for (size_t i = 0; i < count; i++) {
		*failed = i;
		if (run_whole(connection, &runs[i]) != 0)
			return -1;
	}
	return 0;
}

static int
run_on(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	int result;

	*failed = 0;
	for (size_t i = 0; i < count; i++) {
		runs[i].failure.number = 0;
		runs[i].again = false;
	}
	if (!fit_together(runs, count))
		return run_apart(connection, runs, count, failed);
	connection->in_flight = true;
	result = run_together(connection, runs, count, failed);
	if (!connection->lost)
		connection->in_flight = false;
	return result;
}

static int
run_alone(struct db *db, struct run *runs, size_t count, bool only_reads)
{
	struct repetition so_far = {0, false};
	struct connection *connection;
	size_t failed = 0;
	int result;

	do {
		connection = pool_take(db);
		if (connection == NULL)
			return -1;
		result = run_on(connection, runs, count, &failed);
		scope_give(db, connection);
	} while (result != 0 && only_reads &&
		 scope_may_repeat(runs[failed].failure.number, true, &so_far));
	if (result != 0)
		scope_fail(db, runs[failed].statement->name,
			&runs[failed].failure);
	return result;
}

static int
run_inside(struct db *db, struct run *runs, size_t count)
{
	size_t failed;

	if (db->broken || db->undone)
		return scope_fail_as(db, DB_FAILURE_CONFLICT);
	if (run_on(db->connection, runs, count, &failed) == 0)
		return 0;
	return scope_fail_inside(db, &runs[failed]);
}

int
db_queries(struct db *db, struct db_query *queries, size_t count,
	struct arena *arena)
{
	struct run runs[QUERIES_MOST];
	enum db_kind kind = DB_READ;
	int result;

	if (count == 0)
		return 0;
	if (count > QUERIES_MOST)
		log_defect("db_queries", "%zu at once", count);
	for (size_t i = 0; i < count; i++) {
		runs[i] = (struct run){
			.statement = queries[i].statement,
			.parameters = queries[i].parameters,
			.arena = arena,
		};
		if (queries[i].statement->kind == DB_WRITE)
			kind = DB_WRITE;
	}
	if (scope_begin(db, kind) != 0)
		return -1;
	result = db->connection != NULL
			 ? run_inside(db, runs, count)
			 : run_alone(db, runs, count, kind == DB_READ);
	for (size_t i = 0; i < count && result == 0; i++) {
		queries[i].rows = runs[i].rows;
		queries[i].affected = runs[i].affected;
	}
	return result;
}

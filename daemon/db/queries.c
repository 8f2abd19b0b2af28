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

/* Bytes of parameters up to which all can be sent before anything is read:
 * well below a socket's buffers, so that client and server never both wait to
 * write. */
#define TOGETHER_MOST ((size_t)32 * 1024)

static size_t
record_bytes(const struct record *record, const char *structure)
{
	size_t bytes = 0;

	for (size_t i = 0; record != NULL && i < record->count; i++) {
		const struct field *field = &record->fields[i];
		const void *value = field_in(field, structure);

		bytes += 64;
		if (field->type == FIELD_TYPE_RECORD)
			bytes += record_bytes(field->record, value);
		else if (field_is_none(field, structure))
			continue;
		else if (field->type == FIELD_TYPE_TEXT)
			bytes += strlen(*(const char *const *)value);
		else if (field->type == FIELD_TYPE_BYTES)
			bytes += ((const struct slice *)value)->length;
	}
	return bytes;
}

static bool
fit_together(const struct run *runs, size_t count)
{
	size_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += record_bytes(
			runs[i].statement->parameters, runs[i].parameters);
	return bytes <= TOGETHER_MOST;
}

/* Prepares what is not prepared yet, with one round trip for all. */
static int
prepare_all(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	struct prepared *begun[QUERIES_MOST] = {NULL};
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		*failed = i;
		if (prepared_find(connection, runs[i].statement) != NULL)
			continue;
		begun[i] = prepared_begin(
			connection, runs[i].statement, &runs[i].failure);
		if (begun[i] == NULL)
			result = -1;
	}
	if (!connection->lost &&
		connection_settle(connection, &runs[*failed].failure) != 0)
		result = -1;
	for (size_t i = 0; i < count && !connection->lost; i++) {
		if (begun[i] == NULL || prepared_finish(connection, begun[i],
						&runs[i].failure) == 0)
			continue;
		if (result == 0)
			*failed = i;
		result = -1;
	}
	return result;
}

static int
run_together(struct connection *connection, struct run *runs, size_t count,
	size_t *failed)
{
	int result = 0;
	size_t sent;

	if (prepare_all(connection, runs, count, failed) != 0)
		return -1;
	for (sent = 0; sent < count; sent++)
		if (run_send(connection, &runs[sent]) != 0)
			break;
	if (sent < count) {
		*failed = sent;
		result = -1;
	}
	for (size_t i = 0; i < sent && !connection->lost; i++) {
		if (run_receive(connection, &runs[i]) == 0)
			continue;
		if (result == 0)
			*failed = i;
		result = -1;
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
	for (size_t i = 0; i < count; i++)
		runs[i].failure.number = 0;
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

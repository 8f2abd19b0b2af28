#include "db/statement.h"

#include <errmsg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/prepared.h"

/* Room for rows at first; doubled when full. */
#define ROWS_AT_FIRST 8U

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

size_t
run_bytes(const struct run *run)
{
	return strlen(run->statement->sql) +
	       record_bytes(run->statement->parameters, run->parameters);
}

bool
run_needs_no_answer(const struct connection *connection, const struct run *run)
{
	if (run->again || run_bytes(run) > RUN_TOGETHER_MOST)
		return false;
	return run->statement->kind == DB_READ ||
	       (connection->unread == 0 &&
		       prepared_has_agreed(connection, run->statement));
}

bool
run_must_wait(struct connection *connection, const struct run *run)
{
	const struct prepared *prepared =
		prepared_find(connection, run->statement);

	return prepared != NULL && prepared->begun;
}

/* Prepares it, and waits for that. */
static struct prepared *
prepare(struct connection *connection, struct run *run)
{
	struct prepared *prepared;

	prepared = prepared_new(connection, run->statement, &run->failure);
	if (prepared == NULL ||
		prepared_begin(connection, prepared, &run->failure) != 0 ||
		connection_settle(connection, &run->failure) != 0)
		return NULL;
	if (prepared_finish(connection, prepared, &run->failure) == PREPARED)
		return prepared;
	prepared_drop(connection, prepared);
	return NULL;
}

/* Sends preparation and execution, one after the other. */
static int
send_first(struct connection *connection, struct run *run)
{
	struct prepared *prepared;

	prepared = prepared_new(connection, run->statement, &run->failure);
	if (prepared == NULL)
		return -1;
	if (prepared_bind(connection, prepared, run->parameters,
		    &run->failure) != 0) {
		prepared_drop(connection, prepared);
		return -1;
	}
	if (prepared_begin_expecting(connection, prepared, &run->failure) != 0)
		return -1;
	run->prepared = prepared;
	if (mysql_stmt_execute(prepared->handle) == 0)
		return 0;
	/* Nobody would read the answer to the preparation. */
	connection->lost = true;
	return statement_failed(connection, prepared->handle, &run->failure);
}

int
run_send(struct connection *connection, struct run *run)
{
	struct prepared *prepared;

	prepared = prepared_find(connection, run->statement);
	if (prepared == NULL && run_needs_no_answer(connection, run))
		return send_first(connection, run);
	if (prepared == NULL)
		prepared = prepare(connection, run);
	if (prepared == NULL)
		return -1;
	run->prepared = prepared;
	if (prepared_bind(
		    connection, prepared, run->parameters, &run->failure) != 0)
		return -1;
	if (mysql_stmt_execute(prepared->handle) != 0)
		return statement_failed(
			connection, prepared->handle, &run->failure);
	return 0;
}

/* Code and schema disagree: logged here, where it is known how. */
static int
defect(struct run *run, const char *what, const char *detail)
{
	log_event(LOG_ERR, NULL, "database.disagreement", "statement",
		run->statement->name, "about", what, "detail", detail, NULL);
	run->failure.number = 0;
	run->failure.text[0] = '\0';
	return -1;
}

static size_t
limit_of(const struct db_statement *statement)
{
	return statement->limit == 0 ? 1 : statement->limit;
}

/* The place for the next row; the list grows in the arena. */
static void *
next_row(struct run *run, size_t *room)
{
	size_t size = run->statement->row->size;
	char *items = (char *)(uintptr_t)run->rows.items;

	if (run->rows.count == *room) {
		size_t limit = limit_of(run->statement);
		char *larger;

		*room = *room == 0 ? ROWS_AT_FIRST : *room * 2;
		if (*room > limit)
			*room = limit;
		larger = arena_array(run->arena, *room, size);
		if (run->rows.count > 0)
			memcpy(larger, items, run->rows.count * size);
		items = larger;
		run->rows.items = items;
	}
	return items + run->rows.count * size;
}

static int
take_row(struct connection *connection, struct run *run, size_t *room)
{
	const struct field *field = NULL;
	struct prepared *prepared = run->prepared;

	if (run->rows.count == limit_of(run->statement))
		return defect(run, "the limit", "more rows");
	if (cells_to_structure(&prepared->columns, prepared->handle, run->arena,
		    next_row(run, room), &field) != 0)
		return field != NULL ? defect(run, "the value of a column",
					       field->name)
				     : statement_failed(connection,
					       prepared->handle, &run->failure);
	run->rows.count++;
	return 0;
}

static int
take_rows(struct connection *connection, struct run *run)
{
	MYSQL_STMT *handle = run->prepared->handle;
	size_t room = 0;
	int fetched, result = 0;

	if (run->arena == NULL ||
		mysql_stmt_field_count(handle) != run->prepared->columns.count)
		return defect(run, "the result", "rows nobody asked for");
	if (mysql_stmt_bind_result(handle, run->prepared->columns.binds))
		return statement_failed(connection, handle, &run->failure);
	while (result == 0) {
		fetched = mysql_stmt_fetch(handle);
		if (fetched == MYSQL_NO_DATA)
			break;
		if (fetched != 0 && fetched != MYSQL_DATA_TRUNCATED)
			return statement_failed(
				connection, handle, &run->failure);
		result = take_row(connection, run, &room);
	}
	return result;
}

/* Reads what is left of the results, so that the next command's answer is the
 * next to come. */
static int
finish(struct connection *connection, MYSQL_STMT *handle,
	struct failure *failure)
{
	if (mysql_stmt_free_result(handle))
		return statement_failed(connection, handle, failure);
	while (mysql_stmt_more_results(handle))
		if (mysql_stmt_next_result(handle) > 0 ||
			mysql_stmt_free_result(handle))
			return statement_failed(connection, handle, failure);
	return 0;
}

/* What was executed along with a preparation that is not as it should be is
 * answered, too; only where the records disagree was it run. */
static void
skip_answer(
	struct connection *connection, MYSQL_STMT *handle, bool may_have_run)
{
	struct failure unheard = {0};

	if (connection->handle->methods->db_read_execute_response(handle) != 0)
		statement_failed(connection, handle, &unheard);
	else if (!may_have_run || finish(connection, handle, &unheard) != 0)
		connection->lost = true;
}

/* The answer to the preparation that was sent with the run. */
static int
receive_preparation(struct connection *connection, struct run *run)
{
	struct prepared *prepared = run->prepared;
	enum prepared_result result;
	bool otherwise;

	result = prepared_finish(connection, prepared, &run->failure);
	if (result == PREPARED)
		return 0;
	if (!connection->lost)
		skip_answer(connection, prepared->handle,
			result == PREPARED_DISAGREES);
	otherwise = result == PREPARED_OTHERWISE || result == PREPARED_FREED;
	if (otherwise && connection->lost) {
		run->failure.number = CR_COMMANDS_OUT_OF_SYNC;
		snprintf(run->failure.text, sizeof(run->failure.text),
			"an answer nobody asked for");
	}
	run->again = otherwise && !connection->lost;
	if (run->again && result == PREPARED_OTHERWISE)
		return -1;
	prepared_drop(connection, prepared);
	run->prepared = NULL;
	return -1;
}

int
run_receive(struct connection *connection, struct run *run)
{
	MYSQL_STMT *handle = run->prepared->handle;
	int result = 0;

	run->rows = (struct record_list){NULL, 0};
	if (connection_settle(connection, &run->failure) != 0)
		return -1;
	if (run->prepared->begun && receive_preparation(connection, run) != 0)
		return -1;
	if (connection->handle->methods->db_read_execute_response(handle) != 0)
		return statement_failed(connection, handle, &run->failure);
	run->affected = (int64_t)mysql_stmt_affected_rows(handle);
	if (mysql_stmt_field_count(handle) > 0)
		result = take_rows(connection, run);
	if (!connection->lost && finish(connection, handle, &run->failure) != 0)
		result = -1;
	return result;
}

static int
run_once(struct connection *connection, struct run *run)
{
	return run_send(connection, run) == 0 ? run_receive(connection, run)
					      : -1;
}

int
run_whole(struct connection *connection, struct run *run)
{
	int result;

	connection->in_flight = true;
	run->again = false;
	result = run_once(connection, run);
	if (run->again)
		result = run_once(connection, run);
	if (!connection->lost)
		connection->in_flight = false;
	return result;
}

#include "db/statement.h"

#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/prepared.h"

/* Room for rows at first; doubled when full. */
#define ROWS_AT_FIRST 8U

static struct prepared *
prepare(struct connection *connection, struct run *run)
{
	struct prepared *prepared;

	prepared = prepared_find(connection, run->statement);
	if (prepared != NULL)
		return prepared;
	prepared = prepared_begin(connection, run->statement, &run->failure);
	if (prepared == NULL)
		return NULL;
	if (connection_settle(connection, &run->failure) != 0 ||
		prepared_finish(connection, prepared, &run->failure) != 0)
		return NULL;
	return prepared;
}

int
run_send(struct connection *connection, struct run *run)
{
	struct prepared *prepared;

	prepared = prepare(connection, run);
	if (prepared == NULL)
		return -1;
	run->prepared = prepared;
	if (prepared->parameters.count > 0) {
		cells_from_structure(&prepared->parameters, run->parameters);
		if (mysql_stmt_bind_param(
			    prepared->handle, prepared->parameters.binds))
			return statement_failed(
				connection, prepared->handle, &run->failure);
	}
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
finish(struct connection *connection, struct run *run)
{
	MYSQL_STMT *handle = run->prepared->handle;

	if (mysql_stmt_free_result(handle))
		return statement_failed(connection, handle, &run->failure);
	while (mysql_stmt_more_results(handle))
		if (mysql_stmt_next_result(handle) > 0 ||
			mysql_stmt_free_result(handle))
			return statement_failed(
				connection, handle, &run->failure);
	return 0;
}

int
run_receive(struct connection *connection, struct run *run)
{
	MYSQL_STMT *handle = run->prepared->handle;
	int result = 0;

	run->rows = (struct record_list){NULL, 0};
	if (connection_settle(connection, &run->failure) != 0)
		return -1;
	if (connection->handle->methods->db_read_execute_response(handle) != 0)
		return statement_failed(connection, handle, &run->failure);
	run->affected = (int64_t)mysql_stmt_affected_rows(handle);
	if (mysql_stmt_field_count(handle) > 0)
		result = take_rows(connection, run);
	if (!connection->lost && finish(connection, run) != 0)
		result = -1;
	return result;
}

int
run_whole(struct connection *connection, struct run *run)
{
	int result;

	connection->in_flight = true;
	result = run_send(connection, run);
	if (result == 0)
		result = run_receive(connection, run);
	if (!connection->lost)
		connection->in_flight = false;
	return result;
}

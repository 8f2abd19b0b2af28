#include "db/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "db/connection.h"
#include "db/db.h"
#include "db/pool.h"

struct prepared *
prepared_find(
	struct connection *connection, const struct db_statement *statement)
{
	struct prepared *prepared;

	TAILQ_FOREACH (prepared, &connection->prepared, next) {
		if (prepared->statement != statement)
			continue;
		TAILQ_REMOVE(&connection->prepared, prepared, next);
		TAILQ_INSERT_HEAD(&connection->prepared, prepared, next);
		return prepared;
	}
	return NULL;
}

void
prepared_drop(struct connection *connection, struct prepared *prepared)
{
	TAILQ_REMOVE(&connection->prepared, prepared, next);
	connection->prepared_count--;
	connection->begun -= prepared->begun;
	if (prepared->handle != NULL)
		mysql_stmt_close(prepared->handle);
	cells_release(&prepared->parameters);
	cells_release(&prepared->columns);
	free(prepared);
}

void
prepared_keep(struct connection *connection, unsigned count)
{
	while (connection->prepared_count > count)
		prepared_drop(connection,
			TAILQ_LAST(&connection->prepared, prepared_list));
}

/* The library then has nothing to tell the server when it is closed. */
static void
forget_number(struct prepared *prepared)
{
	if (prepared->handle == NULL)
		return;
	prepared->handle->stmt_id = 0;
	prepared->handle->state = MYSQL_STMT_INITTED;
}

void
prepared_forget_all(struct connection *connection)
{
	struct prepared *prepared;

	while ((prepared = TAILQ_FIRST(&connection->prepared)) != NULL) {
		forget_number(prepared);
		prepared_drop(connection, prepared);
	}
}

/* Ours: code and schema, or a statement and its records, disagree. */
static int
disagree(const struct db_statement *statement, const char *what,
	const char *detail, struct failure *failure)
{
	log_event(LOG_ERR, NULL, "database.disagreement", "statement",
		statement->name, "about", what, "detail", detail, NULL);
	failure->number = 0;
	failure->text[0] = '\0';
	return -1;
}

struct prepared *
prepared_new(struct connection *connection,
	const struct db_statement *statement, struct failure *failure)
{
	struct prepared *prepared = memory_new(1, sizeof(*prepared));

	prepared_keep(connection, DB_STATEMENTS_MOST - 1);
	prepared->statement = statement;
	TAILQ_INSERT_HEAD(&connection->prepared, prepared, next);
	connection->prepared_count++;
	if (cells_lay_out(&prepared->parameters, statement->parameters) != 0 ||
		cells_lay_out(&prepared->columns, statement->row) != 0) {
		disagree(
			statement, "a record", "not for the database", failure);
		prepared_drop(connection, prepared);
		return NULL;
	}
	prepared->handle = mysql_stmt_init(connection->handle);
	if (prepared->handle == NULL)
		log_defect("db", "out of memory");
	return prepared;
}

int
prepared_bind(struct connection *connection, struct prepared *prepared,
	const void *parameters, struct failure *failure)
{
	MYSQL_STMT *handle = prepared->handle;
	unsigned count = (unsigned)prepared->parameters.count;

	if (count == 0)
		return 0;
	/* How many there are the library else learns from the server. */
	if (handle->state < MYSQL_STMT_PREPARED &&
		mysql_stmt_attr_set(handle, STMT_ATTR_PREBIND_PARAMS, &count) !=
			0)
		return statement_failed(connection, handle, failure);
	cells_from_structure(&prepared->parameters, parameters);
	if (mysql_stmt_bind_param(handle, prepared->parameters.binds) != 0)
		return statement_failed(connection, handle, failure);
	return 0;
}

int
prepared_begin(struct connection *connection, struct prepared *prepared,
	struct failure *failure)
{
	const char *sql = prepared->statement->sql;

	if (mysql_stmt_prepare(prepared->handle, sql, strlen(sql)) != 0) {
		statement_failed(connection, prepared->handle, failure);
		prepared_drop(connection, prepared);
		return -1;
	}
	prepared->turn = ++connection->sent;
	prepared->begun = true;
	connection->begun++;
	return 0;
}

/*
 * When the server has counted one that we do not know of, the number expected
 * next may be that of a statement whose answer is still to come: it is made
 * free. The server says nothing to that.
 */
static int
free_number(struct connection *connection, unsigned long number,
	struct failure *failure)
{
	const char bytes[] = {(char)(number & 0xff), (char)(number >> 8 & 0xff),
		(char)(number >> 16 & 0xff), (char)(number >> 24 & 0xff)};

	if (connection->handle->methods->db_command(connection->handle,
		    COM_STMT_CLOSE, bytes, sizeof(bytes), 1, NULL) != 0)
		return connection_failed(connection, failure);
	connection->freed = (uint32_t)number;
	return 0;
}

int
prepared_begin_expecting(struct connection *connection,
	struct prepared *prepared, struct failure *failure)
{
	uint32_t number = connection->sent + 1 + connection->ahead;

	if (connection->begun > 0 &&
		free_number(connection, number, failure) != 0) {
		prepared_drop(connection, prepared);
		return -1;
	}
	if (prepared_begin(connection, prepared, failure) != 0)
		return -1;
	prepared->expected = number;
	/* As the library has it when the answer is there. */
	prepared->handle->stmt_id = number;
	prepared->handle->state = MYSQL_STMT_PREPARED;
	/* The count in the answer is compared by compare(). */
	prepared->handle->prebind_params = 0;
	return 0;
}

bool
prepared_has_agreed(const struct connection *connection,
	const struct db_statement *statement)
{
	return connection->agreed != NULL &&
	       map_get(connection->agreed, statement->name) == statement;
}

static void
note_agreement(const struct connection *connection,
	const struct db_statement *statement)
{
	if (connection->agreed != NULL &&
		!prepared_has_agreed(connection, statement))
		map_set(connection->agreed, statement->name,
			(void *)(uintptr_t)statement);
}

static int
compare(const struct prepared *prepared, struct failure *failure)
{
	const struct db_statement *statement = prepared->statement;
	const struct cells *columns = &prepared->columns;
	const MYSQL_FIELD *fields;

	if (mysql_stmt_param_count(prepared->handle) !=
		prepared->parameters.count)
		return disagree(statement, "parameters",
			log_integer((int64_t)mysql_stmt_param_count(
				prepared->handle)),
			failure);
	/* A procedure says only when it runs what it returns. */
	if (mysql_stmt_field_count(prepared->handle) == 0)
		return 0;
	if (mysql_stmt_field_count(prepared->handle) != columns->count)
		return disagree(statement, "columns",
			log_integer(mysql_stmt_field_count(prepared->handle)),
			failure);
	fields = mariadb_stmt_fetch_fields(prepared->handle);
	for (size_t i = 0; i < columns->count; i++)
		if (strcmp(fields[i].name, columns->cells[i].field->name) != 0)
			return disagree(statement, "the name of a column",
				fields[i].name, failure);
	return 0;
}

enum prepared_result
prepared_finish(struct connection *connection, struct prepared *prepared,
	struct failure *failure)
{
	MYSQL_STMT *handle = prepared->handle;

	prepared->begun = false;
	connection->begun--;
	if (connection->handle->methods->db_read_prepare_response(handle)) {
		statement_failed(connection, handle, failure);
		forget_number(prepared);
		return PREPARED_REFUSED;
	}
	connection->ahead = (uint32_t)handle->stmt_id - prepared->turn;
	if (compare(prepared, failure) != 0)
		return PREPARED_DISAGREES;
	note_agreement(connection, prepared->statement);
	cells_for_columns(&prepared->columns);
	if (prepared->expected == 0 || prepared->expected == handle->stmt_id)
		return PREPARED;
	/* One that was sent later may have made it free. */
	return (int32_t)((uint32_t)handle->stmt_id - connection->freed) > 0
		       ? PREPARED_OTHERWISE
		       : PREPARED_FREED;
}

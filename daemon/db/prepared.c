#include "db/prepared.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "db/connection.h"
#include "db/db.h"

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
	if (prepared->handle != NULL)
		mysql_stmt_close(prepared->handle);
	cells_release(&prepared->parameters);
	cells_release(&prepared->columns);
	free(prepared);
}

void
prepared_drop_all(struct connection *connection)
{
	struct prepared *prepared;

	while ((prepared = TAILQ_FIRST(&connection->prepared)) != NULL)
		prepared_drop(connection, prepared);
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
prepared_begin(struct connection *connection,
	const struct db_statement *statement, struct failure *failure)
{
	struct prepared *prepared = memory_new(1, sizeof(*prepared));

	if (connection->prepared_count >= PREPARED_MOST)
		prepared_drop(connection,
			TAILQ_LAST(&connection->prepared, prepared_list));
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
	if (mysql_stmt_prepare(prepared->handle, statement->sql,
		    strlen(statement->sql)) != 0) {
		statement_failed(connection, prepared->handle, failure);
		prepared_drop(connection, prepared);
		return NULL;
	}
	return prepared;
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

int
prepared_finish(struct connection *connection, struct prepared *prepared,
	struct failure *failure)
{
	if (connection->handle->methods->db_read_prepare_response(
		    prepared->handle)) {
		statement_failed(connection, prepared->handle, failure);
		prepared_drop(connection, prepared);
		return -1;
	}
	if (compare(prepared, failure) != 0) {
		prepared_drop(connection, prepared);
		return -1;
	}
	cells_for_columns(&prepared->columns);
	return 0;
}

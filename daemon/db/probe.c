#include "db/probe.h"

#include <stdio.h>
#include <string.h>

#include "db/failure.h"
#include "db/internal.h"

static void
take_row(const struct db_probe *probe, MYSQL_RES *result, MYSQL_ROW row,
	struct db_probed *probed)
{
	const unsigned long *lengths = mysql_fetch_lengths(result);

	for (unsigned i = 0; i < mysql_num_fields(result); i++) {
		if (row[i] == NULL)
			continue;
		if (probed->rows == 0 && i == 0)
			snprintf(probed->first, sizeof(probed->first), "%s",
				row[i]);
		if (probe->value != NULL)
			probe->value(row[i], lengths[i], probe->argument);
	}
	probed->rows++;
}

static int
read_rows(struct connection *connection, const struct db_probe *probe,
	struct db_probed *probed, struct failure *failure)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (mysql_field_count(connection->handle) == 0)
		return 0;
	result = mysql_use_result(connection->handle);
	if (result == NULL)
		return connection_failed(connection, failure);
	while ((row = mysql_fetch_row(result)) != NULL)
		take_row(probe, result, row, probed);
	mysql_free_result(result);
	return mysql_errno(connection->handle) == 0
		       ? 0
		       : connection_failed(connection, failure);
}

static int
run_text(struct connection *connection, const struct db_probe *probe,
	struct db_probed *probed, struct failure *failure)
{
	if (connection_say(connection, probe->sql, failure) != 0 ||
		connection_read(connection, failure) != 0)
		return -1;
	return read_rows(connection, probe, probed, failure);
}

static int
prepare_text(
	struct connection *connection, const char *sql, struct failure *failure)
{
	MYSQL_STMT *statement = mysql_stmt_init(connection->handle);
	int outcome = 0;

	if (statement == NULL ||
		mysql_stmt_prepare(statement, sql, strlen(sql)) != 0 ||
		connection->handle->methods->db_read_prepare_response(
			statement))
		outcome = statement == NULL ? -1
					    : statement_failed(connection,
						      statement, failure);
	if (statement != NULL)
		mysql_stmt_close(statement);
	return outcome;
}

static void
note(struct db_probed *probed, const struct failure *failure)
{
	probed->number = failure->number;
	snprintf(probed->text, sizeof(probed->text), "%s", failure->text);
}

int
db_probe(struct db *db, const struct db_probe *probe, struct db_probed *ret)
{
	struct failure failure = {0};
	struct connection *connection = db->connection;
	int outcome;

	*ret = (struct db_probed){0};
	if (scope_begin(db, DB_READ) != 0)
		return -1;
	if (connection == NULL)
		connection = pool_take(db);
	if (connection == NULL) {
		ret->number = db->failed;
		return db->failure == DB_FAILURE_REFUSED ? 0 : -1;
	}
	connection->in_flight = true;
	outcome = connection_settle(connection, &failure);
	if (outcome == 0)
		outcome =
			probe->prepare
				? prepare_text(connection, probe->sql, &failure)
				: run_text(connection, probe, ret, &failure);
	if (!connection->lost)
		connection->in_flight = false;
	if (outcome != 0)
		note(ret, &failure);
	if (db->connection == NULL)
		scope_give(db, connection);
	else if (connection->lost)
		db->broken = true;
	return outcome == 0 || !failure_is_loss(failure.number) ? 0 : -1;
}

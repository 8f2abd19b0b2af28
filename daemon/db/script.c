#include "db/script.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "db/failure.h"
#include "db/internal.h"

/* Reads and forgets whatever results the text had. */
static int
forget_results(struct connection *connection, struct failure *failure)
{
	MYSQL *handle = connection->handle;
	MYSQL_RES *result;
	int next;

	do {
		if (mysql_field_count(handle) > 0) {
			result = mysql_use_result(handle);
			if (result == NULL)
				return connection_failed(connection, failure);
			while (mysql_fetch_row(result) != NULL)
				continue;
			mysql_free_result(result);
			if (mysql_errno(handle) != 0)
				return connection_failed(connection, failure);
		}
		next = mysql_next_result(handle);
	} while (next == 0);
	return next < 0 ? 0 : connection_failed(connection, failure);
}

static int
run_text(
	struct connection *connection, const char *sql, struct failure *failure)
{
	int result = -1;

	connection->in_flight = true;
	if (connection_settle(connection, failure) == 0 &&
		connection_say(connection, sql, failure) == 0 &&
		connection_read(connection, failure) == 0)
		result = forget_results(connection, failure);
	if (!connection->lost)
		connection->in_flight = false;
	return result;
}

int
db_script(struct db *db, const char *sql, unsigned *ret_errno,
	struct error *error)
{
	struct failure failure = {0};
	bool alone = db->connection == NULL;
	struct connection *connection = db->connection;
	int result;

	if (ret_errno != NULL)
		*ret_errno = 0;
	if (scope_begin(db, DB_READ) != 0)
		return error_set(error, "cancelled");
	if (alone)
		connection = pool_take(db);
	if (connection == NULL) {
		if (ret_errno != NULL)
			*ret_errno = db->failed;
		return error_set(error, "no connection to the database (%u)",
			db->failed);
	}
	result = run_text(connection, sql, &failure);
	if (result != 0) {
		/* The caller tells what went wrong, and where. */
		db->failed = failure.number;
		db->failure = failure_kind(failure.number);
		db->undone = failure_is_conflict(failure.number);
	}
	if (alone)
		scope_give(db, connection);
	else if (connection->lost)
		db->broken = true;
	if (result == 0)
		return 0;
	if (ret_errno != NULL)
		*ret_errno = failure.number;
	return error_set(error, "%s (%u)", failure.text, failure.number);
}

/* A script is read line by line; a statement is a run of lines. */
struct reader {
	const char *start; /* of the statement, NULL between statements */
	size_t line;	   /* where it starts */
	bool slashes;	   /* after DELIMITER // */
};

/* Without spaces around. */
static size_t
trim(const char **text, size_t length)
{
	while (length > 0 && strchr(" \t\r\n", **text) != NULL) {
		(*text)++;
		length--;
	}
	while (length > 0 && strchr(" \t\r\n", (*text)[length - 1]) != NULL)
		length--;
	return length;
}

static bool
starts_with(const char *text, size_t length, const char *word)
{
	return length >= strlen(word) && strncmp(text, word, strlen(word)) == 0;
}

/* Whether the line ends the statement, and how long the mark is. */
static size_t
end_mark(const struct reader *reader, const char *line, size_t length)
{
	if (starts_with(line, length, "--"))
		return 0;
	if (reader->slashes)
		return length >= 2 && memcmp(line + length - 2, "//", 2) == 0
			       ? 2
			       : 0;
	return length >= 1 && line[length - 1] == ';' ? 1 : 0;
}

/* Only comments and blank lines. */
static bool
says_nothing(const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line = text;
		size_t size = (size_t)((newline ? newline : end) - text);

		size = trim(&line, size);
		if (size > 0 && !starts_with(line, size, "--"))
			return false;
		text = newline != NULL ? newline + 1 : end;
	}
	return true;
}

int
db_script_each(const char *script,
	int (*each)(const char *statement, size_t length, size_t line,
		void *argument),
	void *argument)
{
	struct reader reader = {NULL, 0, false};
	const char *next = script;

	for (size_t number = 1; *next != '\0'; number++) {
		const char *line = next;
		size_t length = strcspn(line, "\n"), mark;
		int result;

		next = line + length + (line[length] == '\n' ? 1 : 0);
		length = trim(&line, length);
		if (reader.start == NULL) {
			if (starts_with(line, length, "DELIMITER ")) {
				reader.slashes = line[length - 1] == '/';
				continue;
			}
			if (length == 0)
				continue;
			reader.start = line;
			reader.line = number;
		}
		mark = end_mark(&reader, line, length);
		if (mark == 0)
			continue;
		result = each(reader.start,
			(size_t)(line + length - mark - reader.start),
			reader.line, argument);
		if (result != 0)
			return result;
		reader.start = NULL;
	}
	if (reader.start == NULL ||
		says_nothing(reader.start, strlen(reader.start)))
		return 0;
	return each(reader.start, strlen(reader.start), reader.line, argument);
}

/*
 * sqlrate: how fast the database alone is with statements of missiond: the
 * yardstick beside its pages.
 *
 *   sqlrate --list            name, kind, types of parameters and SQL of every
 *                             statement of the features, a line for each
 *   sqlrate --socket PATH --user NAME --schema NAME --rounds FILE
 *           [--connections N] [--seconds N] [--warm-up N]
 *
 * FILE has rounds, an empty line between two; a round is lines of a statement's
 * name and a value for each parameter, behind tabs (\t, \n and \\ escaped).
 * @null is NULL, @new a fresh UUID, @bytesN so many fresh bytes; "begin" and
 * "commit" are lines of their own. Each connection is a thread with the
 * ordinary blocking calls: prepare once, then execute and fetch every row, over
 * and over. Prints one line of JSON; a round that fails ends the program.
 */
#include <err.h>
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/record.h"
#include "base/uuid.h"
#include "db/client.h"
#include "db/db.h"
#include "tenants/features.h"

#define PARAMETERS_MOST 32
#define COLUMNS_MOST	64
#define STEPS_MOST	16
#define STATEMENTS_MOST 16
#define COLUMN_ROOM	65536
#define LINE_ROOM	65536
#define BYTES_MOST	64 /* of @bytes */

struct types {
	enum field_type of[PARAMETERS_MOST];
	size_t count;
};

/* One line of a round. */
struct step {
	const char *query; /* of begin and commit, else NULL */
	size_t statement;
	char *values[PARAMETERS_MOST];
};

struct round {
	struct step steps[STEPS_MOST];
	size_t count;
};

/* The plan is the same for all threads. */
struct plan {
	const char *socket, *user, *schema;
	long connections, seconds, warm_up;
	const struct db_statement *statements[STATEMENTS_MOST];
	struct types types[STATEMENTS_MOST];
	size_t statement_count;
	struct round *rounds;
	size_t round_count;
	pthread_barrier_t start;
};

struct prepared {
	MYSQL_STMT *handle;
	MYSQL_BIND columns[COLUMNS_MOST];
	unsigned long lengths[COLUMNS_MOST];
	my_bool nulls[COLUMNS_MOST];
	my_bool cut[COLUMNS_MOST];
};

struct runner {
	const struct plan *plan;
	size_t number;
	pthread_t thread;
	MYSQL *connection;
	struct prepared prepared[STATEMENTS_MOST];
	uint64_t rounds, rows;
};

static int64_t
now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* As daemon/db/cells.c lays records out: nested ones in their place. */
static void
collect_types(const struct record *record, struct types *types)
{
	for (size_t i = 0; record != NULL && i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if (field->type == FIELD_TYPE_RECORD) {
			collect_types(field->record, types);
			continue;
		}
		if (types->count == PARAMETERS_MOST)
			errx(1, "%s: too many parameters", record->name);
		types->of[types->count++] = field->type;
	}
}

static void
list_statements(void)
{
	static const char *const names[] = {
		[FIELD_TYPE_TEXT] = "text",
		[FIELD_TYPE_BOOLEAN] = "boolean",
		[FIELD_TYPE_INTEGER] = "integer",
		[FIELD_TYPE_TIME] = "time",
		[FIELD_TYPE_UUID] = "uuid",
		[FIELD_TYPE_BYTES] = "bytes",
	};

	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->statement_count; j++) {
			const struct db_statement *statement =
				features[i]->statements[j];
			struct types types = {.count = 0};

			collect_types(statement->parameters, &types);
			printf("%s\t%s\t", statement->name,
				statement->kind == DB_READ ? "read" : "write");
			for (size_t k = 0; k < types.count; k++)
				printf("%s%s", k == 0 ? "" : ",",
					names[types.of[k]]);
			printf("\t%s\n", statement->sql);
		}
}

static const struct db_statement *
find_statement(const char *name)
{
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->statement_count; j++)
			if (strcmp(features[i]->statements[j]->name, name) == 0)
				return features[i]->statements[j];
	errx(1, "%s: no such statement", name);
}

static size_t
use_statement(struct plan *plan, const char *name)
{
	const struct db_statement *statement = find_statement(name);
	size_t at = plan->statement_count;

	for (size_t i = 0; i < at; i++)
		if (plan->statements[i] == statement)
			return i;
	if (at == STATEMENTS_MOST)
		errx(1, "too many statements");
	plan->statements[at] = statement;
	collect_types(statement->parameters, &plan->types[at]);
	return plan->statement_count++;
}

/* In place: \t, \n and \\. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0') {
			text++;
			*to++ = *text == 't'   ? '\t'
				: *text == 'n' ? '\n'
					       : *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static void
read_step(struct plan *plan, struct round *round, char *line)
{
	char *name = strsep(&line, "\t");
	struct step *step = &round->steps[round->count++];
	size_t given = 0;

	if (strcmp(name, "begin") == 0 || strcmp(name, "commit") == 0) {
		step->query = name[0] == 'b' ? "START TRANSACTION" : "COMMIT";
		return;
	}
	step->statement = use_statement(plan, name);
	while (line != NULL) {
		if (given == PARAMETERS_MOST)
			errx(1, "%s: too many values", name);
		step->values[given] = strdup(strsep(&line, "\t"));
		if (step->values[given] == NULL)
			err(1, "%s", name);
		unescape(step->values[given++]);
	}
	if (given != plan->types[step->statement].count)
		errx(1, "%s: %zu values for %zu parameters", name, given,
			plan->types[step->statement].count);
}

static void
read_rounds(struct plan *plan, const char *path)
{
	static char line[LINE_ROOM];
	FILE *file = fopen(path, "r");
	bool inside = false;

	if (file == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0') {
			inside = false;
			continue;
		}
		if (!inside) {
			plan->rounds = realloc(
				plan->rounds, (plan->round_count + 1) *
						      sizeof(*plan->rounds));
			if (plan->rounds == NULL)
				err(1, "%s", path);
			memset(&plan->rounds[plan->round_count++], 0,
				sizeof(*plan->rounds));
			inside = true;
		}
		struct round *round = &plan->rounds[plan->round_count - 1];
		if (round->count == STEPS_MOST)
			errx(1, "%s: a round is too long", path);
		read_step(plan, round, line);
	}
	fclose(file);
	if (plan->round_count == 0)
		errx(1, "%s: no rounds", path);
}

static MYSQL *
connect_to(const struct plan *plan)
{
	MYSQL *connection = mysql_init(NULL);

	if (connection == NULL)
		errx(1, "out of memory");
	mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(connection, NULL, plan->user, NULL, plan->schema,
		    0, plan->socket, 0) == NULL)
		errx(1, "%s: %s", plan->socket, mysql_error(connection));
	/* As missiond's sessions, whatever the server's defaults are. */
	if (mysql_query(connection, "SET SESSION TRANSACTION ISOLATION LEVEL "
				    "READ COMMITTED") != 0)
		errx(1, "%s", mysql_error(connection));
	return connection;
}

static void
bind_columns(struct prepared *prepared)
{
	unsigned count = mysql_stmt_field_count(prepared->handle);
	MYSQL_RES *result = mysql_stmt_result_metadata(prepared->handle);

	if (count == 0)
		return;
	if (count > COLUMNS_MOST || result == NULL)
		errx(1, "too many columns");
	for (unsigned i = 0; i < count; i++) {
		const MYSQL_FIELD *field = mysql_fetch_field_direct(result, i);
		MYSQL_BIND *bind = &prepared->columns[i];

		bind->buffer_type = MYSQL_TYPE_STRING;
		bind->buffer_length = COLUMN_ROOM;
		if (IS_NUM(field->type)) {
			bind->buffer_type = MYSQL_TYPE_LONGLONG;
			bind->buffer_length = sizeof(int64_t);
		}
		if (field->type == MYSQL_TYPE_DATETIME ||
			field->type == MYSQL_TYPE_TIMESTAMP) {
			bind->buffer_type = MYSQL_TYPE_DATETIME;
			bind->buffer_length = sizeof(MYSQL_TIME);
		}
		bind->buffer = malloc(bind->buffer_length);
		if (bind->buffer == NULL)
			err(1, "columns");
		bind->length = &prepared->lengths[i];
		bind->is_null = &prepared->nulls[i];
		bind->error = &prepared->cut[i];
	}
	mysql_free_result(result);
	if (mysql_stmt_bind_result(prepared->handle, prepared->columns))
		errx(1, "%s", mysql_stmt_error(prepared->handle));
}

static void
prepare_all(struct runner *runner)
{
	for (size_t i = 0; i < runner->plan->statement_count; i++) {
		const char *sql = runner->plan->statements[i]->sql;
		struct prepared *prepared = &runner->prepared[i];

		prepared->handle = mysql_stmt_init(runner->connection);
		if (prepared->handle == NULL)
			errx(1, "out of memory");
		if (mysql_stmt_prepare(prepared->handle, sql, strlen(sql)) != 0)
			errx(1, "%s: %s", runner->plan->statements[i]->name,
				mysql_stmt_error(prepared->handle));
		bind_columns(prepared);
	}
}

/* A parameter's value as daemon/db/cells.c binds it. */
struct value {
	int64_t integer;
	MYSQL_TIME time;
	char uuid[UUID_HYPHENATED_SIZE];
	char bytes[BYTES_MOST];
	unsigned long length;
};

/* False when the text does not ask for them. */
static bool
bind_fresh_bytes(MYSQL_BIND *bind, struct value *value, const char *text)
{
	static const char word[] = "@bytes";

	if (strncmp(text, word, strlen(word)) != 0)
		return false;
	value->length = strtoul(text + strlen(word), NULL, 10);
	if (value->length > sizeof(value->bytes) ||
		getrandom(value->bytes, value->length, 0) !=
			(ssize_t)value->length)
		errx(1, "%s", text);
	bind->buffer = value->bytes;
	bind->buffer_length = value->length;
	bind->length = &value->length;
	return true;
}

static void
bind_time(MYSQL_BIND *bind, struct value *value, const char *text)
{
	unsigned fraction = 0;
	MYSQL_TIME *time = &value->time;

	*time = (MYSQL_TIME){.time_type = MYSQL_TIMESTAMP_DATETIME};
	if (sscanf(text, "%u-%u-%u %u:%u:%u.%6u", &time->year, &time->month,
		    &time->day, &time->hour, &time->minute, &time->second,
		    &fraction) < 6)
		errx(1, "%s: not a time", text);
	time->second_part = fraction;
	bind->buffer_type = MYSQL_TYPE_DATETIME;
	bind->buffer = time;
	bind->buffer_length = sizeof(*time);
}

static void
bind_value(
	MYSQL_BIND *bind, struct value *value, enum field_type type, char *text)
{
	*bind = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING};
	if (strcmp(text, "@null") == 0) {
		bind->buffer_type = MYSQL_TYPE_NULL;
		return;
	}
	if (strcmp(text, "@new") == 0) {
		uuid_format_hyphenated(uuid_new(), value->uuid);
		text = value->uuid;
	}
	if (bind_fresh_bytes(bind, value, text))
		return;
	if (type == FIELD_TYPE_TIME) {
		bind_time(bind, value, text);
		return;
	}
	if (type == FIELD_TYPE_INTEGER || type == FIELD_TYPE_BOOLEAN) {
		value->integer = strtoll(text, NULL, 10);
		bind->buffer_type = MYSQL_TYPE_LONGLONG;
		bind->buffer = &value->integer;
		bind->buffer_length = sizeof(value->integer);
		return;
	}
	value->length = strlen(text);
	bind->buffer = text;
	bind->buffer_length = value->length;
	bind->length = &value->length;
}

static void
fetch_all(struct runner *runner, MYSQL_STMT *handle, const char *name)
{
	int fetched = MYSQL_NO_DATA;

	if (mysql_stmt_field_count(handle) > 0)
		while ((fetched = mysql_stmt_fetch(handle)) == 0)
			runner->rows++;
	if (fetched != MYSQL_NO_DATA)
		errx(1, "%s: %s", name,
			fetched == MYSQL_DATA_TRUNCATED
				? "a column is longer than expected"
				: mysql_stmt_error(handle));
	mysql_stmt_free_result(handle);
}

static void
run_step(struct runner *runner, const struct step *step)
{
	const struct plan *plan = runner->plan;
	const struct types *types = &plan->types[step->statement];
	MYSQL_STMT *handle = runner->prepared[step->statement].handle;
	const char *name;
	MYSQL_BIND binds[PARAMETERS_MOST];
	struct value values[PARAMETERS_MOST];

	if (step->query != NULL) {
		if (mysql_query(runner->connection, step->query) != 0)
			errx(1, "%s", mysql_error(runner->connection));
		return;
	}
	name = plan->statements[step->statement]->name;
	for (size_t i = 0; i < types->count; i++)
		bind_value(
			&binds[i], &values[i], types->of[i], step->values[i]);
	if ((types->count > 0 && mysql_stmt_bind_param(handle, binds)) ||
		mysql_stmt_execute(handle) != 0)
		errx(1, "%s: %s", name, mysql_stmt_error(handle));
	fetch_all(runner, handle, name);
}

static void
run_round(struct runner *runner, size_t turn)
{
	const struct round *round =
		&runner->plan->rounds[turn % runner->plan->round_count];

	for (size_t i = 0; i < round->count; i++)
		run_step(runner, &round->steps[i]);
}

static void *
run(void *argument)
{
	struct runner *runner = argument;
	struct plan *plan = (struct plan *)(uintptr_t)runner->plan;
	size_t turn = runner->number * 7;
	int64_t end;

	mysql_thread_init();
	runner->connection = connect_to(plan);
	prepare_all(runner);
	end = now_us() + plan->warm_up * 1000;
	do
		run_round(runner, turn++);
	while (now_us() < end);
	pthread_barrier_wait(&plan->start);
	runner->rows = 0;
	end = now_us() + plan->seconds * 1000000;
	while (now_us() < end) {
		run_round(runner, turn++);
		runner->rounds++;
	}
	pthread_barrier_wait(&plan->start);
	mysql_close(runner->connection);
	mysql_thread_end();
	return NULL;
}

static void
run_all(struct plan *plan)
{
	struct runner *runners =
		calloc((size_t)plan->connections, sizeof(*runners));
	uint64_t rounds = 0, rows = 0;
	int64_t begin;
	double seconds;

	if (runners == NULL || pthread_barrier_init(&plan->start, NULL,
				       (unsigned)plan->connections + 1) != 0)
		errx(1, "out of memory");
	for (long i = 0; i < plan->connections; i++) {
		runners[i].plan = plan;
		runners[i].number = (size_t)i;
		if (pthread_create(
			    &runners[i].thread, NULL, run, &runners[i]) != 0)
			errx(1, "pthread_create");
	}
	pthread_barrier_wait(&plan->start);
	begin = now_us();
	pthread_barrier_wait(&plan->start);
	seconds = (double)(now_us() - begin) / 1e6;
	for (long i = 0; i < plan->connections; i++) {
		pthread_join(runners[i].thread, NULL);
		rounds += runners[i].rounds;
		rows += runners[i].rows;
	}
	printf("{\"rounds\": %llu, \"rows\": %llu, \"seconds\": %.3f, "
	       "\"rate\": %.1f}\n",
		(unsigned long long)rounds, (unsigned long long)rows, seconds,
		(double)rounds / seconds);
	free(runners);
}

static long
number(const char *text, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || value < 1 || value > most)
		errx(2, "%s: not a number from 1 to %ld", text, most);
	return value;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"socket", required_argument, NULL, 's'},
		{"user", required_argument, NULL, 'u'},
		{"schema", required_argument, NULL, 'd'},
		{"rounds", required_argument, NULL, 'r'},
		{"connections", required_argument, NULL, 'c'},
		{"seconds", required_argument, NULL, 't'},
		{"warm-up", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0},
	};
	static struct plan plan = {
		.connections = 8, .seconds = 5, .warm_up = 500};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l') {
			list_statements();
			return fflush(stdout) == 0 ? 0 : 1;
		}
		if (option == 's')
			plan.socket = optarg;
		else if (option == 'u')
			plan.user = optarg;
		else if (option == 'd')
			plan.schema = optarg;
		else if (option == 'r')
			read_rounds(&plan, optarg);
		else if (option == 'c')
			plan.connections = number(optarg, 1000);
		else if (option == 't')
			plan.seconds = number(optarg, 3600);
		else if (option == 'w')
			plan.warm_up = number(optarg, 60000);
		else
			return 2;
	}
	if (plan.socket == NULL || plan.schema == NULL || plan.round_count == 0)
		errx(2, "--socket, --user, --schema and --rounds are needed");
	if (mysql_library_init(0, NULL, NULL) != 0)
		errx(1, "mysql_library_init");
	run_all(&plan);
	return fflush(stdout) == 0 ? 0 : 1;
}

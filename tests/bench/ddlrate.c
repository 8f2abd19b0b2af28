/*
 * ddlrate: what the bare DDL of a community's schema takes: what a new one gets
 * of schema/tenant, statement by statement, into new schemas.
 *
 *   ddlrate --socket PATH --user NAME --folder DIR --prefix NAME
 *           [--first N] [--schemas N]
 *
 * Makes schemas PREFIX<N>… and prints the milliseconds of each as JSON; who
 * started it drops them.
 */
#include <err.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/error.h"
#include "db/client.h"
#include "db/script.h"
#include "schema/migrate.h"

#define FILES_MOST 100

struct scripts {
	const char *text[FILES_MOST + 1];
	size_t count;
};

static double
now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* The baseline, and the numbered files above it. */
static void
read_scripts(struct scripts *scripts, struct arena *arena, const char *folder)
{
	struct error error = {{0}};
	struct migrations files;
	size_t next = 0;

	if (migrations_read(arena, folder, &files, &error) != 0 ||
		files.count > FILES_MOST)
		errx(1, "%s", error.text);
	if (files.baseline != NULL) {
		next = (size_t)files.baseline->version;
		scripts->text[scripts->count++] = files.baseline->sql;
	}
	for (; next < files.count; next++)
		scripts->text[scripts->count++] = files.items[next].sql;
}

static int
execute(const char *statement, size_t length, size_t line, void *argument)
{
	MYSQL *connection = argument;

	if (mysql_real_query(connection, statement, (unsigned long)length) != 0)
		errx(1, "line %zu: %s", line, mysql_error(connection));
	return 0;
}

static double
make_schema(MYSQL *connection, const struct scripts *scripts,
	const char *prefix, long number)
{
	char sql[400], name[100];
	double begin = now_ms();

	snprintf(name, sizeof(name), "%.60s%ld", prefix, number);
	snprintf(sql, sizeof(sql),
		"CREATE DATABASE `%s` CHARACTER SET utf8mb4"
		" COLLATE utf8mb4_uca1400_ai_ci",
		name);
	execute(sql, strlen(sql), 0, connection);
	if (mysql_select_db(connection, name) != 0)
		errx(1, "%s", mysql_error(connection));
	for (size_t i = 0; i < scripts->count; i++)
		db_script_each(scripts->text[i], execute, connection);
	return now_ms() - begin;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"user", required_argument, NULL, 'u'},
		{"folder", required_argument, NULL, 'f'},
		{"prefix", required_argument, NULL, 'p'},
		{"first", required_argument, NULL, 'i'},
		{"schemas", required_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	struct scripts scripts = {.count = 0};
	struct arena *arena = arena_new();
	const char *path = NULL, *user = NULL, *prefix = "bare";
	MYSQL *connection = mysql_init(NULL);
	long first = 0, count = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 's')
			path = optarg;
		else if (option == 'u')
			user = optarg;
		else if (option == 'f')
			read_scripts(&scripts, arena, optarg);
		else if (option == 'p')
			prefix = optarg;
		else if (option == 'i')
			first = strtol(optarg, NULL, 10);
		else if (option == 'n')
			count = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (connection == NULL || path == NULL || scripts.count == 0)
		errx(2, "--socket, --user and --folder are needed");
	mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(
		    connection, NULL, user, NULL, NULL, 0, path, 0) == NULL)
		errx(1, "%s: %s", path, mysql_error(connection));
	printf("[");
	for (long i = 0; i < count; i++)
		printf("%s%.3f", i == 0 ? "" : ", ",
			make_schema(connection, &scripts, prefix, first + i));
	printf("]\n");
	mysql_close(connection);
	arena_free(arena);
	return fflush(stdout) == 0 ? 0 : 1;
}

#include "migrate_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "schema/migrate.h"

static void
no_password(const void *owner, char password[128])
{
	(void)owner;
	password[0] = '\0';
}

static const struct db_account ledger_account = {
	.user = "root",
	.schema = "missiond_control",
	.password = no_password,
	.log_name = "ledger",
};
static const struct db_account target_account = {
	.user = "ddl",
	.schema = "target",
	.password = no_password,
	.log_name = "target",
};
static const struct db_account rows_account = {
	.user = "writer",
	.schema = "target",
	.password = no_password,
	.log_name = "writer",
};

void
migrate_fixture_start(void)
{
	server_start();
	server_sql("CREATE DATABASE missiond_control;"
		   "CREATE DATABASE missiond_registry;"
		   "CREATE DATABASE target;"
		   "CREATE USER ddl@localhost; CREATE USER writer@localhost;"
		   "GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER"
		   " ON target.* TO ddl@localhost;"
		   "GRANT SELECT, INSERT, UPDATE, DELETE ON target.*"
		   " TO writer@localhost");
}

void
migrate_new_target(void)
{
	server_sql("DROP DATABASE target;"
		   "CREATE DATABASE target CHARACTER SET utf8mb4"
		   " COLLATE utf8mb4_uca1400_ai_ci");
}

const char *
migrate_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/../schema/%s",
		getenv("MISSIOND_TEMPLATES"), name);
	return path;
}

static int
count_or_die(void *argument)
{
	struct run *run = argument;

	if (++run->statements == run->kill_before)
		raise(SIGKILL);
	if (run->before != NULL)
		run->before(run);
	return 0;
}

static int
read_files(struct run *run, struct arena *arena, struct migrations *files)
{
	if (migrations_read(arena, run->folder, files, &run->error) != 0)
		return -1;
	if (run->up_to > 0 && (size_t)run->up_to < files->count)
		files->count = (size_t)run->up_to;
	if (run->by_numbers ||
		(files->baseline != NULL &&
			files->baseline->version > migrations_newest(files)))
		files->baseline = NULL;
	return 0;
}

void
migrate_do_in_task(void *argument)
{
	struct run *run = argument;
	struct db_pool *pool =
		db_pool_new(run->loop, run->address, &server_limits);
	struct arena *arena = arena_new();
	struct migrations migrations;
	struct migrate orders = {
		.migrations = &migrations,
		.community = run->community,
		.proceed = count_or_die,
		.argument = run,
		.record_after = run->record_after,
	};

	orders.ledger = db_scope_open(pool, arena, &ledger_account);
	orders.target = uuid_is_none(run->community)
				? orders.ledger
				: db_scope_open(pool, arena, &target_account);
	if (!uuid_is_none(run->community) && !run->without_rows)
		orders.rows = db_scope_open(pool, arena, &rows_account);
	run->result = read_files(run, arena, &migrations);
	if (run->result == 0)
		run->result = migrate(&orders, arena, &run->error);
	arena_free(arena);
	db_pool_free(pool);
}

void
migrate_do(struct run *run)
{
	in_task(migrate_do_in_task, run);
}

struct run
migrate_run(struct uuid community, const char *folder)
{
	return (struct run){
		.address = &server_address,
		.loop = server_loop,
		.community = community,
		.folder = folder,
	};
}

struct run
run_it(struct uuid community, const char *folder)
{
	struct run run = migrate_run(community, folder);

	migrate_do(&run);
	return run;
}

int
migrate_be_other(char **arguments)
{
	const struct db_address address = {.socket = arguments[1]};
	struct run run = {
		.address = &address,
		.loop = loop_new(),
		.folder = arguments[3],
		.kill_before = atoi(arguments[4]),
		.record_after = atoi(arguments[5]),
		.up_to = atoi(arguments[6]),
		.by_numbers = atoi(arguments[7]) != 0,
	};

	if (uuid_parse(arguments[2], &run.community) != 0)
		return 1;
	task_start(run.loop, "test", 0, migrate_do_in_task, &run);
	loop_stop(run.loop);
	loop_run(run.loop);
	return run.result == 0 ? 0 : 2;
}

int
migrate_begin(const struct run *run)
{
	char id[UUID_TEXT_SIZE], program[512] = "";
	char numbers[4][24];
	pid_t child;

	/* Under Valgrind the link itself leads elsewhere. */
	assert_true(
		readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	snprintf(numbers[0], sizeof(numbers[0]), "%d", run->kill_before);
	snprintf(numbers[1], sizeof(numbers[1]), "%d", (int)run->record_after);
	snprintf(numbers[2], sizeof(numbers[2]), "%d", (int)run->up_to);
	snprintf(numbers[3], sizeof(numbers[3]), "%d", run->by_numbers);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		uuid_format(run->community, id);
		execl(program, "migrate", server_address.socket, id,
			run->folder, numbers[0], numbers[1], numbers[2],
			numbers[3], (char *)NULL);
		_exit(127);
	}
	return child;
}

int
migrate_wait(int child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

void
migrate_kill(const struct run *run)
{
	int status = migrate_wait(migrate_begin(run));

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

void
ok(struct run run, int statements)
{
	assert_string_equal(run.error.text, "");
	assert_int_equal(run.result, 0);
	assert_int_equal(run.statements, statements);
}

void
refused(struct run run, const char *words)
{
	assert_int_equal(run.result, -1);
	if (strstr(run.error.text, words) == NULL)
		fail_msg("%s: %s", words, run.error.text);
}

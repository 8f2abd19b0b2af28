#include "lifecycle_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "conf/node.h"
#include "db/db.h"
#include "db/script.h"
#include "http/template.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "schema/migrate.h"
#include "tenants/config.h"
#include "tenants/credentials.h"
#include "tenants/lifecycle/discard.h"
#include "tenants/lifecycle/job.h"
#include "tenants/lifecycle/rotate.h"

#define PATIENCE (2 * CLOCK_MINUTE)

static const unsigned char subkey[DIGEST_SIZE] = {4, 5, 6};
static struct template_set *templates;

int64_t lifecycle_test_warm, lifecycle_test_version;
const char *lifecycle_test_holder;
int64_t lifecycle_test_lease;

static void
steward_password(const void *owner, char password[128])
{
	(void)owner;
	snprintf(password, 128, "steward");
}

const struct db_account lifecycle_steward = {
	.user = "missiond_steward",
	.schema = "missiond_control",
	.password = steward_password,
	.log_name = "steward",
};

const char *
lifecycle_schema(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/../schema",
		getenv("MISSIOND_TEMPLATES"));
	return path;
}

static int
run_part(const char *statement, size_t length, size_t line, void *argument)
{
	struct buffer sql = BUFFER_EMPTY;

	(void)line;
	(void)argument;
	for (const char *at = statement; at < statement + length; at++) {
		if (strncmp(at, "{{", 2) == 0) {
			/* {{steward_password}} */
			size_t name = strcspn(at, "_") - 2;

			buffer_add(&sql, at + 2, name);
			at = strstr(at, "}}") + 1;
		} else {
			buffer_add_byte(&sql, *at);
		}
	}
	server_sql(buffer_text(&sql));
	buffer_release(&sql);
	return 0;
}

static void
bootstrap(void)
{
	char path[600], *text = calloc(1, 65536);
	FILE *file;

	snprintf(path, sizeof(path), "%s/bootstrap.sql", lifecycle_schema());
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	assert_int_equal(db_script_each(text, run_part, NULL), 0);
	free(text);
}

static void
migrate_in_task(void *argument)
{
	struct db_pool *pool = argument;
	struct arena *arena = arena_new();
	struct error error = {{0}};
	struct migrations control;
	struct migrate orders = {.migrations = &control};

	orders.ledger = db_scope_open(pool, arena, &lifecycle_steward);
	orders.target = orders.ledger;
	migrations_read(arena,
		arena_printf(arena, "%s/control", lifecycle_schema()), &control,
		&error);
	assert_string_equal(error.text, "");
	migrate(&orders, arena, &error);
	assert_string_equal(error.text, "");
	arena_free(arena);
	db_pool_free(pool);
}

void
lifecycle_fixture_start(void)
{
	server_start();
	bootstrap();
	in_task(migrate_in_task,
		db_pool_new(server_loop, &server_address, &server_limits));
}

void
lifecycle_fixture_stop(void)
{
	template_set_free(templates);
	templates = NULL;
	server_stop();
}

/* {s} is the community's schema. */
static char *
fill(struct uuid community, const char *sql)
{
	struct buffer filled = BUFFER_EMPTY;
	char key[UUID_TEXT_SIZE], schema[CREDENTIALS_NAME_SIZE];

	uuid_format(community, key);
	credentials_name(key, schema);
	for (; *sql; sql++) {
		if (strncmp(sql, "{s}", 3) == 0) {
			buffer_add_text(&filled, schema);
			sql += 2;
		} else {
			buffer_add_byte(&filled, *sql);
		}
	}
	return filled.data;
}

void
lifecycle_sql(struct uuid community, const char *sql)
{
	char *filled = fill(community, sql);

	server_sql(filled);
	free(filled);
}

int64_t
lifecycle_number(struct uuid community, const char *sql)
{
	char *filled = fill(community, sql);
	int64_t number = server_number(filled);

	free(filled);
	return number;
}

struct turning {
	struct db_pool *pool;
	struct uuid community;
	char schema[CREDENTIALS_NAME_SIZE];
};

static void
turn_back_in_task(void *argument)
{
	struct turning *turning = argument;
	struct arena *arena = arena_new();
	struct db_account ddl = lifecycle_steward;
	struct error error = {{0}};
	struct migrations files;
	struct migrate orders = {
		.migrations = &files,
		.ledger =
			db_scope_open(turning->pool, arena, &lifecycle_steward),
		.community = turning->community,
	};

	ddl.schema = turning->schema;
	orders.target = db_scope_open(turning->pool, arena, &ddl);
	migrations_read(arena,
		arena_printf(arena, "%s/tenant", lifecycle_schema()), &files,
		&error);
	assert_string_equal(error.text, "");
	files.count = 4;
	files.baseline = NULL;
	migrate(&orders, arena, &error);
	assert_string_equal(error.text, "");
	arena_free(arena);
	db_pool_free(turning->pool);
}

void
lifecycle_turn_back(struct uuid community)
{
	struct turning turning = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.community = community,
	};
	char key[UUID_TEXT_SIZE], id[UUID_HYPHENATED_SIZE], sql[200];

	uuid_format(community, key);
	credentials_name(key, turning.schema);
	lifecycle_sql(community,
		"DROP DATABASE {s}; CREATE DATABASE {s} CHARACTER SET utf8mb4"
		" COLLATE utf8mb4_uca1400_ai_ci");
	uuid_format_hyphenated(community, id);
	snprintf(sql, sizeof(sql),
		"DELETE FROM missiond_control.schema_migration WHERE community"
		" = '%s'",
		id);
	server_sql(sql);
	in_task(turn_back_in_task, &turning);
}

struct lifecycle_settings
lifecycle_test_settings(
	struct loop *loop, struct db_pool *pool, const char *holder)
{
	struct error error = {{0}};

	if (templates == NULL)
		templates = template_set_load(getenv("MISSIOND_TEMPLATES"),
			lifecycle_feature.pages, lifecycle_feature.page_count,
			NULL, &error);
	assert_string_equal(error.text, "");
	return (struct lifecycle_settings){
		.loop = loop,
		.pool = pool,
		.steward = &lifecycle_steward,
		.subkey = subkey,
		.schema = lifecycle_schema(),
		.templates = templates,
		.scheme = "http",
		.port = 8080,
		.holder = holder,
		.connections = 20,
		.poll = CLOCK_SECOND / 20,
		.lease = 60 * CLOCK_SECOND,
		.warm = lifecycle_test_warm,
		.hearing = 1,
		.warm_idle = 1,
	};
}

const char *
lifecycle_yaml(struct arena *arena, const char *slug, const char *more)
{
	return arena_printf(arena,
		"slug: %s\n"
		"name: Le cercle\n"
		"description: Before\n"
		"domains: [%s.example]\n"
		"language: fr\n"
		"founder:\n"
		"  name: Hélène Caillou\n"
		"  email: helene@example.org\n"
		"  organisation: Ville de Toulouse\n"
		"%s",
		slug, slug, more);
}

int
lifecycle_apply(struct db *control, struct arena *arena, const char *yaml,
	struct control_applied *ret_applied, struct error *refusal)
{
	struct tenant_config config;
	struct conf_errors errors = {0};
	const struct control_apply apply = {
		.config = &config,
		.text = yaml,
		.file = "test.yaml",
		.operator= "tester",
		.schema_version = lifecycle_test_version,
		.holder = lifecycle_test_holder,
		.lease = lifecycle_test_lease,
	};
	int outcome = -2;

	if (tenant_config_parse(arena, "test.yaml", yaml, strlen(yaml), &config,
		    NULL, &errors) == 0)
		outcome = control_apply(
			control, arena, &apply, ret_applied, refusal);
	else
		fputs(conf_errors_text(&errors), stderr);
	conf_errors_release(&errors);
	return outcome;
}

struct errand {
	const char *slug, *more;
	struct control_applied applied;
	int outcome;
	struct db_pool *pool;
};

static void
apply_in_task(void *argument)
{
	struct errand *errand = argument;
	struct arena *arena = arena_new();
	struct error refusal = {{0}};

	errand->outcome = lifecycle_apply(
		db_scope_open(errand->pool, arena, &lifecycle_steward), arena,
		lifecycle_yaml(arena, errand->slug, errand->more),
		&errand->applied, &refusal);
	if (errand->outcome != 0)
		fprintf(stderr, "apply: %d %s\n", errand->outcome,
			refusal.text);
	arena_free(arena);
	db_pool_free(errand->pool);
}

struct control_applied
lifecycle_apply_now(const char *slug, const char *more)
{
	struct errand errand = {
		.slug = slug,
		.more = more,
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
	};

	in_task(apply_in_task, &errand);
	assert_int_equal(errand.outcome, 0);
	return errand.applied;
}

struct last {
	struct db_pool *pool;
	const char *slug;
	struct uuid job;
};

static void
find_last(void *argument)
{
	struct last *last = argument;
	struct arena *arena = arena_new();
	struct db *db = db_scope_open(last->pool, arena, &lifecycle_steward);
	struct control_community community;
	struct job_state state;

	assert_int_equal(control_find(db, arena, last->slug, &community), 1);
	assert_int_equal(job_latest(db, arena, community.id, &state), 1);
	last->job = state.id;
	arena_free(arena);
	db_pool_free(last->pool);
}

struct uuid
lifecycle_last_job(const char *slug)
{
	struct last last = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.slug = slug,
	};

	in_task(find_last, &last);
	return last.job;
}

struct wait {
	struct lifecycle *lifecycle;
	struct db_pool *pool;
	struct uuid job;
	bool done;
};

static void
wait_in_task(void *argument)
{
	struct wait *wait = argument;
	struct arena *arena = arena_new();
	struct db *db = db_scope_open(wait->pool, arena, &lifecycle_steward);
	struct job_state state = {.id = wait->job};
	int64_t until = clock_monotonic() + PATIENCE;
	uint64_t before = job_moves();
	int found = job_read(db, arena, wait->job, &state);

	while (found >= 0 && !job_is_over(&state) &&
		clock_monotonic() < until) {
		found = job_wait(db, arena, until, before, &state);
		before = job_moves();
	}
	wait->done = found >= 0 && strcmp(state.state, "done") == 0;
	if (!wait->done)
		fprintf(stderr, "job: %s %s\n", state.state, state.error);
	arena_free(arena);
	lifecycle_stop(wait->lifecycle);
}

bool
lifecycle_runs_until_done(struct uuid job, const char *holder)
{
	struct db_pool *pool =
		db_pool_new(server_loop, &server_address, &server_limits);
	struct lifecycle_settings settings =
		lifecycle_test_settings(server_loop, pool, holder);
	struct error error = {{0}};
	struct wait wait = {.pool = pool, .job = job};

	wait.lifecycle = lifecycle_start(&settings, &error);
	assert_string_equal(error.text, "");
	in_task(wait_in_task, &wait);
	lifecycle_free(wait.lifecycle);
	db_pool_free(pool);
	return wait.done;
}

struct patience {
	struct lifecycle *lifecycle;
	const char *select;
	int64_t number;
	bool done;
};

static void
wait_for_number(void *argument)
{
	struct patience *patience = argument;
	int64_t until = clock_monotonic() + PATIENCE;

	do {
		task_sleep(clock_monotonic() + CLOCK_SECOND / 50);
		patience->done =
			server_number(patience->select) == patience->number;
	} while (!patience->done && clock_monotonic() < until);
	lifecycle_stop(patience->lifecycle);
}

bool
lifecycle_runs_until(const char *select, int64_t number, const char *holder)
{
	struct db_pool *pool =
		db_pool_new(server_loop, &server_address, &server_limits);
	struct lifecycle_settings settings =
		lifecycle_test_settings(server_loop, pool, holder);
	struct error error = {{0}};
	struct patience patience = {.select = select, .number = number};

	patience.lifecycle = lifecycle_start(&settings, &error);
	assert_string_equal(error.text, "");
	in_task(wait_for_number, &patience);
	lifecycle_free(patience.lifecycle);
	db_pool_free(pool);
	return patience.done;
}

/* rotate_enqueue() or discard_enqueue(). */
typedef int enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal);

struct queueing {
	struct db_pool *pool;
	enqueue *enqueue;
	const char *slug;
	struct uuid job;
};

static void
enqueue_in_task(void *argument)
{
	struct queueing *queueing = argument;
	struct arena *arena = arena_new();
	struct error refusal = {{0}};
	struct db *db =
		db_scope_open(queueing->pool, arena, &lifecycle_steward);

	assert_int_equal(queueing->enqueue(db, arena, queueing->slug, "tester",
				 &queueing->job, &refusal),
		0);
	arena_free(arena);
	db_pool_free(queueing->pool);
}

static struct uuid
enqueue_now(const char *slug, enqueue *function)
{
	struct queueing queueing = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.enqueue = function,
		.slug = slug,
	};

	in_task(enqueue_in_task, &queueing);
	return queueing.job;
}

struct uuid
lifecycle_rotate_now(const char *slug)
{
	return enqueue_now(slug, rotate_enqueue);
}

struct uuid
lifecycle_discard_now(const char *slug)
{
	return enqueue_now(slug, discard_enqueue);
}

struct knock {
	struct db_pool *pool;
	char key[UUID_TEXT_SIZE];
	int64_t generation;
	bool let_in;
};

static void
knock_password(const void *owner, char password[128])
{
	const struct knock *knock = owner;

	credentials_password(subkey, knock->key, knock->generation, password);
}

static void
knock_in_task(void *argument)
{
	struct knock *knock = argument;
	struct arena *arena = arena_new();
	struct error error = {{0}};
	char name[CREDENTIALS_NAME_SIZE];
	const struct db_account account = {
		.user = name,
		.schema = name,
		.password = knock_password,
		.owner = knock,
		.log_name = "knock",
	};

	credentials_name(knock->key, name);
	knock->let_in = db_script(db_scope_open(knock->pool, arena, &account),
				"SELECT 1", NULL, &error) == 0;
	arena_free(arena);
	db_pool_free(knock->pool);
}

bool
lifecycle_lets_in(struct uuid community, int64_t generation)
{
	struct knock knock = {
		.pool = db_pool_new(
			server_loop, &server_address, &server_limits),
		.generation = generation,
	};

	uuid_format(community, knock.key);
	in_task(knock_in_task, &knock);
	return knock.let_in;
}

int
lifecycle_set_up(void **state)
{
	(void)state;
	lifecycle_fixture_start();
	return 0;
}

int
lifecycle_tear_down(void **state)
{
	(void)state;
	lifecycle_fixture_stop();
	return 0;
}

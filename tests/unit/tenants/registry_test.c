/* Host names that visitors made up, and those of communities beside them: what
 * they cost, how much of them is remembered, and who waits for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "conf/node.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/community.h"
#include "tenants/config.h"
#include "tenants/epoch.h"
#include "tenants/registry.h"

#define MILLISECOND INT64_C(1000)
#define VISITS_MOST 2000
#define PENDING	    9 /* an outcome that is none yet */

/* As registry.c and registry_names.c have them. */
#define REMEMBERED_MOST 1000
#define WAITING_MOST	1024
#define TOGETHER	16
#define UNKNOWN_LIMIT	(2 * CLOCK_SECOND)

static const unsigned char tenant_key[32];
static struct registry *registry;
static struct epoch_table *epochs;
static int epochs_descriptor;
static struct uuid known;

struct visit {
	char host[64];
	struct task *task;
	int outcome;
	unsigned order; /* out: in which order it ended */
};

static struct visit visits[VISITS_MOST];
static unsigned ended;

/* `limits`: lines of its file, or "". */
static void
write_configuration(const char *slug, const char *limits, struct buffer *json)
{
	char yaml[300];
	struct arena *arena = arena_new();
	struct tenant_config config = {0};
	struct conf_errors errors = {0};

	snprintf(yaml, sizeof(yaml),
		"slug: %s\nname: A Name\ndomains: [%s.example]\n"
		"founder: {name: Fay, email: fay@client.example}\n%s",
		slug, slug, limits);
	if (tenant_config_parse(arena, "test.yaml", yaml, strlen(yaml), &config,
		    NULL, &errors) < 0)
		fail_msg("%s", conf_errors_text(&errors));
	tenant_config_write(&config, json);
	arena_free(arena);
}

/* Suspended: then its own schema is not asked. */
static struct uuid
found_with(const char *slug, const char *limits)
{
	char id[UUID_HYPHENATED_SIZE], key[UUID_TEXT_SIZE];
	struct buffer json = BUFFER_EMPTY, sql = BUFFER_EMPTY;
	struct uuid made = uuid_new();

	write_configuration(slug, limits, &json);
	uuid_format_hyphenated(made, id);
	uuid_format(made, key);
	buffer_printf(&sql,
		"INSERT INTO missiond_control.community VALUES ('%s', '%s',"
		" '%s', 'suspended', 1, 1, 'default', FROM_BASE64('",
		id, slug, key);
	base64_add(&sql, json.data, json.length);
	buffer_printf(&sql,
		"'), '', '', '', 'test', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6));"
		"INSERT INTO missiond_control.community_domain"
		" (domain, community, position)"
		" VALUES ('%s.example', '%s', 0)",
		slug, id);
	server_sql(buffer_text(&sql));
	buffer_release(&sql);
	buffer_release(&json);
	return made;
}

static struct uuid
found_community(const char *slug)
{
	return found_with(slug, "");
}

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE DATABASE missiond_control CHARACTER SET utf8mb4;"
		   "CREATE DATABASE missiond_registry CHARACTER SET utf8mb4;"
		   "CREATE USER missiond_registry@localhost"
		   " IDENTIFIED BY 'registry';"
		   "GRANT SELECT, EXECUTE ON missiond_registry.*"
		   " TO missiond_registry@localhost");
	server_script("missiond_control", "schema/control/0001-registry.sql");
	server_script(
		"missiond_control", "schema/control/0002-registry-views.sql");
	known = found_community("known");
	epochs_descriptor = epoch_create();
	epochs = epoch_map(epochs_descriptor, 0);
	return epochs == NULL ? -1 : 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	epoch_unmap(epochs);
	close(epochs_descriptor);
	server_stop();
	return 0;
}

static struct db_pool *pool;

static int
set_up(void **state)
{
	struct registry_setting setting = {
		.account = &registry_account,
		.epochs = epochs,
		.subkey = tenant_key,
		.schema_oldest = 1,
		.schema_newest = 1,
	};

	(void)state;
	ended = 0;
	for (unsigned i = 0; i < VISITS_MOST; i++) {
		visits[i] = (struct visit){.outcome = PENDING};
		snprintf(visits[i].host, sizeof(visits[i].host),
			"made-up-%u.example", i);
	}
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	setting.loop = server_loop;
	setting.pool = pool;
	registry = registry_new(&setting);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	registry_free(registry);
	db_pool_free(pool);
	return 0;
}

static int
find(const char *host)
{
	const struct community *community = NULL;
	int outcome = registry_find(registry, NULL, host, &community);

	if (outcome == 1)
		community_drop(community);
	return outcome;
}

static void
visit_main(void *argument)
{
	struct visit *visit = argument;

	visit->outcome = find(visit->host);
	visit->order = ++ended;
}

static void
start_visits(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		visits[i].task = task_start(
			server_loop, "visit", 0, visit_main, &visits[i]);
}

static void
wait_for_visits(unsigned count)
{
	while (ended < count)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static unsigned
count_outcomes(unsigned count, int outcome)
{
	unsigned result = 0;

	for (unsigned i = 0; i < count; i++)
		result += visits[i].outcome == outcome;
	return result;
}

static int64_t
statements(void)
{
	return server_number("SELECT variable_value"
			     " FROM information_schema.global_status"
			     " WHERE variable_name = 'com_stmt_execute'");
}

static void
some_hundred(void *argument)
{
	(void)argument;
	snprintf(visits[333].host, sizeof(visits[333].host), "known.example");
	start_visits(640);
	wait_for_visits(640);
}

static void
made_up_names_share_queries(void **state)
{
	int64_t before = statements();

	(void)state;
	in_task(some_hundred, NULL);
	assert_int_equal(count_outcomes(640, 0), 639);
	assert_int_equal(visits[333].outcome, 1);
	/* One more reads the community that is there. */
	assert_in_range(statements() - before, 1, 640 / TOGETHER + 5);
}

static void
first_visit(void *argument)
{
	(void)argument;
	assert_int_equal(find("known.example"), 1);
	assert_int_equal(find("known.example"), 1);
}

/* Whose the name is together with that community's row; it has no settings to
 * read. */
static void
a_first_visit_asks_once(void **state)
{
	int64_t before = statements();

	(void)state;
	in_task(first_visit, NULL);
	assert_int_equal(statements() - before, 1);
}

/* Others move in each turn of the loop while this one is asked. */
static void
visit_while_others_move(void *argument)
{
	(void)argument;
	start_visits(1);
	while (ended == 0) {
		epoch_follow(epochs, uuid_new(), EPOCH_SETTINGS);
		task_sleep(clock_monotonic());
	}
}

/* Some community's settings moved while it was asked, maybe this one's: then
 * the row may be older than its epoch, and is read again. */
static void
what_may_have_moved_is_read_again(void **state)
{
	int64_t before = statements();

	(void)state;
	snprintf(visits[0].host, sizeof(visits[0].host), "known.example");
	in_task(visit_while_others_move, NULL);
	assert_int_equal(visits[0].outcome, 1);
	assert_int_equal(statements() - before, 2);
}

static void
known_beside_a_flood(void *argument)
{
	(void)argument;
	assert_int_equal(find("known.example"), 1);
	start_visits(1000);
	/* It is read again, behind them. */
	epoch_begin(epochs, known);
	epoch_end(epochs, known, EPOCH_SETTINGS);
	snprintf(visits[1000].host, sizeof(visits[1000].host), "known.example");
	task_start(server_loop, "visit", 0, visit_main, &visits[1000]);
	wait_for_visits(1001);
}

static void
a_known_one_is_not_behind_them(void **state)
{
	(void)state;
	in_task(known_beside_a_flood, NULL);
	assert_int_equal(visits[1000].outcome, 1);
	assert_in_range(visits[1000].order, 1, 500);
}

static void
one_after_another(void *argument)
{
	(void)argument;
	for (unsigned i = 0; i < 3; i++) {
		ended = 0;
		start_visits(500);
		wait_for_visits(500);
		for (unsigned j = 0; j < 500; j++)
			visits[j].host[0]++;
	}
}

static void
few_are_remembered(void **state)
{
	(void)state;
	in_task(one_after_another, NULL);
	assert_int_equal(registry_remembered(registry), REMEMBERED_MOST);
}

static void
too_many_at_once(void *argument)
{
	(void)argument;
	start_visits(WAITING_MOST + 300);
	wait_for_visits(WAITING_MOST + 300);
}

static void
too_many_are_told(void **state)
{
	(void)state;
	in_task(too_many_at_once, NULL);
	assert_int_equal(count_outcomes(VISITS_MOST, -1), 300);
	assert_int_equal(count_outcomes(VISITS_MOST, 0), WAITING_MOST);
	/* Of those that were told nothing is. */
	assert_int_equal(registry_remembered(registry), REMEMBERED_MOST);
}

static void
one_leaves(void *argument)
{
	(void)argument;
	find("known.example");
	server_freeze();
	start_visits(40);
	task_sleep(clock_monotonic() + 20 * MILLISECOND);
	/* One that is asked for, one that waits. */
	task_cancel(visits[3].task);
	task_cancel(visits[35].task);
	task_sleep(clock_monotonic() + 20 * MILLISECOND);
	server_thaw();
	wait_for_visits(40);
}

static void
who_leaves_takes_nobody_along(void **state)
{
	(void)state;
	in_task(one_leaves, NULL);
	assert_int_equal(visits[3].outcome, -1);
	assert_int_equal(visits[35].outcome, -1);
	assert_true(visits[3].order <= 2 && visits[35].order <= 2);
	assert_int_equal(count_outcomes(40, 0), 38);
}

static void
two_ask_for_one(void *argument)
{
	(void)argument;
	for (unsigned i = 1; i < 8; i++)
		memcpy(visits[i].host, visits[0].host, sizeof(visits[i].host));
	server_freeze();
	start_visits(8);
	task_sleep(clock_monotonic() + 20 * MILLISECOND);
	/* The one that asks for the others. */
	task_cancel(visits[0].task);
	task_sleep(clock_monotonic() + 20 * MILLISECOND);
	server_thaw();
	wait_for_visits(8);
}

static void
another_asks_when_the_first_has_gone(void **state)
{
	(void)state;
	in_task(two_ask_for_one, NULL);
	assert_int_equal(visits[0].outcome, -1);
	assert_int_equal(count_outcomes(8, 0), 7);
	assert_int_equal(registry_remembered(registry), 1);
}

static void
found_meanwhile(void *argument)
{
	int64_t asked;

	(void)argument;
	assert_int_equal(find("new.example"), 0);
	asked = clock_monotonic();
	found_community("new");
	while (find("new.example") == 0)
		task_sleep(clock_monotonic() + 50 * MILLISECOND);
	assert_in_range(clock_monotonic() - asked, UNKNOWN_LIMIT / 2,
		UNKNOWN_LIMIT + CLOCK_SECOND);
	/* Nobody had asked for this one. */
	found_community("newer");
	assert_int_equal(find("newer.example"), 1);
}

static void
a_new_one_is_seen_soon(void **state)
{
	(void)state;
	in_task(found_meanwhile, NULL);
}

static unsigned
connections_of(const char *host)
{
	const struct community *community = NULL;
	unsigned connections;

	assert_int_equal(registry_find(registry, NULL, host, &community), 1);
	connections = community->account->connections;
	community_drop(community);
	return connections;
}

static void
look_at_connections(void *argument)
{
	(void)argument;
	found_with("narrow", "limits: {connections: 3}\n");
	found_with("wide", "limits: {connections: off}\n");
	assert_int_equal(connections_of("narrow.example"), 3);
	/* As many as the pool has. */
	assert_true(connections_of("wide.example") > 1000);
	/* The host's own number. */
	assert_int_equal(connections_of("known.example"), 0);
}

/* The pool takes it from the account. */
static void
its_own_number_of_connections_is_the_accounts(void **state)
{
	(void)state;
	in_task(look_at_connections, NULL);
}

static void
gone_database(void *argument)
{
	int64_t began = clock_monotonic();

	(void)argument;
	start_visits(WAITING_MOST);
	wait_for_visits(WAITING_MOST);
	/* As long as one query, not as all of them one after another. */
	assert_true(clock_monotonic() - began < 15 * CLOCK_SECOND);
}

static void
nothing_is_kept_while_the_database_is_gone(void **state)
{
	(void)state;
	server_kill();
	in_task(gone_database, NULL);
	server_restart();
	assert_int_equal(count_outcomes(VISITS_MOST, -1), WAITING_MOST);
	assert_int_equal(registry_remembered(registry), 0);
}

#define REGISTRY_TEST(function)                                                \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		REGISTRY_TEST(made_up_names_share_queries),
		REGISTRY_TEST(a_first_visit_asks_once),
		REGISTRY_TEST(what_may_have_moved_is_read_again),
		REGISTRY_TEST(a_known_one_is_not_behind_them),
		REGISTRY_TEST(few_are_remembered),
		REGISTRY_TEST(too_many_are_told),
		REGISTRY_TEST(who_leaves_takes_nobody_along),
		REGISTRY_TEST(another_asks_when_the_first_has_gone),
		REGISTRY_TEST(a_new_one_is_seen_soon),
		REGISTRY_TEST(its_own_number_of_connections_is_the_accounts),
		REGISTRY_TEST(nothing_is_kept_while_the_database_is_gone),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

/* The courier against a real server: two communities, a folder, and SMTP. */
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
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "courier.h"
#include "courier_mail.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "mail/smtp.h"
#include "tenants/credentials.h"
#include "tenants/outbox/outbox.h"

static const unsigned char tenant_key[DIGEST_SIZE] = {1, 2, 3};

static struct {
	char id[UUID_HYPHENATED_SIZE];
	char key[UUID_TEXT_SIZE];
	char schema[CREDENTIALS_NAME_SIZE];
} communities[2];

static struct db_pool *pool;
static char folder[] = "/tmp/missiond-courier-XXXXXX";

static void
registry_password(const void *owner, char password[128])
{
	(void)owner;
	snprintf(password, 128, "registry");
}

static const struct db_account registry = {
	.user = "missiond_registry",
	.schema = "missiond_registry",
	.password = registry_password,
	.log_name = "registry",
};

/* Fills {s} with the community's schema, {i} with its id, {k} with its key. */
static char *
fill(const char *sql, int community)
{
	struct buffer filled = BUFFER_EMPTY;

	for (; *sql; sql++) {
		if (strncmp(sql, "{s}", 3) == 0)
			buffer_add_text(&filled, communities[community].schema);
		else if (strncmp(sql, "{i}", 3) == 0)
			buffer_add_text(&filled, communities[community].id);
		else if (strncmp(sql, "{k}", 3) == 0)
			buffer_add_text(&filled, communities[community].key);
		else {
			buffer_add_byte(&filled, *sql);
			continue;
		}
		sql += 2;
	}
	return filled.data;
}

static void
sql(int community, const char *text)
{
	char *filled = fill(text, community);

	server_sql(filled);
	free(filled);
}

static int64_t
number(int community, const char *text)
{
	char *filled = fill(text, community);
	int64_t result = server_number(filled);

	free(filled);
	return result;
}

static void
make_outbox(int community)
{
	struct buffer script = BUFFER_EMPTY;
	char path[512], part[4096];
	size_t count;
	FILE *file;

	snprintf(path, sizeof(path), "%s/../schema/tenant/0004-outbox.sql",
		getenv("MISSIOND_TEMPLATES"));
	file = fopen(path, "r");
	assert_non_null(file);
	buffer_printf(&script, "USE %s;", communities[community].schema);
	while ((count = fread(part, 1, sizeof(part), file)) > 0)
		buffer_add(&script, part, count);
	fclose(file);
	server_sql(buffer_text(&script));
	buffer_release(&script);
}

static void
make_community(int community)
{
	struct uuid id = uuid_new();
	char password[128], statement[512];

	uuid_format(id, communities[community].key);
	uuid_format_hyphenated(id, communities[community].id);
	credentials_name(
		communities[community].key, communities[community].schema);
	credentials_password(
		tenant_key, communities[community].key, 1, password);
	sql(community, "CREATE DATABASE {s};"
		       "CREATE TABLE {s}.settings (id INT PRIMARY KEY,"
		       " name VARCHAR(100)) DEFAULT CHARSET=utf8mb4;"
		       "INSERT INTO {s}.settings VALUES (1, 'Échange {k}')");
	make_outbox(community);
	snprintf(statement, sizeof(statement),
		"CREATE USER {s}@localhost IDENTIFIED BY '%s';"
		"GRANT SELECT, INSERT, UPDATE, DELETE ON {s}.* TO"
		" {s}@localhost;"
		"INSERT INTO missiond_registry.community VALUES ('{i}',"
		" 'slug%d', '{k}', 'active', 1, 4)",
		password, community);
	sql(community, statement);
}

static int
set_up(void **state)
{
	(void)state;
	server_start();
	/* The registry's views, as tables of the same columns. */
	server_sql("SET NAMES utf8mb4; CREATE DATABASE missiond_registry;"
		   "CREATE TABLE missiond_registry.community (id UUID PRIMARY"
		   " KEY, slug VARCHAR(63), `key` CHAR(26), state VARCHAR(20),"
		   " generation BIGINT, schema_version BIGINT);"
		   "CREATE TABLE missiond_registry.community_state (community"
		   " UUID PRIMARY KEY, mail_epoch BIGINT, moved_at"
		   " DATETIME(6));"
		   "CREATE USER missiond_registry@localhost IDENTIFIED BY"
		   " 'registry';"
		   "GRANT SELECT ON missiond_registry.* TO"
		   " missiond_registry@localhost");
	make_community(0);
	make_community(1);
	if (!mkdtemp(folder) || task_work_start(server_loop, 2))
		return -1;
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return 0;
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	db_pool_free(pool);
	loop_stop(server_loop);
	loop_run(server_loop);
	server_stop();
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void
put(int community, const char *recipient)
{
	char id[UUID_HYPHENATED_SIZE], statement[512];

	uuid_format_hyphenated(uuid_new(), id);
	snprintf(statement, sizeof(statement),
		"INSERT INTO {s}.outbox (id, recipient, language, subject,"
		" body, created_at, due_at) VALUES ('%s', '%s', 'fr', 'S',"
		" 'secret link', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		id, recipient);
	sql(community, statement);
}

/* Runs the loop until `count` answers `expected`; false after ten seconds. */
struct expectation {
	int community;
	const char *count;
	int64_t expected;
	int64_t until;
	bool met;
	struct courier *courier;
};

static void
look(void *argument)
{
	struct expectation *expectation = argument;

	expectation->met = number(expectation->community, expectation->count) ==
			   expectation->expected;
	if (!expectation->met && clock_monotonic() < expectation->until)
		return;
	courier_stop(expectation->courier);
	loop_stop(server_loop);
}

static bool
runs_until(struct courier_settings settings, int community, const char *count,
	int64_t expected)
{
	struct expectation expectation = {community, count, expected,
		clock_monotonic() + 10 * CLOCK_SECOND, false, NULL};
	struct loop_timer *timer;

	assert_int_equal(smtp_start(NULL), 0);
	settings.pool = pool;
	settings.registry = &registry;
	memcpy(settings.tenant_key, tenant_key, sizeof(tenant_key));
	settings.from = "no-reply@example.org";
	settings.side_by_side = 2;
	settings.poll = 50000;
	expectation.courier = courier_new(server_loop, &settings);
	timer = loop_timer_new(server_loop, 20000, 20000, look, &expectation);
	loop_run(server_loop);
	loop_timer_free(timer);
	courier_free(expectation.courier);
	return expectation.met;
}

#define SENT                                                                   \
	"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND body = ''"

static int
count_files(const char *pattern)
{
	char command[256], answer[16] = "";
	FILE *pipe;

	snprintf(command, sizeof(command),
		"grep -l '%s' %s/*.eml 2>/dev/null | wc -l", pattern, folder);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(fgets(answer, sizeof(answer), pipe));
	pclose(pipe);
	return atoi(answer);
}

static void
a_sweep_finds_what_waits(void **state)
{
	(void)state;
	for (int i = 0; i < COURIER_BATCH + 5; i++)
		put(0, "a@example.org");
	put(1, "b@example.org");
	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		0, SENT, COURIER_BATCH + 5));
	assert_int_equal(number(1, SENT), 1);
	assert_int_equal(count_files("To: <a@example.org>"), COURIER_BATCH + 5);
	assert_int_equal(count_files("To: <b@example.org>"), 1);
	assert_int_equal(count_files("From: =?UTF-8?Q?=C3=89change_"),
		COURIER_BATCH + 6);
}

static void
put_and_move(void *unused)
{
	(void)unused;
	put(1, "moved@example.org");
	sql(1, "REPLACE INTO missiond_registry.community_state VALUES ('{i}',"
	       " 7, UTC_TIMESTAMP(6))");
}

static void
a_moved_epoch_is_noticed(void **state)
{
	(void)state;
	struct loop_timer *timer =
		loop_timer_new(server_loop, 500000, 0, put_and_move, NULL);

	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		1, SENT, 2));
	loop_timer_free(timer);
}

static void
other_couriers_claims_are_kept(void **state)
{
	(void)state;
	put(0, "claimed@example.org");
	sql(0, "UPDATE {s}.outbox SET claimed_until = UTC_TIMESTAMP(6) +"
	       " INTERVAL 2 SECOND, fence = 3, attempts = 1 WHERE state ="
	       " 'waiting'");
	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'sent' AND"
		" fence = 4 AND attempts = 2 AND finished_at >= created_at +"
		" INTERVAL 2 SECOND",
		1));
}

static void
what_is_no_address_fails_at_once(void **state)
{
	(void)state;
	put(0, "nobody");
	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		0,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed' AND"
		" body = '' AND failure ="
		" '0 the recipient is not a mail address'",
		1));
}

/* Port 9 of loopback: nobody listens. */
static const struct smtp_server nowhere = {
	.host = "127.0.0.1",
	.port = 9,
	.security = SMTP_PLAIN,
	.connect_limit = 2 * CLOCK_SECOND,
	.total_limit = 2 * CLOCK_SECOND,
};

static void
an_absent_server_delays(void **state)
{
	(void)state;
	put(1, "later@example.org");
	assert_true(runs_until((struct courier_settings){.smtp = &nowhere,
				       .sweep = CLOCK_HOUR},
		1,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'waiting' AND"
		" attempts = 1 AND claimed_until IS NULL AND due_at BETWEEN"
		" UTC_TIMESTAMP(6) + INTERVAL 50 SECOND AND UTC_TIMESTAMP(6) +"
		" INTERVAL 60 SECOND AND failure LIKE '0 %connect%' AND body ="
		" 'secret link'",
		1));
}

static void
many_attempts_are_enough(void **state)
{
	(void)state;
	sql(1, "UPDATE {s}.outbox SET attempts = 8, due_at = UTC_TIMESTAMP(6)"
	       " WHERE state = 'waiting'");
	assert_true(runs_until((struct courier_settings){.smtp = &nowhere,
				       .sweep = CLOCK_HOUR},
		1,
		"SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed' AND"
		" attempts = 9 AND body = ''",
		1));
}

static void
old_rows_are_removed(void **state)
{
	(void)state;
	sql(0, "UPDATE {s}.outbox SET finished_at = UTC_TIMESTAMP(6) -"
	       " INTERVAL 31 DAY WHERE state = 'failed'");
	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		0, "SELECT COUNT(*) FROM {s}.outbox WHERE state = 'failed'",
		0));
	assert_int_equal(number(0, SENT), COURIER_BATCH + 6);
}

static void
a_suspended_community_waits(void **state)
{
	(void)state;
	server_sql("UPDATE missiond_registry.community SET state ="
		   " 'suspended' WHERE slug = 'slug1'");
	put(0, "active@example.org");
	put(1, "suspended@example.org");
	assert_true(runs_until((struct courier_settings){.folder = folder,
				       .sweep = CLOCK_HOUR},
		0, SENT, COURIER_BATCH + 7));
	assert_int_equal(
		number(1, "SELECT COUNT(*) FROM {s}.outbox WHERE state ="
			  " 'waiting' AND attempts = 0"),
		1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sweep_finds_what_waits),
		cmocka_unit_test(a_moved_epoch_is_noticed),
		cmocka_unit_test(other_couriers_claims_are_kept),
		cmocka_unit_test(what_is_no_address_fails_at_once),
		cmocka_unit_test(an_absent_server_delays),
		cmocka_unit_test(many_attempts_are_enough),
		cmocka_unit_test(old_rows_are_removed),
		cmocka_unit_test(a_suspended_community_waits),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

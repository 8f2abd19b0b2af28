#include "courier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/uuid.h"
#include "loop/loop.h"
#include "mail/smtp.h"
#include "tenants/credentials.h"

#define PATIENCE CLOCK_MINUTE

const unsigned char courier_tenant_key[DIGEST_SIZE] = {1, 2, 3};

static struct {
	char id[UUID_HYPHENATED_SIZE];
	char key[UUID_TEXT_SIZE];
	char schema[CREDENTIALS_NAME_SIZE];
} communities[2];

static char folder[300];

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

void
courier_sql(int community, const char *text)
{
	char *filled = fill(text, community);

	server_sql(filled);
	free(filled);
}

int64_t
courier_number(int community, const char *text)
{
	char *filled = fill(text, community);
	int64_t result = server_number(filled);

	free(filled);
	return result;
}

static void
make_community(int community)
{
	struct uuid id = uuid_new();
	char password[128], statement[1024];

	uuid_format(id, communities[community].key);
	uuid_format_hyphenated(id, communities[community].id);
	credentials_name(
		communities[community].key, communities[community].schema);
	credentials_password(
		courier_tenant_key, communities[community].key, 1, password);
	courier_sql(community, "CREATE DATABASE {s}");
	server_tenant_tables(communities[community].schema);
	courier_sql(community,
		"INSERT INTO {s}.settings (name, description, colour,"
		" changed_at) VALUES ('Échange {k}', '', '#2f6f5e', NOW())");
	snprintf(statement, sizeof(statement),
		"CREATE USER {s}@localhost IDENTIFIED BY '%s';"
		"GRANT SELECT, INSERT, UPDATE, DELETE ON {s}.* TO"
		" {s}@localhost;"
		"INSERT INTO missiond_control.community (id, slug, `key`,"
		" state, generation, schema_version, cluster, configuration,"
		" applied_text, applied_sha256, applied_file, applied_by,"
		" applied_at, created_at) VALUES ('{i}', 'slug%d', '{k}',"
		" 'active', 1, 5, '', '', '', '', '', '', NOW(), NOW())",
		password, community);
	courier_sql(community, statement);
}

const char *
courier_folder(void)
{
	return folder;
}

void
courier_fixture_start(void)
{
	static const char *const control[] = {
		"schema/control/0001-registry.sql",
		"schema/control/0002-registry-views.sql",
		"schema/control/0004-mail-due.sql"};

	server_start();
	server_sql("CREATE DATABASE missiond_control CHARACTER SET utf8mb4"
		   " COLLATE utf8mb4_uca1400_ai_ci;"
		   "CREATE DATABASE missiond_registry CHARACTER SET utf8mb4"
		   " COLLATE utf8mb4_uca1400_ai_ci;"
		   "CREATE USER missiond_registry@localhost IDENTIFIED BY"
		   " 'registry';"
		   "GRANT SELECT, EXECUTE ON missiond_registry.* TO"
		   " missiond_registry@localhost");
	for (size_t i = 0; i < COUNT_OF(control); i++)
		server_script("missiond_control", control[i]);
	make_community(0);
	make_community(1);
	snprintf(folder, sizeof(folder), "%s/mail-XXXXXX", getenv("TMPDIR"));
	assert_non_null(mkdtemp(folder));
}

void
courier_fixture_stop(void)
{
	server_stop();
}

int
courier_count_files(const char *pattern)
{
	char command[512], answer[16] = "";
	FILE *pipe;

	snprintf(command, sizeof(command),
		"grep -l '%s' %s/*.eml 2>/dev/null | wc -l", pattern, folder);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(fgets(answer, sizeof(answer), pipe));
	pclose(pipe);
	return atoi(answer);
}

void
courier_put(int community, const char *recipient)
{
	char id[UUID_HYPHENATED_SIZE], statement[512];

	uuid_format_hyphenated(uuid_new(), id);
	snprintf(statement, sizeof(statement),
		"INSERT INTO {s}.outbox (id, recipient, language, subject,"
		" body, created_at, due_at) VALUES ('%s', '%s', 'fr', 'S',"
		" 'secret link', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
		id, recipient);
	courier_sql(community, statement);
	courier_move(community);
}

void
courier_move(int community)
{
	courier_sql(community, "CALL missiond_registry.community_moved("
			       "'[{\"community\": \"{i}\", \"kinds\": 4}]')");
}

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

	expectation->met = courier_number(expectation->community,
				   expectation->count) == expectation->expected;
	if (!expectation->met && clock_monotonic() < expectation->until)
		return;
	courier_stop(expectation->courier);
	loop_stop(server_loop);
}

bool
courier_runs_until(struct db_pool *pool, struct courier_settings settings,
	int community, const char *count, int64_t expected)
{
	struct expectation expectation = {community, count, expected,
		clock_monotonic() + PATIENCE, false, NULL};
	struct loop_timer *timer;

	assert_int_equal(smtp_start(NULL), 0);
	settings.pool = pool;
	settings.registry = &registry_account;
	memcpy(settings.tenant_key, courier_tenant_key, DIGEST_SIZE);
	settings.from = "no-reply@example.org";
	settings.attempts = 12;
	settings.side_by_side = 2;
	settings.poll = 50000;
	expectation.courier = courier_new(server_loop, &settings);
	timer = loop_timer_new(server_loop, 20000, 20000, look, &expectation);
	loop_run(server_loop);
	loop_timer_free(timer);
	courier_free(expectation.courier);
	return expectation.met;
}

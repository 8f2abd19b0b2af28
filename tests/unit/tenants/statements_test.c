/*
 * Every statement of every table, prepared on the real schemas as the account
 * that runs it: its question marks and columns are those of its records, and
 * what it reads it finds by a key.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/uuid.h"
#include "courier_registry.h"
#include "db/client.h"
#include "db/db.h"
#include "lifecycle_fixture.h"
#include "schema/migrate.h"
#include "tenants/credentials.h"
#include "tenants/epoch_sync.h"
#include "tenants/features.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/reality.h"
#include "tenants/registry.h"

#define PARAMETERS_MOST 96
#define COLUMNS_MOST	12 /* of EXPLAIN */
#define TEXT_SIZE	200

/* Plans without a key that are as they should be. */
static const struct {
	const char *statement, *table, *reason;
} exceptions[] = {
	{"roles.list", "appointment", "all of a short list are shown"},
	{"members.application_readers", "appointment", "admins are few"},
	{"accounts.token_expire", "api_token", "an hourly sweep of few rows"},
	{"accounts.attempt_expire", "attempt", "a sweep of the last hour's"},
	{"reality.without-schema", "community", "drift compares all"},
	{"reality.without-schema", "schemata", "drift compares all"},
	{"reality.orphans", "community", "drift compares all"},
	{"reality.orphans", "schemata", "drift compares all"},
	{"reality.orphans", "warm_schema", "drift compares all"},
	{"reality.cold", "schemata", "drift compares all"},
	{"warm.list", "warm_schema", "the pool is small"},
};

static struct uuid community;
static unsigned failures, checked, plans;

/* Who runs a statement, and who may see its plan: of a view only who has rights
 * on the tables behind it. */
struct sight {
	MYSQL *runs, *explains;
};

static MYSQL *
log_in(const char *user, const char *schema, const char *password)
{
	MYSQL *handle = mysql_init(NULL);

	if (mysql_real_connect(handle, NULL, user, password, schema, 0,
		    server_address.socket, 0) == NULL)
		fail_msg("%s: %s", user, mysql_error(handle));
	return handle;
}

static MYSQL *
log_in_with(const struct db_account *account)
{
	char password[128];

	account->password(account->owner, password);
	return log_in(account->user, account->schema, password);
}

static MYSQL *
log_in_as_community(void)
{
	char key[UUID_TEXT_SIZE], schema[CREDENTIALS_NAME_SIZE], password[128];
	struct lifecycle_settings settings =
		lifecycle_test_settings(server_loop, NULL, "-");

	uuid_format(community, key);
	credentials_name(key, schema);
	credentials_password(settings.subkey, key, 1, password);
	return log_in(schema, schema, password);
}

static void
complain(const struct db_statement *statement, const char *what,
	const char *detail)
{
	fprintf(stderr, "%s: %s: %s\n", statement->name, what, detail);
	failures++;
}

/* The record's fields one after another, nested ones in their place. */
static size_t
flatten(const struct record *record, const struct field **fields, size_t count)
{
	for (size_t i = 0; record != NULL && i < record->count; i++) {
		if (record->fields[i].type == FIELD_TYPE_RECORD) {
			count = flatten(
				record->fields[i].record, fields, count);
			continue;
		}
		assert_true(count < PARAMETERS_MOST);
		fields[count++] = &record->fields[i];
	}
	return count;
}

static void
check_columns(const struct db_statement *statement, MYSQL_STMT *handle)
{
	const struct field *fields[PARAMETERS_MOST];
	size_t count = flatten(statement->row, fields, 0);
	MYSQL_RES *result = mysql_stmt_result_metadata(handle);
	unsigned columns = result == NULL ? 0 : mysql_num_fields(result);

	/* What a procedure or a RETURNING gives is known only when it runs. */
	if (columns != count && strncmp(statement->sql, "CALL ", 5) != 0 &&
		strstr(statement->sql, " RETURNING ") == NULL)
		complain(statement, "columns", "another number than its row");
	for (unsigned i = 0; i < columns && i < count; i++) {
		const char *name = mysql_fetch_field_direct(result, i)->name;

		if (strcmp(name, fields[i]->name) != 0)
			complain(statement, "column", name);
	}
	mysql_free_result(result);
}

/* Values that are there, as far as one can tell from their type. */
static void
bind(MYSQL_BIND *binds, const struct field **fields, size_t count)
{
	static char text[] = "x", id[] = "01900000-0000-7000-8000-000000000007";
	static char bytes[32];
	static int64_t number = 7;
	static MYSQL_TIME now = {.year = 2026,
		.month = 11,
		.day = 23,
		.time_type = MYSQL_TIMESTAMP_DATETIME};

	memset(binds, 0, count * sizeof(*binds));
	for (size_t i = 0; i < count; i++) {
		MYSQL_BIND *at = &binds[i];

		switch (fields[i]->type) {
		case FIELD_TYPE_BOOLEAN:
		case FIELD_TYPE_INTEGER:
			at->buffer_type = MYSQL_TYPE_LONGLONG;
			at->buffer = &number;
			break;
		case FIELD_TYPE_TIME:
			at->buffer_type = MYSQL_TYPE_DATETIME;
			at->buffer = &now;
			at->buffer_length = sizeof(now);
			break;
		case FIELD_TYPE_UUID:
			at->buffer_type = MYSQL_TYPE_STRING;
			at->buffer = id;
			at->buffer_length = sizeof(id) - 1;
			break;
		case FIELD_TYPE_BYTES:
			at->buffer_type = MYSQL_TYPE_BLOB;
			at->buffer = bytes;
			at->buffer_length = sizeof(bytes);
			break;
		default:
			/* Keys of the control schema travel as text. */
			at->buffer_type = MYSQL_TYPE_STRING;
			at->buffer = strcmp(fields[i]->name, "community") == 0
					     ? id
					     : text;
			at->buffer_length = strlen(at->buffer);
			break;
		}
	}
}

/* One line of EXPLAIN. */
struct plan {
	char table[TEXT_SIZE], type[TEXT_SIZE], key[TEXT_SIZE];
	char extra[TEXT_SIZE];
};

static bool
is_excepted(const struct db_statement *statement, const struct plan *plan)
{
	for (size_t i = 0; i < COUNT_OF(exceptions); i++)
		if (strcmp(exceptions[i].statement, statement->name) == 0 &&
			strcmp(exceptions[i].table, plan->table) == 0)
			return true;
	return false;
}

static void
judge(const struct db_statement *statement, const struct plan *plan)
{
	char detail[3 * TEXT_SIZE];

	plans++;
	/* No table, a derived one, a single row: nothing to look for. */
	if (plan->table[0] == '\0' || plan->table[0] == '<' ||
		plan->key[0] != '\0' || strcmp(plan->type, "system") == 0)
		return;
	/* The table that an INSERT writes to. */
	if (strncmp(statement->sql, "INSERT", 6) == 0 && plan->extra[0] == '\0')
		return;
	if (is_excepted(statement, plan))
		return;
	snprintf(detail, sizeof(detail), "%s, %s (%s)", plan->table, plan->type,
		plan->extra);
	complain(statement, "reads without key", detail);
}

static void
read_plan(const struct db_statement *statement, MYSQL_STMT *handle)
{
	static char cells[COLUMNS_MOST][TEXT_SIZE];
	static unsigned long lengths[COLUMNS_MOST];
	static my_bool nulls[COLUMNS_MOST];
	MYSQL_BIND binds[COLUMNS_MOST] = {{0}};
	unsigned columns = mysql_stmt_field_count(handle);

	assert_in_range(columns, 10, COLUMNS_MOST);
	for (unsigned i = 0; i < columns; i++)
		binds[i] = (MYSQL_BIND){
			.buffer_type = MYSQL_TYPE_STRING,
			.buffer = cells[i],
			.buffer_length = TEXT_SIZE - 1,
			.length = &lengths[i],
			.is_null = &nulls[i],
		};
	mysql_stmt_bind_result(handle, binds);
	for (;;) {
		struct plan plan;
		int got;

		memset(cells, 0, sizeof(cells));
		got = mysql_stmt_fetch(handle);
		if (got != 0 && got != MYSQL_DATA_TRUNCATED)
			break;
		for (unsigned i = 0; i < columns; i++)
			if (nulls[i])
				cells[i][0] = '\0';
		/* id, select_type, table, type, possible_keys, key,
		 * key_len, ref, rows, Extra */
		memcpy(plan.table, cells[2], TEXT_SIZE);
		memcpy(plan.type, cells[3], TEXT_SIZE);
		memcpy(plan.key, cells[5], TEXT_SIZE);
		memcpy(plan.extra, cells[columns - 1], TEXT_SIZE);
		judge(statement, &plan);
	}
}

static void
explain(MYSQL *connection, const struct db_statement *statement)
{
	const struct field *fields[PARAMETERS_MOST];
	MYSQL_BIND binds[PARAMETERS_MOST];
	size_t count = flatten(statement->parameters, fields, 0);
	MYSQL_STMT *handle = mysql_stmt_init(connection);
	char *sql;

	assert_true(asprintf(&sql, "EXPLAIN %s", statement->sql) > 0);
	bind(binds, fields, count);
	if (mysql_stmt_prepare(handle, sql, strlen(sql)) != 0 ||
		(count > 0 && mysql_stmt_bind_param(handle, binds) != 0) ||
		mysql_stmt_execute(handle) != 0 ||
		mysql_stmt_store_result(handle) != 0)
		complain(statement, "EXPLAIN", mysql_stmt_error(handle));
	else
		read_plan(statement, handle);
	mysql_stmt_close(handle);
	free(sql);
}

static void
check(const struct sight *sight, const struct db_statement *statement)
{
	const struct field *fields[PARAMETERS_MOST];
	size_t count = flatten(statement->parameters, fields, 0);
	MYSQL_STMT *handle = mysql_stmt_init(sight->runs);

	checked++;
	if (mysql_stmt_prepare(
		    handle, statement->sql, strlen(statement->sql)) != 0) {
		complain(statement, "PREPARE", mysql_stmt_error(handle));
		mysql_stmt_close(handle);
		return;
	}
	if (mysql_stmt_param_count(handle) != count)
		complain(statement, "parameters",
			"another number of question marks than its record");
	check_columns(statement, handle);
	mysql_stmt_close(handle);
	/* Of a CALL there is no plan; its procedure reads by keys it names. */
	if (strncmp(statement->sql, "CALL ", 5) != 0)
		explain(sight->explains, statement);
}

static void
check_all(MYSQL *runs, MYSQL *explains,
	const struct db_statement *const *statements, size_t count)
{
	const struct sight sight = {runs, explains == NULL ? runs : explains};

	for (size_t i = 0; i < count; i++)
		check(&sight, statements[i]);
	mysql_close(runs);
	mysql_close(explains);
}

/* Of the registry's views. */
static void
check_registry(const struct db_statement *const *statements, size_t count)
{
	check_all(log_in("missiond_registry", "missiond_registry", "registry"),
		log_in("root", "missiond_registry", ""), statements, count);
}

static size_t
count_of(const struct db_statement *const *statements)
{
	size_t count = 0;

	while (statements[count] != NULL)
		count++;
	return count;
}

static void
check_steward(const struct db_statement *const *statements)
{
	check_all(log_in_with(&lifecycle_steward), NULL, statements,
		count_of(statements));
}

/* Enough rows that a key pays: on an empty table every plan is good. */
static const char fill[] =
	"USE {s};"
	"SET @id = '01900000-0000-7000-8000-';"
	"INSERT INTO member_root SELECT CONCAT(@id, LPAD(seq, 12, '0'))"
	" FROM mysql.numbers;"
	"INSERT INTO member (id, username, email, name, state, joined_at,"
	" given_at) SELECT CONCAT(@id, LPAD(seq, 12, '0')), CONCAT('u', seq),"
	" CONCAT('e', seq), CONCAT('n', seq), ELT(1 + seq % 6, 'unconfirmed',"
	" 'pending', 'active', 'suspended', 'declined', 'left'),"
	" NOW() - INTERVAL seq HOUR, NOW() FROM mysql.numbers;"
	"INSERT INTO member_password SELECT id, 'x', NOW() FROM member;"
	"INSERT INTO member_detail SELECT id, 'phone', 'x', 'self', NOW(),"
	" NULL FROM member;"
	"INSERT INTO session SELECT id, UNHEX(SHA2(id, 256)), id, NOW(),"
	" joined_at, joined_at, '::', 'x' FROM member;"
	"INSERT INTO api_token SELECT id, UNHEX(SHA2(id, 256)), id, 'x',"
	" joined_at, NULL, joined_at FROM member;"
	"INSERT INTO link_token SELECT id, UNHEX(SHA2(id, 256)), 'reset', id,"
	" NULL, joined_at, joined_at, NULL FROM member;"
	"INSERT INTO terms_acceptance SELECT id, '1', UNHEX(SHA2('', 256)),"
	" 'en', NOW(), '::' FROM member;"
	"INSERT INTO appointment SELECT id, 'members', NULL, joined_at FROM"
	" member WHERE username LIKE 'u%00';"
	"INSERT INTO invitation SELECT id, UNHEX(SHA2(id, 256)), NULL, '', 1,"
	" 0, NULL, joined_at, joined_at, NULL FROM member;"
	"INSERT INTO audit (id, at, actor, action, office, subject,"
	" details_sha256, canonical) SELECT id, NOW(), pseudonym, 'x',"
	" username LIKE 'u%00', pseudonym, REPEAT('x', 32), '' FROM member;"
	"INSERT INTO audit_detail SELECT id, REPEAT('x', 16), '::', 'x',"
	" IF(username LIKE 'u%00', NULL, joined_at + INTERVAL 1 YEAR) FROM"
	" member;"
	"INSERT INTO listing (id, author, kind, category, title, body, excerpt,"
	" state, posted_at, changed_at) SELECT id, id, IF(username < 'u5',"
	" 'offer', 'request'), CONCAT('c', RIGHT(username, 1)), 't', 'b', 'b',"
	" IF(username LIKE '%0', 'withdrawn', 'open'), joined_at, joined_at"
	" FROM member;"
	"INSERT INTO outbox (id, recipient, language, subject, body, state,"
	" created_at, due_at, finished_at) SELECT id, 'x', 'en', 's', 'b',"
	" IF(username LIKE '%00', 'waiting', 'sent'), joined_at, joined_at,"
	" NOW() - INTERVAL SUBSTR(username, 2) MINUTE FROM member;"
	"ANALYZE TABLE member, member_password, member_detail, session,"
	" api_token, link_token, terms_acceptance, appointment, invitation,"
	" audit, audit_detail, listing, outbox";

static const char fill_control[] =
	"USE missiond_control;"
	"SET @id = '01900000-0000-7000-8000-';"
	"INSERT INTO community (id, slug, `key`, state, schema_version,"
	" cluster, configuration, applied_text, applied_sha256, applied_file,"
	" applied_by, applied_at, created_at) SELECT CONCAT(@id, LPAD(seq, 12,"
	" '0')), CONCAT('s', seq), LPAD(seq, 26, '0'), 'active',"
	" IF(seq < 10, 4, 7), 'default',"
	" '{}', '', REPEAT('x', 32), 'f', 'o', NOW(), NOW() FROM"
	" mysql.numbers;"
	"INSERT INTO community_domain SELECT slug, id, 1 FROM community;"
	"INSERT INTO community_state SELECT id, 1, 1, 1, NOW() - INTERVAL"
	" CRC32(slug) SECOND, NULL FROM community WHERE `key` LIKE '0%'"
	" ON DUPLICATE KEY UPDATE epoch = 1;"
	"INSERT INTO job (id, kind, community, state, steps, due_at,"
	" requested_by, created_at) SELECT id, 'provision', id, IF(slug LIKE"
	" '%00', 'waiting', 'done'), 6, NOW(), 'o', NOW() FROM community WHERE"
	" `key` LIKE '0%' ON DUPLICATE KEY UPDATE step = 0;"
	"INSERT INTO schema_migration SELECT id, 1, 'f', REPEAT('x', 32), 1,"
	" NOW(), NOW() FROM community WHERE slug LIKE 's%';"
	"INSERT INTO warm_schema SELECT id, RIGHT(`key`, 4), `key`, IF(slug LIKE"
	" '%0', 'ready', 'making'), 4, NOW() FROM community WHERE slug LIKE"
	" 's%' AND RIGHT(`key`, 4) <= 1000;"
	"ANALYZE TABLE community, community_domain, community_state, job,"
	" schema_migration, warm_schema";

static void
fill_tables(void)
{
	server_sql("SET max_recursive_iterations = 10000;"
		   "CREATE TABLE mysql.numbers (seq INT PRIMARY KEY);"
		   "INSERT INTO mysql.numbers WITH RECURSIVE n AS (SELECT 1 AS"
		   " seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 4000)"
		   " SELECT seq FROM n");
	lifecycle_sql(community, fill);
	server_sql(fill_control);
}

static void
every_statement_fits_its_schema(void **state)
{
	(void)state;
	struct control_applied applied = lifecycle_apply_now("tested", "");

	assert_true(lifecycle_runs_until_done(applied.job, "one"));
	community = applied.community;
	fill_tables();
	for (size_t i = 0; features[i] != NULL; i++)
		check_all(log_in_as_community(), NULL, features[i]->statements,
			features[i]->statement_count);
	check_registry(registry_statements, 2);
	check_all(log_in_as_community(), NULL, registry_statements + 2, 1);
	check_registry(courier_registry_statements,
		count_of(courier_registry_statements));
	check_registry(epoch_sync_statements, count_of(epoch_sync_statements));
	check_steward(lifecycle_statements);
	check_steward(reality_statements);
	check_steward(migrate_statements);
	printf("%u statements, %u plans\n", checked, plans);
	assert_int_equal(failures, 0);
	assert_true(checked > 80 && plans > 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_fits_its_schema)};

	return cmocka_run_group_tests(
		tests, lifecycle_set_up, lifecycle_tear_down);
}

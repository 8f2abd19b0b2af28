/*
 * hostile_sql.c: what a worker that was taken over can do to the database: it
 * holds the subkey of all communities' passwords and the registry's password.
 * Every attempt is a row with the answer that is expected, an allowed one too;
 * each writes a line "hostile sql WHO | ATTEMPT | GOT | EXPECTED" to standard
 * error. tests/system/test_privileges.py compares and prints the table.
 */
#include "hostile_sql.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/record.h"
#include "child.h"
#include "crypto/digest.h"
#include "db/client.h"
#include "secret.h"
#include "tenants/credentials.h"

/* What is asked for is not there for whoever asks: no row, or NULL. */
#define NOTHING ""

enum who { A_COMMUNITY, THE_REGISTRY, WHO_COUNT };

static const char *const who_names[WHO_COUNT] = {"community", "registry"};

struct attempt {
	enum who who;
	unsigned expected; /* the server's number */
	const char *value; /* all values of the answer; NULL: whatever */
	const char *sql;
};

/* {self} and {other} are names of schemas and accounts, {key} the other's key,
 * {session} a session of the other's. */
static const struct attempt attempts[] = {
	/* Allowed: its own community is what a worker serves. */
	{A_COMMUNITY, 0, "1", "SELECT COUNT(*) > 0 FROM member"},
	{A_COMMUNITY, 0, "{self}@%", "SELECT CURRENT_USER()"},
	{A_COMMUNITY, 0, "1", "SELECT GET_LOCK('hostile', 0)"},
	{A_COMMUNITY, 0, NULL, "SET SESSION max_statement_time = 0"},
	{A_COMMUNITY, 0, NULL,
		"INSERT INTO audit (id, at, action, office, details_sha256, "
		"canonical) VALUES (UUID(), UTC_TIMESTAMP(6), 'hostile', 1, "
		"REPEAT('x', 32), 'x')"},
	/* Its audit list: nothing changes, nothing goes. */
	{A_COMMUNITY, 1644, NULL, "UPDATE audit SET action = 'nothing'"},
	{A_COMMUNITY, 1644, NULL, "UPDATE IGNORE audit SET action = 'nothing'"},
	{A_COMMUNITY, 1644, NULL, "UPDATE audit SET action = action LIMIT 1"},
	{A_COMMUNITY, 1644, NULL,
		"UPDATE audit JOIN member ON TRUE SET audit.actor = NULL"},
	{A_COMMUNITY, 1644, NULL, "DELETE FROM audit"},
	{A_COMMUNITY, 1644, NULL, "DELETE IGNORE FROM audit"},
	{A_COMMUNITY, 1644, NULL, "DELETE QUICK FROM audit LIMIT 1"},
	{A_COMMUNITY, 1644, NULL,
		"DELETE audit FROM audit JOIN member ON TRUE"},
	{A_COMMUNITY, 1644, NULL,
		"REPLACE INTO audit SELECT * FROM audit LIMIT 1"},
	{A_COMMUNITY, 1644, NULL,
		"INSERT INTO audit SELECT * FROM audit AS was LIMIT 1 "
		"ON DUPLICATE KEY UPDATE action = 'nothing'"},
	{A_COMMUNITY, 1644, NULL,
		"INSERT IGNORE INTO audit SELECT * FROM audit AS was LIMIT 1 "
		"ON DUPLICATE KEY UPDATE action = 'nothing'"},
	{A_COMMUNITY, 1142, NULL, "TRUNCATE TABLE audit"},
	{A_COMMUNITY, 1142, NULL, "DROP TABLE audit"},
	{A_COMMUNITY, 1142, NULL, "ALTER TABLE audit DROP COLUMN actor"},
	{A_COMMUNITY, 1142, NULL, "ALTER TABLE audit AUTO_INCREMENT = 1"},
	{A_COMMUNITY, 1142, NULL, "RENAME TABLE audit TO audit_before"},
	{A_COMMUNITY, 1142, NULL, "DROP TRIGGER audit_no_update"},
	{A_COMMUNITY, 1142, NULL, "DROP TRIGGER audit_no_delete"},
	{A_COMMUNITY, 1142, NULL,
		"CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON "
		"audit FOR EACH ROW SET @nothing = 1"},
	{A_COMMUNITY, 1142, NULL,
		"CREATE TRIGGER hostile BEFORE UPDATE ON audit FOR EACH ROW "
		"PRECEDES audit_no_update SET @nothing = 1"},
	{A_COMMUNITY, 1045, NULL,
		"LOAD DATA INFILE '/etc/hostname' REPLACE INTO TABLE audit"},
	{A_COMMUNITY, 1044, NULL, "LOCK TABLES audit WRITE"},
	/* Definitions. */
	{A_COMMUNITY, 1142, NULL, "CREATE TABLE hostile (id INT)"},
	{A_COMMUNITY, 1044, NULL, "CREATE TEMPORARY TABLE hostile (id INT)"},
	{A_COMMUNITY, 1142, NULL, "CREATE TABLE hostile SELECT * FROM member"},
	{A_COMMUNITY, 1142, NULL, "CREATE VIEW hostile AS SELECT 1 AS one"},
	{A_COMMUNITY, 1142, NULL, "CREATE INDEX hostile ON member (id)"},
	{A_COMMUNITY, 1142, NULL, "CREATE SEQUENCE hostile"},
	{A_COMMUNITY, 1044, NULL, "CREATE PROCEDURE hostile() SELECT 1"},
	{A_COMMUNITY, 1044, NULL,
		"CREATE FUNCTION hostile() RETURNS INT RETURN 1"},
	{A_COMMUNITY, 1044, NULL,
		"CREATE EVENT hostile ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
	{A_COMMUNITY, 1044, NULL, "CREATE DATABASE hostile"},
	{A_COMMUNITY, 1044, NULL, "DROP DATABASE {self}"},
	{A_COMMUNITY, 1044, NULL, "DROP DATABASE {other}"},
	{A_COMMUNITY, 1142, NULL, "DROP TABLE member"},
	{A_COMMUNITY, 1142, NULL, "ALTER TABLE member DROP COLUMN id"},
	{A_COMMUNITY, 1142, NULL, "TRUNCATE TABLE member"},
	/* Accounts and rights. */
	{A_COMMUNITY, 1227, NULL, "CREATE USER hostile"},
	{A_COMMUNITY, 1227, NULL, "CREATE ROLE hostile"},
	{A_COMMUNITY, 1227, NULL, "EXECUTE IMMEDIATE 'CREATE USER hostile'"},
	{A_COMMUNITY, 1227, NULL, "BEGIN NOT ATOMIC CREATE USER hostile; END"},
	{A_COMMUNITY, 1227, NULL, "ALTER USER root@localhost ACCOUNT LOCK"},
	{A_COMMUNITY, 1227, NULL, "ALTER USER {other}@'%' ACCOUNT LOCK"},
	{A_COMMUNITY, 1227, NULL, "DROP USER {other}@'%'"},
	{A_COMMUNITY, 1044, NULL,
		"SET PASSWORD FOR {other}@'%' = PASSWORD('hostile')"},
	{A_COMMUNITY, 1044, NULL,
		"SET PASSWORD FOR root@localhost = PASSWORD('hostile')"},
	{A_COMMUNITY, 1044, NULL, "GRANT SELECT ON {self}.* TO {other}@'%'"},
	{A_COMMUNITY, 1044, NULL, "GRANT ALL ON {other}.* TO {self}@'%'"},
	{A_COMMUNITY, 1045, NULL, "GRANT ALL ON *.* TO {self}@'%'"},
	{A_COMMUNITY, 1698, NULL, "GRANT PROXY ON root TO {self}@'%'"},
	{A_COMMUNITY, 1044, NULL, "SHOW GRANTS FOR {other}@'%'"},
	{A_COMMUNITY, 1044, NULL, "SHOW GRANTS FOR root@localhost"},
	{A_COMMUNITY, 1044, NULL, "SHOW CREATE USER {other}@'%'"},
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM mysql.global_priv"},
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM mysql.user"},
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM mysql.db"},
	{A_COMMUNITY, 1142, NULL, "UPDATE mysql.global_priv SET Priv = '{}'"},
	{A_COMMUNITY, 1142, NULL, "DELETE FROM mysql.proc"},
	{A_COMMUNITY, 1142, NULL, "INSERT INTO mysql.func VALUES ()"},
	/* The procedures that make accounts, and the host's tables. */
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_accounts.community_account_create('{key}', "
		"REPEAT('0', 64), 100)"},
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_accounts.community_account_rotate('{key}', "
		"REPEAT('0', 64))"},
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_accounts.community_account_lock('{key}')"},
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_accounts.community_account_unlock('{key}')"},
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_accounts.community_account_drop('{key}')"},
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM missiond_control.community"},
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM missiond_registry.community"},
	{A_COMMUNITY, 1370, NULL,
		"CALL missiond_registry.community_moved('[]')"},
	/* The other community. */
	{A_COMMUNITY, 1142, NULL, "SELECT * FROM {other}.member"},
	{A_COMMUNITY, 1142, NULL, "INSERT INTO {other}.settings VALUES ()"},
	{A_COMMUNITY, 1142, NULL, "UPDATE {other}.member SET id = id"},
	{A_COMMUNITY, 1142, NULL, "DELETE FROM {other}.member"},
	{A_COMMUNITY, 1044, NULL, "USE {other}"},
	{A_COMMUNITY, 1095, NULL, "KILL CONNECTION {session}"},
	{A_COMMUNITY, 1095, NULL, "KILL QUERY {session}"},
	{A_COMMUNITY, 1044, NULL, "SHOW TABLES FROM {other}"},
	{A_COMMUNITY, 0, "{self}", "SHOW DATABASES LIKE '%c%m%n%y%'"},
	{A_COMMUNITY, 0, NOTHING, "SHOW DATABASES LIKE '{other}'"},
	{A_COMMUNITY, 0, NOTHING, "SHOW DATABASES LIKE 'm%'"},
	{A_COMMUNITY, 0, NOTHING,
		"SELECT table_name FROM information_schema.tables "
		"WHERE table_schema = '{other}'"},
	{A_COMMUNITY, 0, NOTHING,
		"SELECT grantee FROM information_schema.schema_privileges "
		"WHERE grantee NOT LIKE '%{self}%'"},
	{A_COMMUNITY, 0, NOTHING,
		"SELECT user FROM information_schema.processlist "
		"WHERE user <> '{self}'"},
	{A_COMMUNITY, 0, NOTHING,
		"SELECT routine_name FROM information_schema.routines "
		"WHERE routine_schema NOT IN ('sys')"},
	/* Files of the server and of the worker. */
	{A_COMMUNITY, 1227, NULL, "SELECT 1 INTO OUTFILE '/tmp/hostile'"},
	{A_COMMUNITY, 1227, NULL, "SELECT 1 INTO DUMPFILE '/tmp/hostile'"},
	{A_COMMUNITY, 1045, NULL,
		"LOAD DATA INFILE '/etc/passwd' INTO TABLE settings"},
	{A_COMMUNITY, 0, NOTHING, "SELECT LOAD_FILE('/etc/passwd')"},
	{A_COMMUNITY, 4166, NULL,
		"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE settings"},
	/* The server as a whole. */
	{A_COMMUNITY, 1227, NULL, "SET GLOBAL general_log = 1"},
	{A_COMMUNITY, 1227, NULL, "SET GLOBAL read_only = 1"},
	{A_COMMUNITY, 1227, NULL, "SET GLOBAL init_connect = 'SELECT 1'"},
	{A_COMMUNITY, 1227, NULL, "SET SESSION sql_log_bin = 0"},
	{A_COMMUNITY, 1227, NULL, "SHUTDOWN"},
	{A_COMMUNITY, 1227, NULL, "FLUSH PRIVILEGES"},
	{A_COMMUNITY, 1227, NULL, "FLUSH TABLES WITH READ LOCK"},
	{A_COMMUNITY, 1227, NULL, "SHOW ENGINE INNODB STATUS"},
	{A_COMMUNITY, 1142, NULL, "INSTALL SONAME 'hostile'"},
	{A_COMMUNITY, 1044, NULL,
		"CREATE FUNCTION hostile RETURNS INT SONAME 'hostile.so'"},
	{A_COMMUNITY, 1227, NULL, "CHANGE MASTER TO MASTER_HOST = '127.0.0.1'"},
	/* The registry's account: what workers may see of all communities, and
	 * that something moved. */
	{THE_REGISTRY, 0, "2", "SELECT COUNT(*) FROM community"},
	{THE_REGISTRY, 0, NULL, "CALL community_moved('[]')"},
	{THE_REGISTRY, 0, NULL, "CALL community_mail_seen(UUID(), 0, NULL)"},
	{THE_REGISTRY, 1142, NULL, "UPDATE community SET state = 'purged'"},
	{THE_REGISTRY, 1142, NULL, "UPDATE domain SET domain = 'hostile'"},
	{THE_REGISTRY, 1142, NULL, "DELETE FROM community_state"},
	{THE_REGISTRY, 1142, NULL, "INSERT INTO domain VALUES ()"},
	{THE_REGISTRY, 1142, NULL, "DROP VIEW community"},
	{THE_REGISTRY, 1142, NULL, "CREATE TABLE hostile (id INT)"},
	{THE_REGISTRY, 1142, NULL,
		"CREATE OR REPLACE VIEW community AS SELECT 1 AS one"},
	{THE_REGISTRY, 1044, NULL, "CREATE PROCEDURE hostile() SELECT 1"},
	{THE_REGISTRY, 1370, NULL, "DROP PROCEDURE community_moved"},
	{THE_REGISTRY, 1142, NULL, "SELECT * FROM missiond_control.community"},
	{THE_REGISTRY, 1142, NULL, "SELECT * FROM missiond_control.job"},
	{THE_REGISTRY, 1142, NULL, "UPDATE missiond_control.job SET id = id"},
	{THE_REGISTRY, 1142, NULL, "DELETE FROM missiond_control.host_audit"},
	{THE_REGISTRY, 1142, NULL, "SELECT * FROM {self}.member"},
	{THE_REGISTRY, 1142, NULL, "DELETE FROM {self}.audit"},
	{THE_REGISTRY, 1370, NULL,
		"CALL missiond_accounts.community_account_lock('{key}')"},
	{THE_REGISTRY, 1370, NULL,
		"CALL missiond_accounts.community_account_create('{key}', "
		"REPEAT('0', 64), 100)"},
	{THE_REGISTRY, 1142, NULL, "SELECT * FROM mysql.global_priv"},
	{THE_REGISTRY, 1227, NULL, "CREATE USER hostile"},
	{THE_REGISTRY, 1044, NULL, "GRANT SELECT ON {self}.* TO CURRENT_USER"},
	{THE_REGISTRY, 1227, NULL, "SET GLOBAL general_log = 1"},
	{THE_REGISTRY, 1095, NULL, "KILL CONNECTION {session}"},
	{THE_REGISTRY, 1227, NULL, "SELECT 1 INTO OUTFILE '/tmp/hostile'"},
	{THE_REGISTRY, 0, NOTHING, "SELECT LOAD_FILE('/etc/passwd')"},
	{THE_REGISTRY, 0, "missiond_registry", "SHOW DATABASES LIKE 'm%'"},
	{THE_REGISTRY, 0, NOTHING, "SHOW DATABASES LIKE 'community%'"},
};

/* What the worker knows. */
struct loot {
	const unsigned char *tenant_key, *registry_key, *form_key;
	char keys[2][40];
	long long generations[2];
	char names[2][CREDENTIALS_NAME_SIZE];
	char passwords[2][128];
	char registry_password[128];
	char session[32];
};

static void
say(const char *who, const char *attempt, const char *got, const char *expected)
{
	char line[1200];
	int length = snprintf(line, sizeof(line),
		"hostile sql %s | %.400s | %.300s | %.300s\n", who, attempt,
		got, expected);

	if (write(STDERR_FILENO, line, (size_t)length) < 0)
		abort();
}

static MYSQL *
log_in(const char *user, const char *password, const char *schema)
{
	MYSQL *handle = mysql_init(NULL);
	/* An attacker's client has it on. */
	const unsigned on = 1;

	mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &on);
	(void)mysql_real_connect(handle, NULL, user, password, schema, 0,
		getenv("HOSTILE_DATABASE"), 0);
	return handle;
}

static void
fill(const struct loot *loot, const char *text, char *filled, size_t size)
{
	const struct {
		const char *mark, *value;
	} marks[] = {
		{"{self}", loot->names[0]},
		{"{other}", loot->names[1]},
		{"{key}", loot->keys[1]},
		{"{session}", loot->session},
	};
	size_t length = 0;

	while (*text != '\0' && length + 1 < size) {
		size_t i = 0;

		while (i < COUNT_OF(marks) &&
			strncmp(text, marks[i].mark, strlen(marks[i].mark)) !=
				0)
			i++;
		if (i == COUNT_OF(marks)) {
			filled[length++] = *text++;
			continue;
		}
		snprintf(filled + length, size - length, "%s", marks[i].value);
		length += strlen(filled + length);
		text += strlen(marks[i].mark);
	}
	filled[length] = '\0';
}

/* All values of the answer, one after another; NULLs are nothing. */
static void
read_answer(MYSQL *handle, char *value, size_t size)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	value[0] = '\0';
	do {
		result = mysql_store_result(handle);
		while (result != NULL && (row = mysql_fetch_row(result))) {
			for (unsigned i = 0; i < mysql_num_fields(result); i++)
				if (row[i] != NULL)
					snprintf(value + strlen(value),
						size - strlen(value), "%s%s",
						value[0] == '\0' ? "" : " ",
						row[i]);
		}
		mysql_free_result(result);
	} while (mysql_next_result(handle) == 0);
}

static void
try_statement(
	const struct loot *loot, MYSQL *handle, const struct attempt *attempt)
{
	char sql[600], value[280] = "", got[300], expected[300];

	fill(loot, attempt->sql, sql, sizeof(sql));
	if (mysql_real_query(handle, sql, strlen(sql)) == 0)
		read_answer(handle, value, sizeof(value));
	if (attempt->value == NULL) {
		snprintf(got, sizeof(got), "%u", mysql_errno(handle));
		snprintf(expected, sizeof(expected), "%u", attempt->expected);
	} else {
		char filled[200];

		fill(loot, attempt->value, filled, sizeof(filled));
		snprintf(got, sizeof(got), "%u \"%s\"", mysql_errno(handle),
			value);
		snprintf(expected, sizeof(expected), "%u \"%s\"",
			attempt->expected, filled);
	}
	say(who_names[attempt->who], attempt->sql, got, expected);
}

static void
try_log_in(const char *attempt, const char *user, const char *password,
	const char *expected)
{
	MYSQL *handle = log_in(user, password, NULL);
	char got[20];

	snprintf(got, sizeof(got), "%u", mysql_errno(handle));
	say("log-in", attempt, got, expected);
	mysql_close(handle);
}

/* Is another's password to be had from what is at hand? */
static void
try_log_ins(const struct loot *loot)
{
	const unsigned char *keys[] = {
		loot->tenant_key, loot->registry_key, loot->form_key};
	unsigned char own[DIGEST_SIZE], derived[DIGEST_SIZE];
	char password[128];

	/* docs/security.md says so: a worker serves them all. */
	try_log_in("the other with the password of the subkey", loot->names[1],
		loot->passwords[1], "0");
	try_log_in("the other with the own community's password",
		loot->names[1], loot->passwords[0], "1045");
	if (digest_parse_hex(loot->passwords[0], own) < 0)
		abort();
	credentials_password(
		own, loot->keys[1], loot->generations[1], password);
	try_log_in("the other, derived from the own community's password",
		loot->names[1], password, "1045");
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		digest_hkdf(keys[i], SECRET_STEWARD_PASSWORD, derived,
			sizeof(derived));
		digest_hex(derived, password);
		try_log_in("the steward, derived from a worker's key",
			"missiond_steward", password, "1045");
		digest_hex(keys[i], password);
		try_log_in("the steward with a worker's key",
			"missiond_steward", password, "1045");
	}
	try_log_in("the registry with its own password", "missiond_registry",
		loot->registry_password, "0");
	try_log_in("the steward with the registry's password",
		"missiond_steward", loot->registry_password, "1045");
	try_log_in("the steward without", "missiond_steward", "", "1045");
	try_log_in("the procedures' definer", "missiond_definer", "", "4151");
	try_log_in("root", "root", "", "1698");
	try_log_in("nobody", "", "", "1045");
}

static void
find_communities(struct loot *loot, MYSQL *registry)
{
	static const char sql[] =
		"SELECT `key`, generation FROM community ORDER BY slug LIMIT 2";
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (mysql_real_query(registry, sql, sizeof(sql) - 1) != 0)
		abort();
	result = mysql_store_result(registry);
	for (int i = 0; i < 2; i++) {
		row = mysql_fetch_row(result);
		if (row == NULL)
			abort();
		snprintf(loot->keys[i], sizeof(loot->keys[i]), "%s", row[0]);
		loot->generations[i] = atoll(row[1]);
		credentials_name(loot->keys[i], loot->names[i]);
		credentials_password(loot->tenant_key, loot->keys[i],
			loot->generations[i], loot->passwords[i]);
	}
	mysql_free_result(result);
}

void
hostile_sql(void)
{
	const struct child child = {.name = "hostile"};
	struct loot loot = {
		.tenant_key = child_key(&child, SECRET_TENANT_PASSWORDS),
		.registry_key = child_key(&child, SECRET_REGISTRY_PASSWORD),
		.form_key = child_key(&child, SECRET_FORM_TOKENS),
	};
	MYSQL *accounts[WHO_COUNT], *other;

	mysql_thread_init();
	digest_hex(loot.registry_key, loot.registry_password);
	accounts[THE_REGISTRY] = log_in("missiond_registry",
		loot.registry_password, "missiond_registry");
	find_communities(&loot, accounts[THE_REGISTRY]);
	accounts[A_COMMUNITY] =
		log_in(loot.names[0], loot.passwords[0], loot.names[0]);
	other = log_in(loot.names[1], loot.passwords[1], loot.names[1]);
	snprintf(loot.session, sizeof(loot.session), "%lu",
		mysql_thread_id(other));
	for (size_t i = 0; i < COUNT_OF(attempts); i++)
		try_statement(&loot, accounts[attempts[i].who], &attempts[i]);
	say("community", "the other's session afterwards",
		mysql_ping(other) == 0 ? "lives" : "ended", "lives");
	try_log_ins(&loot);
	mysql_close(other);
	for (size_t i = 0; i < WHO_COUNT; i++)
		mysql_close(accounts[i]);
	mysql_thread_end();
}

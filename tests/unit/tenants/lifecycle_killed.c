#include "lifecycle_killed.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/error.h"
#include "lifecycle_fixture.h"
#include "loop/loop.h"
#include "tenants/lifecycle/lifecycle.h"

/* On this socket until it is killed. */
int
lifecycle_be_steward(char **arguments)
{
	const struct db_address address = {.socket = arguments[1]};
	struct loop *loop = loop_new();
	struct db_pool *pool = db_pool_new(loop, &address, &server_limits);
	struct lifecycle_settings settings;
	struct error error;

	lifecycle_test_warm = atoi(arguments[2]);
	settings = lifecycle_test_settings(loop, pool, "steward");
	if (lifecycle_start(&settings, &error) == NULL)
		return 1;
	alarm(120); /* should nothing kill it */
	loop_run(loop);
	return 0;
}

void
lifecycle_run_until_killed(const char *where)
{
	char warm[20];
	char program[512] = "";
	int status;
	pid_t child;

	/* Under Valgrind the link itself leads elsewhere. */
	assert_true(
		readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setenv("MISSIOND_CRASH_AT", where, 1);
		snprintf(warm, sizeof(warm), "%d", (int)lifecycle_test_warm);
		execl(program, "steward", server_address.socket, warm,
			(char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

int64_t
lifecycle_digest(struct uuid id)
{
	return lifecycle_number(id,
		"SELECT CONV(LEFT(MD5(CONCAT_WS('|',"
		"(SELECT GROUP_CONCAT(table_name, column_name, column_type,"
		" is_nullable ORDER BY table_name, ordinal_position) FROM"
		" information_schema.columns WHERE table_schema = '{s}'),"
		"(SELECT GROUP_CONCAT(table_name, index_name, column_name"
		" ORDER BY table_name, index_name, seq_in_index) FROM"
		" information_schema.statistics WHERE table_schema = '{s}'),"
		"(SELECT GROUP_CONCAT(trigger_name ORDER BY trigger_name) FROM"
		" information_schema.triggers WHERE trigger_schema = '{s}'),"
		"(SELECT GROUP_CONCAT(privilege_type ORDER BY privilege_type)"
		" FROM information_schema.schema_privileges WHERE table_schema"
		" = '{s}' AND grantee = '\\'{s}\\'@\\'%\\''),"
		"(SELECT CONCAT(name, description, colour) FROM {s}.settings),"
		"(SELECT GROUP_CONCAT(HEX(sha256), kind, language ORDER BY"
		" sha256, kind, language) FROM {s}.legal_text),"
		"(SELECT COUNT(*) FROM {s}.link_token),"
		"(SELECT COUNT(*) FROM {s}.link_token WHERE purpose = 'claim'"
		" AND used_at IS NULL AND expires_at > UTC_TIMESTAMP(6)),"
		"(SELECT COUNT(*) FROM {s}.outbox),"
		"(SELECT GROUP_CONCAT(state, recipient, subject) FROM"
		" {s}.outbox),"
		"(SELECT CONCAT(state, schema_version) FROM"
		" missiond_control.community WHERE CONCAT('community', `key`) ="
		" '{s}')"
		")), 15), 16, 10)");
}

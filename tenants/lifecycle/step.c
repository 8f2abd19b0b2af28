#include "tenants/lifecycle/step.h"

#include "base/arena.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "db/script.h"
#include "loop/task.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/work.h"

/* Between looks whether others still run. */
#define GIVE_WAY (50 * INT64_C(1000))

int
step_make_schema(struct work *work)
{
	const char *sql = arena_printf(work->arena,
		"CREATE DATABASE IF NOT EXISTS `%s`"
		" CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci",
		work->community.schema);

	return db_script(work->control, sql, NULL, &work->error);
}

int
step_make_account(struct work *work)
{
	const struct control_community *row = &work->community.row;
	char password[128];
	const struct control_account account = {
		.key = row->key,
		.password = password,
		.connections = work->settings->connections,
	};
	int64_t outcome;

	credentials_password(
		work->settings->subkey, row->key, row->generation, password);
	outcome =
		db_execute(work->control, &control_account_statement, &account);
	digest_wipe(password, sizeof(password));
	return outcome < 0 ? work_database(work, "making the account") : 0;
}

int
step_drop_account(struct work *work)
{
	const struct control_key key = {work->community.row.key};

	/* Refused where there is none. */
	db_execute(work->control, &control_shut_statement, &key);
	if (db_execute(work->control, &control_drop_statement, &key) < 0)
		return work_database(work, "dropping the account");
	return 0;
}

int
step_drop_schema(struct work *work)
{
	return db_script(work->control,
		arena_printf(work->arena, "DROP DATABASE IF EXISTS `%s`",
			work->community.schema),
		NULL, &work->error);
}

/* Before each statement of a migration: still ours? */
static int
hold_on(void *argument)
{
	struct work *work = argument;
	int held = work_hold(work);

	while (held == 1 && work->urgent != NULL && *work->urgent > 0) {
		if (task_sleep(clock_monotonic() + GIVE_WAY) != TASK_READY)
			return -1;
		held = work_hold(work);
	}
	return held == 1 ? 0 : -1;
}

int
step_make_tables(struct work *work)
{
	struct db_account ddl = *work->settings->steward;
	struct arena *arena = arena_new();
	struct migrate orders = {
		.migrations = work->migrations,
		.ledger = work->control,
		.rows = work->community.db,
		.community = work->job.community,
		.proceed = hold_on,
		.argument = work,
	};
	int result;

	ddl.schema = work->community.schema;
	orders.target = db_scope_open(work->settings->pool, arena, &ddl);
	result = migrate(&orders, arena, &work->error);
	arena_free(arena);
	return result;
}

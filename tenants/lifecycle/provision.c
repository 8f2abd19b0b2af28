#include "tenants/lifecycle/provision.h"

#include "base/arena.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "db/script.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/first_rows.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/work.h"

static int
make_schema(struct work *work)
{
	const char *sql = arena_printf(work->arena,
		"CREATE DATABASE IF NOT EXISTS `%s`"
		" CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci",
		work->community.schema);

	return db_script(work->control, sql, NULL, &work->error);
}

static int
make_account(struct work *work)
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

static int
write_first_rows(struct work *work)
{
	if (first_rows_write(work->community.db, &work->community.config) < 0)
		return work_database(work, "writing the first rows");
	return 0;
}

static int
invite_founder(struct work *work)
{
	if (claim_send(&work->community, work->arena, work->job.id) < 0)
		return work_database(work, "writing the claim link");
	return 0;
}

static int
activate(struct work *work)
{
	const struct control_version version = {
		.schema_version = migrations_newest(work->migrations),
		.id = work->job.community,
	};

	if (db_execute(work->control, &control_activate_statement, &version) <
		0)
		return work_database(work, "marking it as active");
	return work_moved(work);
}

static const struct step steps[] = {
	{"schema", make_schema},
	{"account", make_account},
	{"tables", work_tables},
	{"first rows", write_first_rows},
	{"claim link", invite_founder},
	{"activation", activate},
};
_Static_assert(COUNT_OF(steps) == PROVISION_STEPS, "steps of provisioning");

const struct job_kind provision_kind = {
	PROVISION_KIND, steps, COUNT_OF(steps), PROVISION_TABLES};

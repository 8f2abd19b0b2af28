#include "tenants/lifecycle/provision.h"

#include "db/db.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/first_rows.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/step.h"
#include "tenants/lifecycle/work.h"

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
	{"schema", step_make_schema},
	{"account", step_make_account},
	{"tables", step_make_tables},
	{"first rows", write_first_rows},
	{"claim link", invite_founder},
	{"activation", activate},
};
_Static_assert(COUNT_OF(steps) == PROVISION_STEPS, "steps of provisioning");

const struct job_kind provision_kind = {
	PROVISION_KIND, steps, COUNT_OF(steps), PROVISION_TABLES};

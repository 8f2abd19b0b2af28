#include "tenants/lifecycle/provision.h"

#include "base/arena.h"
#include "db/db.h"
#include "tenants/lifecycle/batch.h"
#include "tenants/lifecycle/claim.h"
#include "tenants/lifecycle/first_rows.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/step.h"
#include "tenants/lifecycle/work.h"

struct founding {
	struct arena *arena;
	const struct tenant_config *config;
	const struct claim_draft *claim;
};

static int
found_in_transaction(struct db *db, void *argument)
{
	const struct founding *founding = argument;
	struct batch batch = {.db = db};
	int made = claim_is_made(db, founding->claim);

	if (made < 0 ||
		first_rows_add(&batch, founding->arena, founding->config) < 0)
		return -1;
	if (made == 0 && claim_add(&batch, founding->claim) < 0)
		return -1;
	return batch_send(&batch);
}

/* What the community has from the first day, and the founder's link: all of it
 * in one transaction. */
static int
write_first_rows(struct work *work)
{
	struct work_community *community = &work->community;
	struct founding founding = {
		.arena = work->arena,
		.config = &community->config,
		.claim = claim_draw(community, work->arena, work->job.id),
	};

	if (db_transaction(community->db, found_in_transaction, &founding) <
			0 &&
		/* A twin put in the same rows just now. */
		db_failure(community->db) != DB_FAILURE_DUPLICATE)
		return work_database(work, "writing the first rows");
	return 0;
}

static int
activate(struct work *work)
{
	struct control_version *version =
		ARENA_NEW(work->arena, struct control_version);

	version->schema_version = migrations_newest(work->migrations);
	version->id = work->job.community;
	return work_moved_with(work, &control_activate_statement, version);
}

static const struct step steps[] = {
	{"schema", step_make_schema},
	{"account", step_make_account},
	{"tables", step_make_tables},
	{"first rows", write_first_rows},
	{"activation", activate},
};
_Static_assert(COUNT_OF(steps) == PROVISION_STEPS, "steps of provisioning");

const struct job_kind provision_kind = {
	PROVISION_KIND, steps, COUNT_OF(steps), PROVISION_TABLES};

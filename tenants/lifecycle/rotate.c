#include "tenants/lifecycle/rotate.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/registry_statements.h"
#include "tenants/lifecycle/work.h"
#include "text/json.h"

/* The generation to be reached stands in the job, so that a repetition or a
 * twin does not go beyond it. */
struct target {
	int64_t generation;
};

static const struct field target_fields[] = {
	FIELD_INTEGER(struct target, generation),
};
static const struct record target_record = RECORD(struct target, target_fields);

static int
read_target(struct work *work, struct target *target)
{
	const char *payload = work->job.payload;
	const struct json_t *tree;

	if (payload == NULL)
		return error_set(&work->error, "the job names no generation");
	tree = json_parse(work->arena, payload, strlen(payload), &work->error);
	if (tree == NULL)
		return -1;
	return json_read_record(
		work->arena, tree, &target_record, true, target, &work->error);
}

static int
change_account(struct work *work)
{
	const struct control_community *row = &work->community.row;
	struct target target = {0};
	char password[128];
	const struct control_password key = {row->key, password};
	int64_t outcome;

	if (read_target(work, &target) < 0)
		return -1;
	/* A later one was faster. */
	if (row->generation > target.generation)
		return 0;
	credentials_password(
		work->settings->subkey, row->key, target.generation, password);
	outcome = db_execute(work->control, &control_rotate_statement, &key);
	digest_wipe(password, sizeof(password));
	return outcome < 0 ? work_database(work, "changing the account") : 0;
}

static int
change_registry(struct work *work)
{
	struct control_generation key = {.id = work->job.community};
	struct target target = {0};

	if (read_target(work, &target) < 0)
		return -1;
	key.generation = target.generation;
	key.below = target.generation;
	if (db_execute(work->control, &control_generation_statement, &key) < 0)
		return work_database(work, "noting the generation");
	return 0;
}

static const struct step steps[] = {
	{"account", change_account},
	{"registry", change_registry},
	{"announcement", work_moved},
};
_Static_assert(COUNT_OF(steps) == ROTATE_STEPS, "steps of a rotation");

const struct job_kind rotate_kind = {ROTATE_KIND, steps, COUNT_OF(steps)};

struct ordering {
	struct arena *arena;
	const char *slug;
	const char *operator;
	struct uuid job;
	struct error *refusal;
};

static int
refuse_state(
	struct ordering *ordering, const struct control_community *community)
{
	error_set(ordering->refusal,
		"the community \"%s\" is %s: it has no account to rotate",
		community->slug, community->state);
	return 1;
}

static int
order(struct db *db, void *argument)
{
	struct ordering *ordering = argument;
	const struct control_slug key = {ordering->slug};
	struct control_community community;
	struct job_new job = {.id = ordering->job,
		.kind = ROTATE_KIND,
		.steps = ROTATE_STEPS,
		.requested_by = ordering->operator, };
	struct control_audit audit = {
		.operator= ordering->operator,
		.action = "community.credentials-rotated",
	};
	int found = db_row(
		db, &control_lock_statement, &key, ordering->arena, &community);

	if (found < 0)
		return -1;
	if (found == 0) {
		error_set(ordering->refusal, "there is no community \"%s\"",
			ordering->slug);
		return 1;
	}
	if (strcmp(community.state, "pending") == 0 ||
		strcmp(community.state, "purged") == 0)
		return refuse_state(ordering, &community);
	job.community = community.id;
	job.payload = arena_printf(ordering->arena,
		"{\"generation\":%" PRId64 "}", community.generation + 1);
	if (job_enqueue(db, &job) < 0)
		return -1;
	audit.community = community.id;
	audit.details = arena_printf(ordering->arena, "generation %" PRId64,
		community.generation + 1);
	return control_audit(db, &audit);
}

int
rotate_enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal)
{
	struct ordering ordering = {arena, slug, operator, uuid_new(), refusal};
	int outcome = db_transaction(control, order, &ordering);

	if (outcome == 0)
		*ret_job = ordering.job;
	return outcome;
}

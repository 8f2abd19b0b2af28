#include "tenants/lifecycle/rotate.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/order.h"
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

const struct job_kind rotate_kind = {
	ROTATE_KIND, steps, COUNT_OF(steps), COUNT_OF(steps)};

static int
decide(struct order *order, const struct control_community *community)
{
	int64_t generation = community->generation + 1;

	if (strcmp(community->state, "pending") == 0 ||
		strcmp(community->state, "purged") == 0) {
		error_set(order->refusal,
			"the community \"%s\" is %s: it has no account to "
			"rotate",
			community->slug, community->state);
		return 1;
	}
	order->payload = arena_printf(
		order->arena, "{\"generation\":%" PRId64 "}", generation);
	order->details =
		arena_printf(order->arena, "generation %" PRId64, generation);
	return 0;
}

int
rotate_enqueue(struct db *control, struct arena *arena, const char *slug,
	const char *operator, struct uuid * ret_job, struct error *refusal)
{
	struct order order = {
		.arena = arena,
		.slug = slug,
		.kind = &rotate_kind,
		.ordered_by = operator,
		.action = "community.credentials-rotated",
		.decide = decide,
		.refusal = refusal,
	};
	enum order_outcome outcome = order_enqueue(control, &order, ret_job);

	if (outcome != ORDER_UNKNOWN)
		return outcome;
	error_set(refusal, "there is no community \"%s\"", slug);
	return ORDER_REFUSED;
}

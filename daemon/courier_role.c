#include "base/arena.h"
#include "base/memory.h"
#include "child.h"
#include "cluster.h"
#include "confine.h"
#include "courier.h"
#include "courier_setup.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "roles.h"
#include "secret.h"

struct courier_state {
	struct courier *courier;
	struct db_account registry;
	struct courier_rights rights;
};

static int
start(struct child *child, struct error *error)
{
	struct courier_state *state = memory_new(1, sizeof(*state));

	child->state = state;
	cluster_registry_account(child, &state->registry);
	state->rights = (struct courier_rights){
		.pool = cluster_pool(child),
		.registry = &state->registry,
		.holder = child->run,
		.tenant_key = child_key(child, SECRET_TENANT_PASSWORDS),
	};
	state->courier = courier_start(child->configuration->arena, child->loop,
		&child->configuration->settings, &state->rights, error);
	return state->courier == NULL ? -1 : 0;
}

static void
stop(struct child *child)
{
	struct courier_state *state = child->state;

	courier_stop(state->courier);
	loop_stop(child->loop);
}

/* Nothing is kept in memory that a new courier would not find: it ends in
 * order and the supervisor starts another with the new settings. */
static int
reload(struct child *child, struct error *error)
{
	(void)error;
	stop(child);
	return 0;
}

const struct role courier_role = {
	.name = "courier",
	.confine = confine_courier,
	.start = start,
	.reload = reload,
	.stop = stop,
};

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "channel.h"
#include "child.h"
#include "cluster.h"
#include "confine.h"
#include "courier.h"
#include "courier_setup.h"
#include "crew_report.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "roles.h"
#include "secret.h"

/* How often the supervisor is told what became of mails, if anything did. */
#define TELL_INTERVAL CLOCK_SECOND

struct courier_state {
	struct courier *courier;
	struct mail_counts counts, told;
	struct loop_timer *teller;
	struct db_account registry;
	struct courier_rights rights;
};

static void
tell(void *argument)
{
	const struct child *child = argument;
	struct courier_state *state = child->state;

	if (memcmp(&state->counts, &state->told, sizeof(state->told)) == 0)
		return;
	state->told = state->counts;
	channel_send(child->channel, CHANNEL_MAILS, &state->told,
		sizeof(state->told));
}

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
		.counts = &state->counts,
	};
	state->counts.since = clock_now().microseconds;
	state->courier = courier_start(child->configuration->arena, child->loop,
		&child->configuration->settings, &state->rights, error);
	if (state->courier == NULL)
		return -1;
	state->teller = loop_timer_new(
		child->loop, TELL_INTERVAL, TELL_INTERVAL, tell, child);
	return 0;
}

static void
stop(struct child *child)
{
	struct courier_state *state = child->state;

	loop_timer_free(state->teller);
	state->teller = NULL;
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

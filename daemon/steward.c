#include "base/memory.h"
#include "child.h"
#include "cluster.h"
#include "db/pool.h"
#include "loop/loop.h"
#include "roles.h"

struct steward {
	struct db_pool *pool;
	struct db_account account;
};

static int
start(struct child *child, struct error *error)
{
	struct steward *steward = memory_new(1, sizeof(*steward));

	(void)error;
	child->state = steward;
	cluster_steward_account(child, &steward->account);
	steward->pool = cluster_pool(child);
	return 0;
}

static int
reload(struct child *child, struct error *error)
{
	(void)child;
	(void)error;
	return 0;
}

static void
stop(struct child *child)
{
	loop_stop(child->loop);
}

const struct role steward_role = {
	.name = "steward",
	.start = start,
	.reload = reload,
	.stop = stop,
};

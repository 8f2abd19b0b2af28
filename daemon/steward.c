#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "child.h"
#include "cluster.h"
#include "confine.h"
#include "control.h"
#include "db/pool.h"
#include "http/template.h"
#include "loop/loop.h"
#include "machine.h"
#include "roles.h"
#include "secret.h"
#include "share.h"
#include "tenants/lifecycle/lifecycle.h"

/* How often it is looked whether the control schema is up to date. */
#define READY_INTERVAL (CLOCK_SECOND / 50)

/* What community_account_create() in schema/bootstrap.sql takes. */
#define ACCOUNT_CONNECTIONS_MOST INT64_C(100000)

struct steward {
	struct loop_timer *readiness; /* until then */
	struct db_pool *pool;
	struct db_account account;
	struct lifecycle_settings work;
	struct lifecycle *lifecycle;
	char name[MACHINE_NAME_SIZE]; /* among those of all machines */
	struct control *control;
	/* A job's mail may still use the set before the last reload. */
	struct template_set *templates, *before;
};

/* Of a community's account, whatever its limits are or become: above what all
 * workers, the courier and we can open, and as much again for a second machine.
 */
static int64_t
account_connections(const struct settings *settings)
{
	int64_t connections = 2 * ((int64_t)settings_workers(settings) + 2) *
			      settings->database.connections;

	return connections < ACCOUNT_CONNECTIONS_MOST
		       ? connections
		       : ACCOUNT_CONNECTIONS_MOST;
}

static void
set_work(struct child *child, struct steward *steward)
{
	const struct settings *settings = &child->configuration->settings;
	char schema[1100];

	snprintf(schema, sizeof(schema), "%.1000s/schema",
		settings->paths.share);
	steward->work = (struct lifecycle_settings){
		.loop = child->loop,
		.pool = steward->pool,
		.steward = &steward->account,
		.subkey = child_key(child, SECRET_TENANT_PASSWORDS),
		.schema = memory_text(schema),
		.templates = steward->templates,
		.scheme = memory_text(settings_public_scheme(settings)),
		.port = settings_public_port(settings),
		.holder = steward->name,
		.connections = account_connections(settings),
		.warm = settings->database.schemas_ahead,
	};
}

static void
look_ready(void *argument)
{
	struct child *child = argument;
	struct steward *steward = child->state;

	if (!lifecycle_is_ready(steward->lifecycle))
		return;
	loop_timer_free(steward->readiness);
	steward->readiness = NULL;
	child_ready(child);
}

static int
start(struct child *child, struct error *error)
{
	struct steward *steward = memory_new(1, sizeof(*steward));
	const struct settings *settings = &child->configuration->settings;
	struct control_setting control = {.child = child};

	child->state = steward;
	if (machine_name(settings->paths.data, steward->name, error) < 0 ||
		share_texts(settings, error) < 0)
		return -1;
	steward->templates = share_templates(settings, error);
	if (steward->templates == NULL)
		return -1;
	cluster_steward_account(child, &steward->account);
	steward->pool = cluster_pool(child, 0);
	set_work(child, steward);
	steward->lifecycle = lifecycle_start(&steward->work, error);
	if (steward->lifecycle == NULL)
		return -1;
	control.pool = steward->pool;
	control.account = &steward->account;
	control.lifecycle = steward->lifecycle;
	control.work = &steward->work;
	steward->control = control_start(&control, error);
	if (steward->control == NULL)
		return -1;
	steward->readiness = loop_timer_new(
		child->loop, READY_INTERVAL, READY_INTERVAL, look_ready, child);
	return 1;
}

static int
reload(struct child *child, struct error *error)
{
	struct steward *steward = child->state;
	const struct settings *settings = &child->configuration->settings;
	struct template_set *templates = share_load(settings, error);

	if (templates == NULL)
		return -1;
	template_set_free(steward->before);
	steward->before = steward->templates;
	steward->templates = templates;
	steward->work.templates = templates;
	lifecycle_set_templates(steward->lifecycle, templates);
	lifecycle_set_warm(
		steward->lifecycle, settings->database.schemas_ahead);
	return 0;
}

static void
note_space(struct child *child)
{
	struct steward *steward = child->state;

	lifecycle_spare(steward->lifecycle, child->read_only);
}

static void
drained(void *argument)
{
	struct child *child = argument;

	loop_stop(child->loop);
}

static void
stop(struct child *child)
{
	struct steward *steward = child->state;

	loop_timer_free(steward->readiness);
	steward->readiness = NULL;
	lifecycle_stop(steward->lifecycle);
	control_stop(steward->control, drained, child);
}

const struct role steward_role = {
	.name = "steward",
	.confine = confine_steward,
	.start = start,
	.reload = reload,
	.read_only = note_space,
	.stop = stop,
};

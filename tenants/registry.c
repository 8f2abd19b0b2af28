#include "tenants/registry.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "db/db.h"
#include "db/pool.h"
#include "http/request.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/registry_load.h"

/* A snapshot is read again after this long in any case. */
#define TRUST_LIMIT (5 * CLOCK_MINUTE)
/* An unknown host is asked for again after. */
#define UNKNOWN_LIMIT (2 * CLOCK_SECOND)
/* Hosts that nobody asked for are dropped after, and looked for every. */
#define IDLE_LIMIT (10 * CLOCK_MINUTE)
#define SWEEP	   CLOCK_MINUTE
/* A visitor can make up hosts: beyond this many, unknown ones are forgotten. */
#define UNKNOWN_MOST 1000

/* One host name. */
struct site {
	TAILQ_ENTRY(site) next;
	const char *host;
	const struct community *community; /* NULL: there is none */
	bool known;			   /* community says what was found */
	bool loading;			   /* a task asks; others wait for it */
	unsigned waiting;
	int64_t loaded, used; /* clock_monotonic() */
	struct task **waiters;
};

struct registry {
	struct registry_setting setting;
	struct loop_timer *sweeper;
	struct map *sites;
	TAILQ_HEAD(site_list, site) list;
	unsigned unknown;
	/* Slugs of communities whose time zone this machine does not have, so
	 * that it is said once of each. */
	struct map *zoneless;
	struct registry_loader loader;
};

static void
forget(struct registry *registry, struct site *site)
{
	if (site->known && site->community == NULL)
		registry->unknown--;
	map_remove(registry->sites, site->host);
	TAILQ_REMOVE(&registry->list, site, next);
	community_drop(site->community);
	free(site->waiters);
	free((char *)site->host);
	free(site);
}

static void
sweep(void *argument)
{
	struct registry *registry = argument;
	int64_t now = clock_monotonic();
	struct site *site, *after;

	for (site = TAILQ_FIRST(&registry->list); site != NULL; site = after) {
		int64_t limit =
			site->community == NULL ? UNKNOWN_LIMIT : IDLE_LIMIT;

		after = TAILQ_NEXT(site, next);
		if (!site->loading && site->waiting == 0 &&
			now - site->used > limit)
			forget(registry, site);
	}
}

struct registry *
registry_new(const struct registry_setting *setting)
{
	struct registry *registry = memory_new(1, sizeof(*registry));

	registry->setting = *setting;
	registry->sites = map_new();
	registry->zoneless = map_new();
	TAILQ_INIT(&registry->list);
	registry->loader = (struct registry_loader){
		.pool = setting->pool,
		.account = setting->account,
		.tenant_key = setting->subkey,
		.epochs = setting->epochs,
		.schema_oldest = setting->schema_oldest,
		.schema_newest = setting->schema_newest,
	};
	registry->sweeper =
		loop_timer_new(setting->loop, SWEEP, SWEEP, sweep, registry);
	return registry;
}

void
registry_free(struct registry *registry)
{
	struct site *site;

	if (registry == NULL)
		return;
	loop_timer_free(registry->sweeper);
	while ((site = TAILQ_FIRST(&registry->list)) != NULL)
		forget(registry, site);
	map_free(registry->sites);
	map_free(registry->zoneless);
	free(registry);
}

static struct site *
find_site(struct registry *registry, const char *host)
{
	struct site *site = map_get(registry->sites, host);

	if (site != NULL)
		return site;
	if (registry->unknown >= UNKNOWN_MOST)
		sweep(registry);
	site = memory_new(1, sizeof(*site));
	site->host = memory_text(host);
	map_set(registry->sites, site->host, site);
	TAILQ_INSERT_TAIL(&registry->list, site, next);
	return site;
}

static bool
is_current(const struct registry *registry, const struct site *site)
{
	int64_t age = clock_monotonic() - site->loaded;

	if (!site->known)
		return false;
	if (site->community == NULL)
		return age < UNKNOWN_LIMIT;
	return age < TRUST_LIMIT &&
	       site->community->epoch ==
		       epoch_settings(
			       registry->setting.epochs, site->community->id);
}

static void
wake_waiters(struct site *site)
{
	/* Each takes itself off the list when it runs: until then the site must
	 * not be forgotten. */
	for (unsigned i = 0; i < site->waiting; i++)
		task_wake(site->waiters[i]);
}

static void
stop_waiting(struct site *site, const struct task *task)
{
	for (unsigned i = 0; i < site->waiting; i++)
		if (site->waiters[i] == task) {
			site->waiters[i] = site->waiters[--site->waiting];
			return;
		}
}

/* Until the task that asks is done. 0, or −1 when this one is to end. */
static int
wait_for_load(struct site *site)
{
	struct task *task = task_current();
	enum task_wake wake;

	site->waiters = memory_resize(
		site->waiters, (site->waiting + 1) * sizeof(*site->waiters));
	site->waiters[site->waiting++] = task;
	wake = task_park("community", 0);
	stop_waiting(site, task);
	return wake == TASK_READY ? 0 : -1;
}

/* Connections that logged in with the password before are not kept. */
static void
forget_rotated(const struct registry *registry, const struct community *before,
	const struct community *now)
{
	if (before != NULL && now != NULL &&
		before->generation != now->generation)
		db_pool_forget(registry->setting.pool, before->schema);
}

static void
note_zone(struct registry *registry, const struct community *community)
{
	const struct log_context log = {community->slug, NULL};

	if (community->zone != NULL) {
		map_remove(registry->zoneless, community->slug);
		return;
	}
	if (map_set(registry->zoneless, community->slug, registry) != NULL)
		return;
	log_event(LOG_WARNING, &log, "community.no_time_zone", "time_zone",
		community->config->time_zone, "shown", "UTC", NULL);
}

static int
load(struct registry *registry, struct site *site)
{
	const struct community *found = NULL;
	int outcome;

	site->loading = true;
	outcome = registry_load(&registry->loader, site->host,
		site->community == NULL ? UUID_NONE : site->community->id,
		&found);
	site->loading = false;
	if (outcome >= 0) {
		if (site->known && site->community == NULL)
			registry->unknown--;
		forget_rotated(registry, site->community, found);
		if (found != NULL)
			note_zone(registry, found);
		community_drop(site->community);
		site->community = found;
		site->known = true;
		site->loaded = clock_monotonic();
		registry->unknown += found == NULL;
	}
	wake_waiters(site);
	return outcome;
}

int
registry_find(struct registry *registry, struct request *request,
	const char *host, const struct community **ret_community)
{
	struct site *site = find_site(registry, host);

	(void)request; /* its type says that this may wait */
	site->used = clock_monotonic();
	while (!is_current(registry, site)) {
		if (!site->loading) {
			if (load(registry, site) < 0)
				return -1;
			break;
		}
		if (wait_for_load(site) < 0)
			return -1;
		/* The other task may have failed and the site be gone. */
		site = find_site(registry, host);
	}
	if (site->community == NULL)
		return 0;
	*ret_community = community_hold(site->community);
	return 1;
}

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
#include "tenants/registry_names.h"

/* A snapshot is read again after this long in any case. */
#define TRUST_LIMIT (5 * CLOCK_MINUTE)
/* An unknown host is asked for again after. */
#define UNKNOWN_LIMIT (2 * CLOCK_SECOND)
/* Hosts that nobody asked for are dropped after, and looked for every. */
#define IDLE_LIMIT (10 * CLOCK_MINUTE)
#define SWEEP	   CLOCK_MINUTE
/* A visitor can make up hosts: beyond this many, the first of the unknown ones
 * are forgotten. */
#define UNKNOWN_MOST 1000

/* One host name. */
struct site {
	TAILQ_ENTRY(site) next; /* of `unknown` when known to be nobody's */
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
	TAILQ_HEAD(site_list, site) list, unknown;
	unsigned unknown_count;
	/* Slugs of communities whose time zone this machine does not have, so
	 * that it is said once of each. */
	struct map *zoneless;
	struct registry_loader loader;
	struct registry_names *names;
};

static bool
is_unknown(const struct site *site)
{
	return site->known && site->community == NULL;
}

/* Where it belongs from now on; before that what is said of it changes. */
static void
leave_list(struct registry *registry, struct site *site)
{
	struct site_list *list =
		is_unknown(site) ? &registry->unknown : &registry->list;

	TAILQ_REMOVE(list, site, next);
	registry->unknown_count -= is_unknown(site);
}

static void
enter_list(struct registry *registry, struct site *site)
{
	struct site_list *list =
		is_unknown(site) ? &registry->unknown : &registry->list;

	TAILQ_INSERT_TAIL(list, site, next);
	registry->unknown_count += is_unknown(site);
}

static void
forget(struct registry *registry, struct site *site)
{
	map_remove(registry->sites, site->host);
	leave_list(registry, site);
	community_drop(site->community);
	free(site->waiters);
	free((char *)site->host);
	free(site);
}

static bool
is_in_use(const struct site *site)
{
	return site->loading || site->waiting > 0;
}

static void
sweep_list(struct registry *registry, struct site_list *list, int64_t limit)
{
	int64_t now = clock_monotonic();
	struct site *site, *after;

	for (site = TAILQ_FIRST(list); site != NULL; site = after) {
		after = TAILQ_NEXT(site, next);
		if (!is_in_use(site) && now - site->used > limit)
			forget(registry, site);
	}
}

static void
sweep(void *argument)
{
	struct registry *registry = argument;

	sweep_list(registry, &registry->list, IDLE_LIMIT);
	sweep_list(registry, &registry->unknown, UNKNOWN_LIMIT);
}

/* The first that is not in use: those in use are few. */
static void
forget_unknown(struct registry *registry)
{
	struct site *site;

	TAILQ_FOREACH (site, &registry->unknown, next)
		if (!is_in_use(site)) {
			forget(registry, site);
			return;
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
	TAILQ_INIT(&registry->unknown);
	registry->loader = (struct registry_loader){
		.pool = setting->pool,
		.account = setting->account,
		.tenant_key = setting->subkey,
		.epochs = setting->epochs,
		.schema_oldest = setting->schema_oldest,
		.schema_newest = setting->schema_newest,
	};
	registry->names = registry_names_new(setting->loop, &registry->loader);
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
	while ((site = TAILQ_FIRST(&registry->unknown)) != NULL)
		forget(registry, site);
	registry_names_free(registry->names);
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
	site = memory_new(1, sizeof(*site));
	site->host = memory_text(host);
	map_set(registry->sites, site->host, site);
	enter_list(registry, site);
	return site;
}

static bool
is_current(const struct registry *registry, const struct site *site)
{
	int64_t age = clock_monotonic() - site->loaded;

	if (!site->known)
		return false;
	if (is_unknown(site))
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

/* What a visitor may have made up is asked for with others of its kind. */
static int
ask(struct registry *registry, const struct site *site,
	const struct community **ret_found)
{
	const struct community *before = site->community;
	struct arena *arena = arena_new();
	struct registry_found known = {.current = false};
	int outcome = 1;

	if (before != NULL)
		known.row.id = before->id;
	else
		outcome = registry_names_find(
			registry->names, site->host, arena, &known);
	if (outcome > 0)
		outcome = registry_load(
			&registry->loader, site->host, &known, ret_found);
	arena_free(arena);
	return outcome;
}

static void
set_found(struct registry *registry, struct site *site,
	const struct community *found)
{
	forget_rotated(registry, site->community, found);
	if (found != NULL)
		note_zone(registry, found);
	leave_list(registry, site);
	community_drop(site->community);
	site->community = found;
	site->known = true;
	site->loaded = clock_monotonic();
	enter_list(registry, site);
}

static int
load(struct registry *registry, struct site *site)
{
	const struct community *found = NULL;
	int outcome;

	site->loading = true;
	outcome = ask(registry, site, &found);
	if (outcome >= 0)
		set_found(registry, site, found);
	wake_waiters(site);
	/* Still in use: it is not this one that is forgotten. */
	if (registry->unknown_count > UNKNOWN_MOST)
		forget_unknown(registry);
	site->loading = false;
	return outcome;
}

/* Of what could not be found out nothing is kept. */
static int
give_up(struct registry *registry, struct site *site)
{
	if (!site->known && !is_in_use(site))
		forget(registry, site);
	return -1;
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
				return give_up(registry, site);
			break;
		}
		if (wait_for_load(site) < 0)
			return give_up(registry, site);
		/* The other task may have failed and the site be gone. */
		site = find_site(registry, host);
	}
	if (site->community == NULL)
		return 0;
	*ret_community = community_hold(site->community);
	return 1;
}

unsigned
registry_waiting(const struct registry *registry)
{
	return registry_names_waiting(registry->names);
}

size_t
registry_remembered(const struct registry *registry)
{
	return map_count(registry->sites);
}

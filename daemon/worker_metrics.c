#include "worker_metrics.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "db/pool.h"
#include "http/server.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/events/channels.h"
#include "tenants/metrics.h"
#include "tenants/page_cache.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/turns.h"

#define INTERVAL CLOCK_SECOND

struct worker_metrics {
	struct worker_metrics_setting setting;
	struct loop_timer *timer;
	/* Counters of this process that the sheet has already. */
	uint64_t told[METRICS_COUNTERS];
};

/* A counter of ours began at 0, the sheet's at our predecessor's. */
static void
tell(struct worker_metrics *metrics, enum metrics_value value, uint64_t now)
{
	metrics_add(metrics->setting.service->metrics, value,
		now - metrics->told[value]);
	metrics->told[value] = now;
}

static void
show(const struct worker_metrics *metrics, enum metrics_value value,
	uint64_t now)
{
	metrics_set(metrics->setting.service->metrics, value, now);
}

static void
tell_turns(struct worker_metrics *metrics)
{
	const struct tenant_service *service = metrics->setting.service;
	struct turns_counts turns;

	turns_sum(service->turns, &turns);
	tell(metrics, METRICS_TURNS, turns.requests);
	tell(metrics, METRICS_TURNS_WAITED, turns.waited);
	show(metrics, METRICS_WORKING, turns.working);
	show(metrics, METRICS_WAIT_TURNS, turns.waiting);
	show(metrics, METRICS_WAIT_PASSWORDS, task_work_waiting());
	show(metrics, METRICS_WAIT_NAMES, registry_waiting(service->registry));
}

static void
tell_pool(struct worker_metrics *metrics)
{
	struct db_pool_state pool;

	db_pool_state(metrics->setting.pool, &pool);
	tell(metrics, METRICS_POOL_CONNECTS, pool.connects);
	tell(metrics, METRICS_POOL_FAILURES, pool.failures);
	tell(metrics, METRICS_POOL_SWITCHES, pool.switches);
	tell(metrics, METRICS_POOL_WAITS, pool.waits);
	tell(metrics, METRICS_POOL_WAITED, (uint64_t)pool.waited);
	show(metrics, METRICS_WAIT_POOL, pool.waiting);
	show(metrics, METRICS_POOL_IDLE, pool.idle);
	show(metrics, METRICS_POOL_BUSY, pool.connections - pool.idle);
}

static void
tell_rest(struct worker_metrics *metrics)
{
	struct page_cache_state cache;
	struct server_state server;
	struct channels_state channels;

	page_cache_state(metrics->setting.service->page_cache, &cache);
	tell(metrics, METRICS_CACHE_HITS, cache.hits);
	tell(metrics, METRICS_CACHE_MISSES, cache.misses);
	show(metrics, METRICS_CACHE_PAGES, cache.pages);
	show(metrics, METRICS_CACHE_BYTES, cache.bytes);
	channels_state(metrics->setting.service->channels, &channels);
	tell(metrics, METRICS_EVENTS, channels.sent);
	show(metrics, METRICS_STREAMS, channels.streams);
	server_state(metrics->setting.server, &server);
	tell(metrics, METRICS_ACCEPTED, server.accepted);
	tell(metrics, METRICS_REFUSED, server.refused);
	show(metrics, METRICS_CONNECTIONS, server.connections);
	show(metrics, METRICS_REQUESTS, server.requests);
	show(metrics, METRICS_TASKS_PARKED, task_parked());
	show(metrics, METRICS_TASKS_READY, task_count() - task_parked());
}

static void
tell_all(void *argument)
{
	struct worker_metrics *metrics = argument;

	tell_turns(metrics);
	tell_pool(metrics);
	tell_rest(metrics);
}

struct worker_metrics *
worker_metrics_start(const struct worker_metrics_setting *setting)
{
	struct worker_metrics *metrics = memory_new(1, sizeof(*metrics));

	metrics->setting = *setting;
	metrics->timer = loop_timer_new(
		setting->loop, INTERVAL, INTERVAL, tell_all, metrics);
	return metrics;
}

void
worker_metrics_stop(struct worker_metrics *metrics)
{
	tell_all(metrics);
	loop_timer_free(metrics->timer);
	free(metrics);
}

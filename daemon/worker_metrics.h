/* worker_metrics.h: what the worker's parts know of themselves, told once a
 * second to its sheet (tenants/metrics.h). */
#ifndef MISSIOND_WORKER_METRICS_H
#define MISSIOND_WORKER_METRICS_H

struct db_pool;
struct loop;
struct server;
struct tenant_service;
struct worker_metrics;

struct worker_metrics_setting {
	struct loop *loop;
	const struct tenant_service *service;
	const struct db_pool *pool;
	const struct server *server;
};

/* The setting's pointers must live until it is stopped. */
struct worker_metrics *worker_metrics_start(
	const struct worker_metrics_setting *setting);

/* Tells the last of it. */
void worker_metrics_stop(struct worker_metrics *metrics);

#endif

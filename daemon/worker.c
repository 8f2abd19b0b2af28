#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "child.h"
#include "cluster.h"
#include "confine.h"
#include "db/pool.h"
#include "descriptors.h"
#include "http/network.h"
#include "http/server.h"
#include "http/template.h"
#include "http/tls.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "roles.h"
#include "secret.h"
#include "security_text.h"
#include "share.h"
#include "tenants/allowance.h"
#include "tenants/epoch.h"
#include "tenants/epoch_sync.h"
#include "tenants/events/channels.h"
#include "tenants/metrics.h"
#include "tenants/page_cache.h"
#include "tenants/rate.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/turns.h"
#include "worker_metrics.h"

/* Argon2id takes a core for tens of milliseconds: few at a time, so that
 * log-ins never take the machine from the pages. */
#define THREADS 2

struct worker {
	struct tenant_service service;
	struct server *server;
	struct server_options options[2]; /* in force, and the one before */
	unsigned generation;
	struct db_pool *pool;
	struct db_account registry_account;
	struct template_set *before; /* requests in flight may still use it */
	struct epoch_sync *sync;
	struct worker_metrics *metrics;
};

static void
read_options(const struct child *child, struct server_options *options)
{
	const struct settings *settings = &child->configuration->settings;
	const struct settings_limits *limits = &settings->limits;
	const char *const *trusted = settings->listen.trusted.items;
	size_t count = settings->listen.trusted.count;
	struct network *networks = arena_array(
		child->configuration->arena, count, sizeof(*networks));

	for (size_t i = 0; i < count; i++)
		if (network_parse(trusted[i], &networks[i]) < 0)
			log_defect("worker", "network %s", trusted[i]);
	*options = (struct server_options){
		.connections = descriptors_for((unsigned)limits->connections,
			(unsigned)settings->database.connections +
				settings_idle_connections(settings)),
		.per_address = (unsigned)limits->per_address,
		.header_time = limits->header_time,
		.request_time = limits->request_time,
		.idle_time = limits->idle_time,
		.trusted = networks,
		.trusted_count = count,
		.proxy_protocol = settings->listen.proxy_protocol,
		.access = settings_access(settings),
		.acme = settings->paths.acme,
		.security_text = security_text(
			child->configuration->arena, &settings->security),
	};
}

static void
read_service_settings(const struct child *child, struct tenant_service *service)
{
	const struct settings *settings = &child->configuration->settings;

	service->password_cost = (struct password_cost){
		.memory_kib = (uint32_t)(settings->passwords.memory / 1024),
		.passes = (uint32_t)settings->passwords.passes,
		.lanes = (uint32_t)settings->passwords.lanes,
	};
	service->scheme = strcmp(settings_public_scheme(settings), "https") == 0
				  ? "https"
				  : "http";
	service->port = settings_public_port(settings);
	/* Not where the address that is told is a plain one: it would lead in a
	 * circle. */
	service->redirect = settings->listen.redirect &&
			    settings->listen.https.count > 0 &&
			    strcmp(service->scheme, "https") == 0;
	service->session_idle = settings->sessions.idle;
	service->session_lifetime = settings->sessions.longest;
	service->limits = settings_community_limits(settings);
	channels_set_limits(service->channels,
		(unsigned)settings->limits.streams,
		(unsigned)settings->limits.streams_per_address);
	page_cache_restart(
		service->page_cache, (size_t)settings->limits.page_cache);
}

static int
load_tls(const struct child *child, struct tls **ret_tls, struct error *error)
{
	const struct record_list *list = &child->configuration->certificates;

	*ret_tls = NULL;
	if (list->count == 0)
		return 0;
	*ret_tls = tls_new(list->items, list->count, &child->tickets, error);
	return *ret_tls == NULL ? -1 : 0;
}

static void
open_database(struct child *child, struct worker *worker)
{
	struct epoch_sync_setting sync = {
		.loop = child->loop,
		.account = &worker->registry_account,
		.polls = child->number == 0,
	};
	struct registry_setting setting = {
		.loop = child->loop,
		.account = &worker->registry_account,
		.subkey = child_key(child, SECRET_TENANT_PASSWORDS),
		.schema_oldest = SERVICE_SCHEMA_OLDEST,
		.schema_newest = SERVICE_SCHEMA_NEWEST,
	};

	worker->service.epochs = epoch_map(child->epochs, child->number);
	if (worker->service.epochs == NULL)
		log_defect("worker", "epochs: %s", strerror(errno));
	worker->service.allowances = allowance_map(child->allowances);
	if (worker->service.allowances == NULL)
		log_defect("worker", "allowances: %s", strerror(errno));
	worker->service.metrics = metrics_map(child->metrics, child->number);
	if (worker->service.metrics == NULL)
		log_defect("worker", "metrics: %s", strerror(errno));
	worker->service.turns = turns_new(child->loop);
	worker->pool = cluster_pool(child,
		settings_idle_connections(&child->configuration->settings));
	cluster_registry_account(child, &worker->registry_account);
	setting.pool = worker->pool;
	setting.epochs = worker->service.epochs;
	worker->service.registry = registry_new(&setting);
	sync.pool = worker->pool;
	sync.epochs = worker->service.epochs;
	worker->sync = epoch_sync_start(&sync);
	db_pool_set_read_only(worker->pool, child->read_only);
}

static int
listen_all(struct child *child, struct worker *worker, struct error *error)
{
	for (size_t i = 0; i < child->listener_count; i++)
		if (server_listen(worker->server,
			    child->listeners[i].descriptor,
			    child->listeners[i].kind == LISTENER_HTTPS) < 0)
			return error_set(error, "listen: %s", strerror(errno));
	return 0;
}

/*
 * As glibc settles by itself once the first log-in has given back its 19 MiB:
 * until then it returns the top of the heap to the kernel and takes it again,
 * page by page, for each reply.
 */
static void
settle_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 20 * 1024 * 1024);
	(void)mallopt(M_TRIM_THRESHOLD, 40 * 1024 * 1024);
}

static int
start(struct child *child, struct error *error)
{
	struct worker *worker = memory_new(1, sizeof(*worker));
	const struct settings *settings = &child->configuration->settings;
	struct tls *tls;

	settle_memory();
	child->state = worker;
	service_init(&worker->service);
	worker->service.channels = channels_new(child->loop, &worker->service);
	memcpy(worker->service.form_key, child_key(child, SECRET_FORM_TOKENS),
		DIGEST_SIZE);
	read_service_settings(child, &worker->service);
	if (share_texts(settings, error) < 0 ||
		load_tls(child, &tls, error) < 0)
		return -1;
	worker->service.service.templates = share_templates(settings, error);
	if (worker->service.service.templates == NULL)
		return -1;
	if (task_work_start(child->loop, THREADS) < 0)
		return error_set(error, "threads: %s", strerror(errno));
	open_database(child, worker);
	read_options(child, &worker->options[0]);
	worker->server = server_new(
		child->loop, &worker->service.service, &worker->options[0]);
	server_set_tls(worker->server, tls);
	tls_drop(tls);
	worker->metrics = worker_metrics_start(&(struct worker_metrics_setting){
		.loop = child->loop,
		.service = &worker->service,
		.pool = worker->pool,
		.server = worker->server,
	});
	return listen_all(child, worker, error);
}

static int
reload(struct child *child, struct error *error)
{
	struct worker *worker = child->state;
	const struct settings *settings = &child->configuration->settings;
	struct template_set *templates;
	struct tls *tls;

	if (load_tls(child, &tls, error) < 0)
		return -1;
	templates = share_load(settings, error);
	if (templates == NULL) {
		tls_drop(tls);
		return -1;
	}
	template_set_free(worker->before);
	worker->before =
		(struct template_set *)worker->service.service.templates;
	worker->service.service.templates = templates;
	read_service_settings(child, &worker->service);
	db_pool_set_per_account(
		worker->pool, (unsigned)worker->service.limits.connections);
	worker->generation ^= 1;
	read_options(child, &worker->options[worker->generation]);
	server_set_options(
		worker->server, &worker->options[worker->generation]);
	server_set_tls(worker->server, tls);
	tls_drop(tls);
	return 0;
}

static void
drained(void *argument)
{
	struct child *child = argument;
	struct worker *worker = child->state;

	channels_stop(worker->service.channels);
	epoch_sync_stop(worker->sync);
	worker_metrics_stop(worker->metrics);
	loop_stop(child->loop);
}

static void
stop(struct child *child)
{
	struct worker *worker = child->state;

	server_drain(worker->server,
		child->configuration->settings.limits.stop_time, drained,
		child);
}

static void
set_read_only(struct child *child)
{
	struct worker *worker = child->state;

	db_pool_set_read_only(worker->pool, child->read_only);
}

const struct role worker_role = {
	.name = "worker",
	.confine = confine_worker,
	.start = start,
	.reload = reload,
	.stop = stop,
	.read_only = set_read_only,
};

#include "control_exporter.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "child.h"
#include "control_service.h"
#include "db/pool.h"
#include "http/request.h"
#include "http/server.h"

/* For an answer under way when all ends. */
#define STOP_LIMIT CLOCK_SECOND

struct exporter {
	struct service service; /* first */
	struct control *control;
	struct server *server;
};

static const struct exporter *
exporter_of(const struct request *request)
{
	return (const struct exporter *)(const void *)request->service;
}

static int
show(struct request *request)
{
	return control_metrics_reply(request, exporter_of(request)->control);
}

static const struct route route = {METHOD_GET, "/metrics", "exporter.metrics",
	0, RATE_PAGE, 0, 0, show, NULL};

/* Few ask: one Prometheus or two. */
static const struct server_options options = {
	.connections = 16,
	.per_address = 16,
	.header_time = 10 * CLOCK_SECOND,
	.request_time = 10 * CLOCK_SECOND,
	.idle_time = 2 * CLOCK_MINUTE,
};

static int
admit(struct request *request)
{
	const struct control_setting *setting =
		&exporter_of(request)->control->setting;

	request->db =
		db_scope_open(setting->pool, request->arena, setting->account);
	return 0;
}

struct exporter *
exporter_start(struct control *control, struct error *error)
{
	const struct child *child = control->setting.child;
	const struct route *const rows[] = {&route};
	struct exporter *exporter = memory_new(1, sizeof(*exporter));

	exporter->control = control;
	exporter->service = control->service;
	exporter->service.routes = route_table_new(rows, COUNT_OF(rows));
	exporter->service.admit = admit;
	exporter->service.begin = NULL;
	exporter->server =
		server_new(child->loop, &exporter->service, &options);
	for (size_t i = 0; i < child->listener_count; i++)
		if (child->listeners[i].kind == LISTENER_METRICS &&
			server_listen(exporter->server,
				child->listeners[i].descriptor, false) < 0) {
			error_set(error, "listen.metrics: %s", strerror(errno));
			return NULL;
		}
	return exporter;
}

void
exporter_stop(
	struct exporter *exporter, void (*done)(void *argument), void *argument)
{
	server_drain(exporter->server, STOP_LIMIT, done, argument);
}

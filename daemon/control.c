#include "control.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/parse.h"
#include "child.h"
#include "control_exporter.h"
#include "control_service.h"
#include "db/db.h"
#include "db/pool.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/server.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "tenants/lifecycle/lifecycle.h"

/* A thousand files at once. */
#define FILES_LIMIT ((size_t)32 * 1024 * 1024)

/* How long a request waits for the control schema. */
#define PREPARED_LIMIT (10 * CLOCK_SECOND)
#define PREPARED_PAUSE (CLOCK_SECOND / 20)

static const struct route routes[] = {
	{METHOD_GET, "/api/v1/status", "control.status", 0, RATE_PAGE,
		ROUTE_API, 0, control_status, NULL},
	{METHOD_GET, "/metrics", "control.metrics", 0, RATE_PAGE, 0, 0,
		control_metrics, NULL},
	{METHOD_POST, "/api/v1/plan", "control.plan", 0, RATE_PAGE, ROUTE_API,
		FILES_LIMIT, control_plan, NULL},
	{METHOD_POST, "/api/v1/apply", "control.apply", 0, RATE_WRITE,
		ROUTE_API, FILES_LIMIT, control_apply_files, NULL},
	{METHOD_POST, "/api/v1/drift", "control.drift", 0, RATE_PAGE, ROUTE_API,
		FILES_LIMIT, control_drift, NULL},
	{METHOD_GET, "/api/v1/communities", "control.communities", 0, RATE_PAGE,
		ROUTE_API, 0, control_communities, NULL},
	{METHOD_GET, "/api/v1/communities/{slug:word}", "control.community", 0,
		RATE_PAGE, ROUTE_API, 0, control_community_show, NULL},
	{METHOD_POST, "/api/v1/communities/{slug:word}/claim-link",
		"control.claim-link", 0, RATE_WRITE, ROUTE_API,
		ROUTE_FORM_LIMIT, control_claim_link, NULL},
	{METHOD_POST, "/api/v1/communities/{slug:word}/rotate-credentials",
		"control.rotate-credentials", 0, RATE_WRITE, ROUTE_API,
		ROUTE_FORM_LIMIT, control_rotate, NULL},
	{METHOD_GET, "/api/v1/selftest", "control.selftest", 0, RATE_PAGE,
		ROUTE_API, 0, control_selftest_surface, NULL},
	{METHOD_POST, "/api/v1/selftest/database/{slug:word}/{other:word}",
		"control.selftest.database", 0, RATE_WRITE, ROUTE_API,
		ROUTE_FORM_LIMIT, control_selftest_database, NULL},
	{METHOD_GET, "/api/v1/selftest/state/{slug:word}",
		"control.selftest.state", 0, RATE_PAGE, ROUTE_API, 0,
		control_selftest_state, NULL},
	{METHOD_POST, "/api/v1/selftest/discard/{slug:word}",
		"control.selftest.discard", 0, RATE_WRITE, ROUTE_API,
		ROUTE_FORM_LIMIT, control_selftest_discard, NULL},
	{METHOD_GET, "/api/v1/jobs", "control.jobs", 0, RATE_PAGE, ROUTE_API, 0,
		control_jobs, NULL},
	{METHOD_GET, "/api/v1/jobs/{id:uuid}", "control.job", 0, RATE_PAGE,
		ROUTE_API, 0, control_job, NULL},
	{METHOD_POST, "/api/v1/reload", "control.reload", 0, RATE_WRITE,
		ROUTE_API, ROUTE_FORM_LIMIT, control_reload, NULL},
};

static const struct server_options options = {
	.connections = 100,
	.per_address = 100,
	.header_time = 10 * CLOCK_SECOND,
	.request_time = 10 * CLOCK_MINUTE,
	.idle_time = CLOCK_MINUTE,
};

struct control *
control_of(const struct request *request)
{
	return (struct control *)request->service;
}

const char *
control_operator(const struct request *request)
{
	const struct passwd *entry;
	int64_t user;

	/* The peer of a Unix socket is "uid 1000" (http/network.h). */
	if (strncmp(request->peer, "uid ", 4) != 0 ||
		parse_integer(request->peer + 4, 0, UINT32_MAX, &user) < 0)
		return request->peer;
	entry = getpwuid((uid_t)user);
	return entry == NULL ? request->peer
			     : arena_text(request->arena, entry->pw_name);
}

int
control_refuse_write(struct request *request)
{
	if (!control_of(request)->setting.child->read_only)
		return 0;
	reply_problem(request, 503, "read-only",
		"There is little space left: nothing was changed",
		"Below limits.free_space missiond only reads. Make room on the "
		"data directory's file system, and try again.");
	return 1;
}

static int
admit(struct request *request)
{
	const struct control_setting *setting = &control_of(request)->setting;

	request->db =
		db_scope_open(setting->pool, request->arena, setting->account);
	return 0;
}

static bool
needs_schema(const struct route *route)
{
	return route->handle != control_status &&
	       route->handle != control_metrics &&
	       route->handle != control_reload;
}

/* Right after a start the control schema may still be on its way. */
static int
wait_until_prepared(struct request *request)
{
	const struct control_setting *setting = &control_of(request)->setting;
	int64_t until = clock_monotonic() + PREPARED_LIMIT;

	if (!needs_schema(request->route))
		return 0;
	while (!lifecycle_is_ready(setting->lifecycle)) {
		int64_t now = clock_monotonic();

		if (now >= until) {
			reply_problem(request, 503, "starting",
				"missiond is still starting",
				"Its database is away or not prepared yet. Try "
				"again in a moment; the log says more.");
			return 1;
		}
		if (task_sleep(now + PREPARED_PAUSE) != TASK_READY)
			return -1;
	}
	return 0;
}

static int
check(struct request *request)
{
	(void)request;
	return 0;
}

static void
failed(struct request *request)
{
	enum db_failure failure =
		request->db == NULL ? DB_FAILURE_NONE : db_failure(request->db);

	if (failure == DB_FAILURE_NONE || failure == DB_FAILURE_ORPHAN ||
		failure == DB_FAILURE_DEFECT)
		reply_error(request, 500,
			"Something went wrong inside missiond",
			"The log says more under this request's id.");
	else
		reply_error(request, 503, "The database is away",
			"Try again when it is back; the log says more.");
}

static void
leave(struct request *request)
{
	(void)request;
}

/* There is one steward in a process, so one control. */
static struct control *answering;

static void
reload_answered(struct child *child, const char *errors)
{
	(void)child;
	control_reload_done(answering, errors);
}

struct control *
control_start(const struct control_setting *setting, struct error *error)
{
	const struct route *rows[COUNT_OF(routes)];
	struct control *control = memory_new(1, sizeof(*control));

	for (size_t i = 0; i < COUNT_OF(routes); i++)
		rows[i] = &routes[i];
	control->setting = *setting;
	control->service = (struct service){
		.routes = route_table_new(rows, COUNT_OF(routes)),
		.admit = admit,
		.begin = wait_until_prepared,
		.check = check,
		.failed = failed,
		.leave = leave,
	};
	control->server =
		server_new(setting->child->loop, &control->service, &options);
	answering = control;
	setting->child->reload_answered = reload_answered;
	control->metrics = control_metrics_open(setting->child->metrics, error);
	if (control->metrics == NULL)
		return NULL;
	control->exporter = exporter_start(control, error);
	if (control->exporter == NULL)
		return NULL;
	for (size_t i = 0; i < setting->child->listener_count; i++)
		if (setting->child->listeners[i].kind == LISTENER_CONTROL &&
			server_listen(control->server,
				setting->child->listeners[i].descriptor,
				false) < 0) {
			error_set(error, "control socket: %s", strerror(errno));
			return NULL;
		}
	return control;
}

static void
stop_control(void *argument)
{
	struct control *control = argument;

	server_drain(control->server, 10 * CLOCK_SECOND, control->stopped,
		control->stopped_argument);
}

void
control_stop(
	struct control *control, void (*done)(void *argument), void *argument)
{
	control->stopped = done;
	control->stopped_argument = argument;
	exporter_stop(control->exporter, stop_control, control);
}

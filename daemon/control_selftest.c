/* control_selftest.c: the steward's part of missionctl selftest. */
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "child.h"
#include "configuration.h"
#include "control_service.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/features.h"
#include "tenants/lifecycle/discard.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/lifecycle/selftest.h"

struct surface_route {
	const char *method;
	const char *path;
	const char *name;
	bool api;
	bool body; /* takes one */
	bool any_host;
};

static const struct field route_fields[] = {
	FIELD_TEXT(struct surface_route, method),
	FIELD_TEXT(struct surface_route, path),
	FIELD_TEXT(struct surface_route, name),
	FIELD_BOOLEAN(struct surface_route, api),
	FIELD_BOOLEAN(struct surface_route, body),
	FIELD_BOOLEAN(struct surface_route, any_host),
};
static const struct record route_record =
	RECORD(struct surface_route, route_fields);

/* Where visitors come in, and what they can ask for. */
struct surface {
	const char *address;	 /* "127.0.0.1:8080", of the first listener */
	const char *scheme;	 /* spoken there */
	const char *server_name; /* that there is a certificate for */
	const char *public_scheme;
	int64_t public_port; /* of links and origins; 0: the scheme's own */
	struct record_list routes;
};

static const struct field surface_fields[] = {
	FIELD_TEXT(struct surface, address),
	FIELD_TEXT(struct surface, scheme),
	FIELD_TEXT(struct surface, server_name),
	FIELD_TEXT(struct surface, public_scheme),
	FIELD_INTEGER(struct surface, public_port),
	FIELD_LIST(struct surface, routes, route_record),
};
static const struct record surface_record =
	RECORD(struct surface, surface_fields);

struct attempts_answer {
	struct record_list attempts;
};

static const struct field attempts_fields[] = {
	FIELD_LIST(struct attempts_answer, attempts, selftest_attempt_record),
};
static const struct record attempts_record =
	RECORD(struct attempts_answer, attempts_fields);

struct state_answer {
	const char *digest;
};

static const struct field state_fields[] = {
	FIELD_TEXT(struct state_answer, digest),
};
static const struct record state_record =
	RECORD(struct state_answer, state_fields);

struct discard_answer {
	struct uuid job; /* UUID_NONE: there is nothing to discard */
};

static const struct field discard_fields[] = {
	FIELD_UUID(struct discard_answer, job),
};
static const struct record discard_record =
	RECORD(struct discard_answer, discard_fields);

static struct record_list
list_routes(struct arena *arena)
{
	struct surface_route *rows;
	size_t count = 0;

	for (size_t i = 0; features[i] != NULL; i++)
		count += features[i]->route_count;
	rows = arena_array(arena, count, sizeof(*rows));
	count = 0;
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->route_count; j++) {
			const struct route *route = &features[i]->routes[j];

			rows[count++] = (struct surface_route){
				.method = route_method(route->method),
				.path = route->path,
				.name = route->name,
				.api = (route->flags & ROUTE_API) != 0,
				.body = route->body_limit > 0,
				.any_host =
					(route->flags & ROUTE_ANY_HOST) != 0,
			};
		}
	return (struct record_list){rows, count};
}

/* A name below "*.example.org", or the name itself; NULL: there is none. */
static const char *
certified_name(struct arena *arena, const struct settings *settings)
{
	const struct settings_certificate *certificates =
		settings->certificates.items;
	const char *domain;

	if (settings->certificates.count == 0 ||
		certificates[0].domains.count == 0)
		return NULL;
	domain = ((const char *const *)certificates[0].domains.items)[0];
	if (strncmp(domain, "*.", 2) == 0)
		return arena_printf(arena, "selftest%s", domain + 1);
	return domain[0] == '*' ? "selftest.localhost" : domain;
}

int
control_selftest_surface(struct request *request)
{
	const struct control_setting *setting = &control_of(request)->setting;
	const struct settings *settings =
		&setting->child->configuration->settings;
	const struct settings_listen *listen = &settings->listen;
	bool secure = listen->https.count > 0;
	const struct record_list *addresses =
		secure ? &listen->https : &listen->http;
	const struct surface answer = {
		.address = addresses->count == 0
				   ? NULL
				   : ((const char *const *)addresses->items)[0],
		.scheme = secure ? "https" : "http",
		.server_name = certified_name(request->arena, settings),
		.public_scheme = setting->work->scheme,
		.public_port = setting->work->port,
		.routes = list_routes(request->arena),
	};

	return reply_record(request, 200, &surface_record, &answer);
}

static int
reply_refused(struct request *request, const struct error *refusal)
{
	return reply_error(request, 409, "Not tested",
		arena_text(request->arena, refusal->text));
}

int
control_selftest_database(struct request *request)
{
	const struct selftest_order order = {
		request_parameter(request, "slug"),
		request_parameter(request, "other"),
	};
	struct attempts_answer answer;
	struct error refusal = {0};
	int outcome = selftest_database(control_of(request)->setting.work,
		request->db, request->arena, &order, &answer.attempts,
		&refusal);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_refused(request, &refusal);
	return reply_record(request, 200, &attempts_record, &answer);
}

int
control_selftest_state(struct request *request)
{
	struct state_answer answer;
	struct error refusal = {0};
	int outcome = selftest_state(control_of(request)->setting.work,
		request->db, request->arena, request_parameter(request, "slug"),
		&answer.digest, &refusal);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_refused(request, &refusal);
	return reply_record(request, 200, &state_record, &answer);
}

int
control_selftest_discard(struct request *request)
{
	struct control *control = control_of(request);
	struct discard_answer answer;
	struct error refusal = {0};
	int outcome = discard_enqueue(request->db, request->arena,
		request_parameter(request, "slug"), control_operator(request),
		&answer.job, &refusal);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_refused(request, &refusal);
	lifecycle_wake(control->setting.lifecycle);
	return reply_record(request, 202, &discard_record, &answer);
}

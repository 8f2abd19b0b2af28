#include "tenants/kept.h"

#include <string.h>

#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/service.h"
#include "tenants/admit.h"

/* Bytes of a form that travel. A visitor who is nobody yet makes us hold six
 * times as many, escaped; no form of ours that is filled in by hand is near. */
#define KEPT_MOST ((size_t)64 * 1024)

bool
kept_is_possible(const struct request *request)
{
	return request->method == METHOD_POST && !request_is_api(request) &&
	       (request->route->flags & ROUTE_REFILLS) != 0 &&
	       admit_is_own_page(request);
}

/* The request goes on as one for another route: 0, or 1 when there is none. */
static int
turn_to(struct request *request, enum method method, const char *path)
{
	const struct route *route;
	struct route_parameters parameters;
	unsigned allowed;

	if (path[0] != '/' ||
		route_find(request->service->routes, method, path, &route,
			&parameters, &allowed) != ROUTE_FOUND)
		return 1;
	request->method = method;
	request->route = route;
	request->parameters = parameters;
	request->path = path;
	request->query = "";
	return 0;
}

int
kept_ask(struct request *request, enum verdict verdict)
{
	bool terms = verdict == VERDICT_TERMS;
	const char *path = terms ? "/terms/accept" : "/login";
	const char *notice =
		terms ? N_("Please accept the terms first: what you wrote is "
			   "kept.")
		      : N_("You had been logged out. Log in again: what you "
			   "wrote is kept.");

	if (request->body.length > KEPT_MOST || !form_keep(request) ||
		turn_to(request, METHOD_GET, path) != 0) {
		reply_redirect(request, path);
		return 1;
	}
	form_hold(request, 403, notice);
	db_hold(request->db);
	return request->route->handle(request) < 0 ? -1 : 1;
}

int
kept_resume(struct request *request)
{
	const char *path = form_restore(request);
	enum verdict verdict;

	if (path == NULL || turn_to(request, METHOD_POST, path) != 0 ||
		!kept_is_possible(request))
		return 0;
	verdict = permission_of(request);
	if (verdict == VERDICT_TERMS)
		return kept_ask(request, verdict);
	if (admit_refuse(request, verdict) != 0)
		return 1;
	form_hold(request, 200,
		N_("What you wrote is kept. Please check it and send it "
		   "again."));
	db_hold(request->db);
	return request->route->handle(request) < 0 ? -1 : 1;
}

#include "tenants/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/service.h"
#include "tenants/actor.h"
#include "tenants/admit.h"
#include "tenants/form_token.h"
#include "tenants/look/again.h"

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
	if (verdict == VERDICT_TERMS && form_author_check(request))
		return kept_ask(request, verdict);
	if (admit_refuse(request, verdict) != 0)
		return 1;
	/* On a computer that several use. */
	if (!form_author_check(request)) {
		reply_redirect_notice(request, "/", "not-yours");
		return 1;
	}
	form_hold(request, 200,
		N_("What you wrote is kept. Please check it and send it "
		   "again."));
	db_hold(request->db);
	return request->route->handle(request) < 0 ? -1 : 1;
}

/* Whether all of the body may be kept, by what its head says: browsers always
 * say how long a form is. */
static bool
will_fit(const struct request *request)
{
	const char *length = request_header(request, "content-length");

	return length != NULL && strtoull(length, NULL, 10) <= KEPT_MOST;
}

/* Who is known goes on with their token, others with the one that they sent:
 * it is checked when it comes again. */
static const char *
token_of(struct request *request)
{
	return request->actor != NULL ? request->actor->csrf
				      : form_value(request, "csrf");
}

/* False when there is nothing to be kept. */
static bool
show_again(struct request *request, const struct kept_answer *answer)
{
	struct again_view view = {
		.status = answer->status,
		.title = text_get(request->language, answer->title),
		.detail = text_get(request->language, answer->detail),
		.action = request->path,
	};

	if (!kept_is_possible(request) || request->body.length > KEPT_MOST)
		return false;
	view.fields = form_resend(request, token_of(request));
	if (view.fields.count == 0)
		return false;
	reply_page(request, answer->status,
		request->community != NULL ? &look_again_page
					   : &look_again_plain_page,
		&view);
	return true;
}

int
kept_refuse(struct request *request, const struct kept_answer *answer)
{
	struct kept_answer *later;

	if (request->body.data == NULL && kept_is_possible(request) &&
		will_fit(request)) {
		later = ARENA_NEW(request->arena, struct kept_answer);
		*later = *answer;
		request->kept = later;
		return 1;
	}
	reply_header(request, "retry-after", answer->retry_after);
	if (!show_again(request, answer))
		reply_problem(request, answer->status, answer->problem,
			answer->title, answer->detail);
	return 1;
}

bool
kept_show_form(struct request *request, int status, const char *notice)
{
	const char *type;
	struct slice body;

	if (!kept_is_possible(request) || request->body.length == 0 ||
		request->body.length > KEPT_MOST)
		return false;
	form_begin_again(request);
	form_hold(request, status, notice);
	db_hold(request->db);
	return request->route->handle(request) == 0 &&
	       reply_made(request, &type, &body) != 0;
}

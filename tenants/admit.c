#include "tenants/admit.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db.h"
#include "db/pool.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/service.h"
#include "tenants/actor.h"
#include "tenants/allowance.h"
#include "tenants/community.h"
#include "tenants/kept.h"
#include "tenants/limits.h"
#include "tenants/look/look.h"
#include "tenants/page_cache.h"
#include "tenants/permission.h"
#include "tenants/rate.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "tenants/session.h"
#include "tenants/turns.h"

/* Seconds after which to come back; a migration or a claim takes no longer. */
#define RETRY_AFTER "120"

static bool
changes_state(const struct request *request)
{
	return request->method != METHOD_GET;
}

/* The answers below are all "replied": 1. */
static int
refuse(struct request *request, int status, const char *title,
	const char *detail)
{
	reply_error(request, status, title, detail);
	return 1;
}

/* The same with a name by which programs tell it from others. */
static int
refuse_as(struct request *request, int status, const char *problem,
	const char *title, const char *detail)
{
	reply_problem(request, status, problem, title, detail);
	return 1;
}

static int
refuse_host(struct request *request)
{
	turn_delay(request);
	return refuse(request, 421, N_("Nothing is served under this address"),
		N_("Check the address that you were given."));
}

static int
refuse_for_now(struct request *request)
{
	struct kept_answer answer = {
		.status = 503,
		.title = N_("This community is not open just now"),
		.detail = N_("It is being worked on. Please come back in a few "
			     "minutes."),
		.retry_after = RETRY_AFTER,
	};

	return kept_refuse(request, &answer);
}

static int
check_open(struct request *request)
{
	const struct community *community = request->community;

	switch (community->state) {
	case COMMUNITY_ACTIVE:
		break;
	case COMMUNITY_PENDING:
		return refuse_for_now(request);
	case COMMUNITY_SUSPENDED:
		return refuse_as(request, 503, "community-suspended",
			N_("This community is suspended"),
			N_("Its host has closed it for the time being."));
	case COMMUNITY_ARCHIVED:
	case COMMUNITY_PURGE_SCHEDULED:
	case COMMUNITY_PURGED:
		return refuse(
			request, 410, N_("This community is closed"), NULL);
	}
	if (!service_knows_schema(community->schema_version))
		return refuse_for_now(request);
	return 0;
}

/* 0, 1 (replied) or −1. */
static int
find_community(struct request *request)
{
	int found = registry_find(service_of(request)->registry, request,
		request->host, &request->community);

	if (found < 0)
		return -1;
	if (found == 0)
		return refuse_host(request);
	request->log.community = request->community->slug;
	request->zone = request->community->zone;
	request->db = db_scope_open(request->community->pool, request->arena,
		request->community->account);
	return 0;
}

/* What was chosen on this browser, else its wish, else the community's own. The
 * member's choice comes with the session and counts more. */
static void
choose_language(struct request *request)
{
	const char *code = request_cookie(request, LOOK_LANGUAGE_COOKIE);
	enum language chosen;
	const struct community *community = request->community;
	enum language otherwise = LANGUAGE_ENGLISH;

	if (community != NULL)
		language_parse(community->config->language, &otherwise);
	request->language = language_negotiate(
		request_header(request, "accept-language"),
		community == NULL ? ~0U : community->languages, otherwise);
	if (code != NULL && language_parse(code, &chosen) == 0 &&
		(community == NULL || community_speaks(community, chosen)))
		request->language = chosen;
}

/*
 * Whether the browser says that a page of ours sent this. Origin comes with
 * every POST of today's browsers; Sec-Fetch-Site tells siblings on the same
 * parent domain apart, too. Where neither is sent the form token decides.
 */
static bool
is_own_origin(const struct request *request)
{
	const char *origin = request_header(request, "origin");
	const char *site = request_header(request, "sec-fetch-site");

	if (origin != NULL && strcmp(origin, request->origin) != 0)
		return false;
	return site == NULL || strcmp(site, "same-origin") == 0 ||
	       strcmp(site, "none") == 0;
}

bool
admit_is_own_page(const struct request *request)
{
	const char *site = request_header(request, "sec-fetch-site");

	return is_own_origin(request) &&
	       (request_header(request, "origin") != NULL ||
		       (site != NULL && strcmp(site, "same-origin") == 0));
}

/* Whether the path is one that can be asked for. */
static bool
is_page(const struct request *request)
{
	const struct route *route;
	struct route_parameters parameters;
	unsigned allowed;

	return route_find(request->service->routes, METHOD_GET, request->path,
		       &route, &parameters, &allowed) == ROUTE_FOUND;
}

const char *
admit_login_path(struct request *request)
{
	struct buffer path = BUFFER_EMPTY;
	const char *result;

	buffer_add_text(&path, "/login");
	if (strcmp(request->path, "/") != 0 && is_page(request)) {
		buffer_add_text(&path, "?next=");
		buffer_add_url(&path, request->path);
		if (request->query[0] != '\0') {
			buffer_add_url(&path, "?");
			buffer_add_url(&path, request->query);
		}
	}
	result = arena_copy(request->arena, path.data, path.length);
	buffer_release(&path);
	return result;
}

static int
redirect(struct request *request, const char *path)
{
	reply_redirect(request, path);
	return 1;
}

static int
redirect_to_login(struct request *request)
{
	const char *path = admit_login_path(request);

	if (!changes_state(request))
		return redirect(request, path);
	reply_redirect_notice(request, path, "logged-out-meanwhile");
	return 1;
}

/* Pages lead to where the visitor can do something about it. */
static int
answer_page(struct request *request, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_ALLOWED:
		return 0;
	case VERDICT_LOG_IN:
		return redirect_to_login(request);
	case VERDICT_CONFIRM:
		return redirect(request, "/confirm");
	case VERDICT_TERMS:
		return redirect(request, "/terms/accept");
	case VERDICT_ALREADY_IN:
		return redirect(request, "/");
	case VERDICT_PENDING:
		return refuse_as(request, 403, "awaiting-approval",
			N_("Your membership waits for approval"),
			N_("The administrators decide about it. You will get a "
			   "mail."));
	case VERDICT_SUSPENDED:
		return refuse_as(request, 403, "membership-suspended",
			N_("Your membership is suspended"),
			N_("Ask the administrators of the community."));
	case VERDICT_FORBIDDEN:
		break;
	}
	return refuse(request, 403, N_("You may not do this"),
		N_("Others in this community hold the right to."));
}

static int
answer_api(struct request *request, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_LOG_IN:
		reply_header(request, "www-authenticate", "Bearer");
		return refuse(request, 401, N_("A valid token is needed"),
			N_("Send it as Authorization: Bearer."));
	case VERDICT_CONFIRM:
		return refuse_as(request, 403, "address-not-confirmed",
			N_("Your e-mail address is not confirmed"),
			N_("Open the link that was mailed to it."));
	case VERDICT_TERMS:
		return refuse_as(request, 403, "terms-not-accepted",
			N_("The terms of use have changed"),
			N_("Accept them before you go on."));
	case VERDICT_ALREADY_IN:
		return refuse_as(request, 403, "logged-in-already",
			N_("You are logged in"), NULL);
	default:
		return answer_page(request, verdict);
	}
}

/* The community's own limits, not the visitor's. */
static int
refuse_busy(struct request *request, int64_t seconds)
{
	struct kept_answer answer = {
		.status = 429,
		.problem = "community-busy",
		.title = N_("Too many are asking at once"),
		.detail = N_("This community gets more requests than it can "
			     "answer. Please try again in a moment."),
		.retry_after = arena_text(request->arena, log_integer(seconds)),
	};

	turn_delay(request);
	return kept_refuse(request, &answer);
}

int
admit_refuse_crowd(struct request *request, enum metrics_value reason)
{
	metrics_add(service_of(request)->metrics, reason, 1);
	return refuse_busy(request, 5);
}

static int
wait_for_turn(struct request *request)
{
	struct limits limits = service_limits(request);
	const struct turn_limits turns = {
		.alone = limits.concurrent_requests,
		.shared = limits.shared_requests,
	};
	int outcome = turn_take(request, &turns);

	return outcome == 1 ? admit_refuse_crowd(request, METRICS_CROWDED)
			    : outcome;
}

/* Styles and pictures come with a page: they count with it. */
static int
check_allowance(struct request *request)
{
	struct limits limits = service_limits(request);
	int64_t wait;

	if (limits.requests_per_second == LIMIT_OFF ||
		request->route->rate == RATE_ASSET)
		return 0;
	wait = allowance_take(service_of(request)->allowances,
		request->community->id, limits.requests_per_second,
		limits.burst, clock_monotonic());
	if (wait == 0)
		return 0;
	turn_count_limited(request);
	metrics_add(service_of(request)->metrics, METRICS_LIMITED, 1);
	return refuse_busy(request, 1 + wait / CLOCK_SECOND);
}

static int
check_rate(struct request *request)
{
	int64_t wait = rate_take(service_rates(request), request);
	struct kept_answer answer = {
		.status = 429,
		.title = N_("Too many tries"),
	};

	if (wait == 0)
		return 0;
	metrics_add(service_of(request)->metrics, METRICS_TRIES, 1);
	answer.detail = rate_wait_text(request, wait);
	answer.retry_after = arena_text(request->arena, log_integer(wait));
	return kept_refuse(request, &answer);
}

int
admit_refuse(struct request *request, enum verdict verdict)
{
	return request_is_api(request) ? answer_api(request, verdict)
				       : answer_page(request, verdict);
}

int
admit_check_permission(struct request *request)
{
	return admit_refuse(request, permission_of(request));
}

/* Where something can be done about it, and then the form be shown again. */
static bool
waits_for_body(const struct request *request, enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_LOG_IN:
	case VERDICT_TERMS:
	case VERDICT_ALREADY_IN:
		return kept_is_possible(request);
	default:
		return false;
	}
}

int
admit_check_body(struct request *request)
{
	enum verdict verdict = permission_of(request);
	int outcome = 0;

	switch (verdict) {
	case VERDICT_ALLOWED:
		return 0;
	case VERDICT_LOG_IN:
	case VERDICT_TERMS:
		return kept_ask(request, verdict);
	case VERDICT_ALREADY_IN:
		/* In another window meanwhile. */
		outcome = kept_resume(request);
		break;
	default:
		break;
	}
	return outcome != 0 ? outcome : admit_refuse(request, verdict);
}

/* To the same under HTTPS, once the host is known to be one of ours. The head's
 * reader refused what could end a line. */
static int
ask_for_https(struct request *request)
{
	if (!service_of(request)->redirect || request->secure)
		return 0;
	reply_header(request, "Location",
		arena_printf(request->arena, "%s%s", service_origin(request),
			request->target));
	/* Whoever sent a body is to send it again, 308. */
	reply_bytes(request, changes_state(request) ? 308 : 301, NULL, NULL, 0);
	return 1;
}

static int
admit_here(struct request *request)
{
	int outcome;

	choose_language(request);
	if ((request->route->flags & ROUTE_ANY_HOST) != 0)
		return 0;
	outcome = find_community(request);
	if (outcome == 0)
		outcome = ask_for_https(request);
	if (outcome != 0)
		return outcome;
	choose_language(request);
	outcome = wait_for_turn(request);
	if (outcome == 0)
		outcome = check_open(request);
	if (outcome == 0)
		outcome = check_allowance(request);
	if (outcome == 0)
		outcome = check_rate(request);
	if (outcome != 0)
		return outcome;
	if (changes_state(request) && !request_is_api(request) &&
		!is_own_origin(request))
		return refuse(request, 403, N_("This came from another site"),
			N_("Open the page here and send the form once more."));
	/* Styles and pictures are the same for everybody. */
	if (request->route->rate == RATE_ASSET)
		return 0;
	if (session_find(request) < 0)
		return -1;
	/* Then admit_check_body() answers. */
	if (waits_for_body(request, permission_of(request)))
		return 0;
	outcome = admit_check_permission(request);
	if (outcome != 0)
		return outcome;
	return page_cache_answer(service_of(request)->page_cache,
		       service_of(request)->epochs, request)
		       ? 1
		       : 0;
}

int
service_admit(struct request *request)
{
	int outcome = admit_here(request);

	/* What is sent may come slowly: nobody is to wait for it. */
	if (request->method != METHOD_GET)
		turn_leave(request);
	return outcome;
}

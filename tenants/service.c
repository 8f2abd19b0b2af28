#include "tenants/service.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/route.h"
#include "http/template.h"
#include "loop/task.h"
#include "tenants/actor.h"
#include "tenants/admit.h"
#include "tenants/community.h"
#include "tenants/features.h"
#include "tenants/form_token.h"
#include "tenants/kept.h"
#include "tenants/look/look.h"
#include "tenants/metrics.h"
#include "tenants/page_cache.h"
#include "tenants/rate.h"
#include "tenants/registry.h"
#include "tenants/site_view.h"
#include "tenants/turns.h"

/* More pages than this is a sign that something else is wrong. */
#define PAGES_MOST 256

/* Whose form token is wrong or too old sees the form again, with a fresh one.
 */
static int
check(struct request *request)
{
	int outcome;

	if (request->kept != NULL)
		return kept_refuse(request, request->kept);
	outcome = admit_check_body(request);
	if (outcome != 0 || form_token_check(request))
		return outcome;
	if (kept_is_possible(request) && form_author_check(request)) {
		form_hold(request, 403,
			N_("This page had been open for too long. Please check "
			   "what you wrote and send it again."));
		db_hold(request->db);
		return 0;
	}
	reply_error(request, 403, N_("This form is no longer valid"),
		N_("It was open for too long, or in another session. Load its "
		   "page again and send it once more."));
	return 1;
}

/* Whose time is over may have waited for something else than the database. */
static enum db_failure
failure_of(const struct request *request)
{
	if (request->db == NULL)
		return DB_FAILURE_UNAVAILABLE;
	return task_is_over() ? DB_FAILURE_CANCELLED : db_failure(request->db);
}

static const struct kept_answer away = {
	.status = 503,
	.title = N_("This is not possible just now"),
	.detail = N_("Please try again in a moment."),
	.retry_after = "10",
};

static const struct kept_answer read_only = {
	.status = 503,
	.problem = "read-only",
	.title = N_("Nothing can be changed just now"),
	.detail = N_("Reading goes on. Please try again later."),
	.retry_after = "300",
};

/* The database still reads: the form itself is shown, with what was typed. */
static void
refuse_write(struct request *request, const struct kept_answer *answer)
{
	if (kept_show_form(request, answer->status,
		    N_("Nothing could be saved just now. What you wrote is "
		       "kept here: please send it again in a moment.")))
		reply_header(request, "retry-after", answer->retry_after);
	else
		kept_refuse(request, answer);
}

static void
release_community(void *object)
{
	community_drop(object);
}

/* What came into force meanwhile is to be shown. The snapshot before is held
 * until the request ends: its scope of the database points there. */
static void
renew_community(struct request *request)
{
	const struct community *current = NULL;

	if (registry_find(service_of(request)->registry, request, request->host,
		    &current) <= 0)
		return;
	arena_on_free(request->arena, release_community,
		(void *)(uintptr_t)request->community);
	request->community = current;
}

/* Who may no longer do what they sent a form for: it waits, as it would have
 * from the beginning, where they can do something about it. 1 when answered. */
static int
answer_overruled(struct request *request)
{
	if (!kept_is_possible(request))
		return admit_check_permission(request);
	renew_community(request);
	return admit_check_body(request);
}

static void
failed(struct request *request)
{
	enum db_failure failure = failure_of(request);

	if (request->actor != NULL && request->actor->overruled &&
		answer_overruled(request) == 1)
		return;
	if (turn_is_crowded(request)) {
		(void)admit_refuse_crowd(request, METRICS_PASSWORDS);
		return;
	}
	switch (failure) {
	case DB_FAILURE_UNAVAILABLE:
	case DB_FAILURE_CANCELLED:
		kept_refuse(request, &away);
		return;
	case DB_FAILURE_CROWDED:
		admit_refuse_crowd(request, METRICS_CONNECTIONS_REFUSED);
		return;
	case DB_FAILURE_CONFLICT:
		refuse_write(request, &away);
		return;
	case DB_FAILURE_READ_ONLY:
		refuse_write(request, &read_only);
		return;
	case DB_FAILURE_NONE:
	case DB_FAILURE_DUPLICATE:
	case DB_FAILURE_ORPHAN:
	case DB_FAILURE_REFUSED:
	case DB_FAILURE_DEFECT:
		break;
	}
	reply_error(request, 500, N_("Something went wrong here"),
		N_("It is not your fault. If it happens again, tell us."));
}

/* An answer that was put off waits for the body alone. */
static int
admit(struct request *request)
{
	int outcome = service_admit(request);

	if (outcome < 0)
		failed(request);
	return request->kept != NULL ? 0 : outcome < 0 ? 1 : outcome;
}

static int
begin(struct request *request)
{
	int outcome;

	if (request->kept != NULL)
		return 0;
	outcome = turn_resume(request);
	return outcome == 1 ? admit_refuse_crowd(request, METRICS_CROWDED)
			    : outcome;
}

static void
replied(struct request *request)
{
	const struct tenant_service *service = service_of(request);

	page_cache_keep(service->page_cache, service->epochs, request);
}

static void
answered(const struct request *request, int64_t microseconds)
{
	metrics_answered(service_of(request)->metrics, request, microseconds);
}

static void
leave(struct request *request)
{
	turn_leave(request);
	if (request->community != NULL)
		community_drop(request->community);
	request->community = NULL;
}

static struct route_table *
make_routes(void)
{
	const struct route **rows;
	struct route_table *table;
	size_t count = 0;

	for (size_t i = 0; features[i] != NULL; i++)
		count += features[i]->route_count;
	rows = memory_new(count, sizeof(const struct route *));
	count = 0;
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->route_count; j++)
			rows[count++] = &features[i]->routes[j];
	table = route_table_new(rows, count);
	free(rows);
	return table;
}

void
service_init(struct tenant_service *service)
{
	*service = (struct tenant_service){
		.service =
			{
				.routes = make_routes(),
				.admit = admit,
				.begin = begin,
				.check = check,
				.replied = replied,
				.failed = failed,
				.answered = answered,
				.leave = leave,
				.common = &site_view_record,
				.common_view = site_view_make,
				.error_page = &look_error_page,
			},
		.rates = rate_table_new(),
		.page_cache = page_cache_new(0),
	};
}

void
service_release(struct tenant_service *service)
{
	route_table_free((struct route_table *)service->service.routes);
	rate_table_free(service->rates);
	page_cache_free(service->page_cache);
	digest_wipe(service->form_key, sizeof(service->form_key));
}

const struct page *const *
service_pages(size_t *ret_count)
{
	static const struct page *pages[PAGES_MOST];
	size_t count = 0;

	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->page_count; j++) {
			if (count == PAGES_MOST)
				log_defect("service_pages",
					"more than %d pages", PAGES_MOST);
			pages[count++] = features[i]->pages[j];
		}
	*ret_count = count;
	return pages;
}

const struct tenant_service *
service_of(const struct request *request)
{
	return (const struct tenant_service *)(const void *)request->service;
}

struct limits
service_limits(const struct request *request)
{
	return limits_join(
		&request->community->limits, &service_of(request)->limits);
}

const struct password_cost *
service_password_cost(const struct request *request)
{
	return &service_of(request)->password_cost;
}

struct rate_table *
service_rates(const struct request *request)
{
	return service_of(request)->rates;
}

const unsigned char *
service_form_key(const struct request *request)
{
	return service_of(request)->form_key;
}

const char *
service_origin(const struct request *request)
{
	const struct tenant_service *service = service_of(request);

	if (service->port == 0)
		return arena_printf(request->arena, "%s://%s", service->scheme,
			request->host);
	return arena_printf(request->arena, "%s://%s:%u", service->scheme,
		request->host, service->port);
}

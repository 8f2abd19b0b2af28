/*
 * service.h: what the HTTP layer asks of whoever is above it. http/ knows
 * nothing of communities or members; tenants/service.c fills this in.
 */
#ifndef MISSIOND_HTTP_SERVICE_H
#define MISSIOND_HTTP_SERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "base/record.h"

struct request;
struct page;
struct route_table;
struct template_set;

struct service {
	const struct route_table *routes;
	const struct template_set *templates; /* swapped by reload */

	/*
	 * After the head, before the body: the community of request->host (421
	 * when there is none), maintenance, read-only, rate limits, the session
	 * or bearer token, the Origin check, the route's permission. Fills
	 * community, db, actor, language. Returns 0 to go on, 1 when it has
	 * replied, −1 on failure. May wait.
	 */
	int (*admit)(struct request *request);

	/* After the body, before check and handler: waits until it is the
	 * request's turn. 0, 1 (replied) or −1. NULL: it always is. */
	int (*begin)(struct request *request);

	/* After the body, before the handler of a state-changing page route:
	 * the CSRF token. 0, 1 (replied) or −1. */
	int (*check)(struct request *request);

	/* After a handler replied: may look at the reply and add to it; must
	 * not wait. NULL: nothing. */
	void (*replied)(struct request *request);

	/* After a handler, admit or check returned −1: replies, 503 when the
	 * database is away (with Retry-After), 500 for a defect. */
	void (*failed)(struct request *request);

	/* When a reply is sent, also where the request came to no route: counts
	 * it. `microseconds` since its head arrived. NULL: nobody counts. */
	void (*answered)(const struct request *request, int64_t microseconds);

	/* After the reply or the loss of the connection; must not wait. */
	void (*leave)(struct request *request);

	/* The record behind every page, and its value for this request. */
	const struct record *common;
	const void *(*common_view)(struct request *request);

	/* The error page; rendered with struct error_view. */
	const struct page *error_page;
};

/* What the error page shows. */
struct error_view {
	int64_t status;
	const char *title;
	const char *detail;	/* or NULL */
	const char *request_id; /* to tell the host */
};
extern const struct record error_view_record;

#endif

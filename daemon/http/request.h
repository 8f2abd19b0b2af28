/*
 * request.h: what a handler works with. A request lives in one arena and dies
 * with its reply. A function that takes a `struct request *` may wait.
 */
#ifndef MISSIOND_HTTP_REQUEST_H
#define MISSIOND_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/record.h"
#include "base/uuid.h"
#include "http/route.h"
#include "text/catalogue.h"

struct actor;
struct arena;
struct buffer;
struct community;
struct db;
struct form_state;
struct kept_answer;
struct page_draft;
struct reply;
struct service;
struct turn;
struct zone;

struct http_header {
	const char *name; /* lower case */
	const char *value;
};

struct request {
	struct arena *arena;
	const struct route *route;
	struct route_parameters parameters;
	enum method method;
	bool head;	    /* asked with HEAD: no body is sent */
	bool secure;	    /* TLS here, or said by a trusted proxy */
	const char *host;   /* lower case, without port */
	const char *origin; /* "https://host[:port]" as the visitor sees it */
	const char *path;   /* decoded */
	const char *target; /* path and query as they were sent */
	const char *query;  /* raw, without '?', "" when absent */
	const char *peer;   /* numeric address of the visitor */
	char id[UUID_TEXT_SIZE];
	struct log_context log;
	int64_t deadline;     /* clock_monotonic() */
	struct timestamp now; /* wall time when the request began */

	const struct http_header *headers;
	size_t header_count;
	/* whole, unless the route streams; its length alone after a form was
	 * read */
	struct slice body;
	struct reply *reply;
	struct form_state *form; /* the form read or to be shown; form.h */
	void *stream;		 /* the consumer's own */

	/* Set by the service (tenants) before the handler runs: */
	const struct service *service;
	const struct community *community; /* snapshot, held for the request */
	struct actor *actor;		   /* NULL: anonymous */
	struct db *db;			   /* the community's scope */
	struct turn *turn;		   /* to be worked on, or NULL */
	enum language language;
	const struct zone *zone;  /* the community's clocks; NULL: UTC */
	struct page_draft *draft; /* the service's own, from admit to replied */
	/* the service's own: what to answer once the body is there, or NULL */
	const struct kept_answer *kept;
};

/* Gives it an id, which its log lines name. */
void request_name(struct request *request);

/* A request header's value, or NULL. `name` in lower case. */
const char *request_header(const struct request *request, const char *name);

/* A cookie's value, or NULL. */
const char *request_cookie(const struct request *request, const char *name);

/* A path parameter as text (never NULL for a name of the route's path). */
const char *request_parameter(const struct request *request, const char *name);

/* A path parameter of kind uuid. */
struct uuid request_parameter_uuid(
	const struct request *request, const char *name);

/* A query parameter, decoded, or NULL; invalid UTF-8 and NUL read as NULL. */
const char *request_query(const struct request *request, const char *name);

/* A page number from the query: 1 when absent, 0 when it is not a number in
 * 1–100,000 (answer 404). */
int64_t request_page(const struct request *request);

/* Whether the route is part of the JSON API. */
bool request_is_api(const struct request *request);

#endif

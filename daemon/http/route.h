/*
 * route.h: one row for everything that can be asked for. The row carries the
 * policy; the gate and the dispatcher enforce it, once, before the body is read
 * and before the handler runs. The whole surface is one table (tenants/
 * features.c) made of the features' tables.
 */
#ifndef MISSIOND_HTTP_ROUTE_H
#define MISSIOND_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

struct request;

enum method {
	METHOD_GET, /* serves HEAD too */
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_COUNT
};

/* "GET". */
const char *route_method(enum method method);

enum rate_class {
	RATE_PAGE,  /* reading */
	RATE_WRITE, /* changing */
	RATE_LOGIN, /* guessing would pay: log-in, reset, claim */
	RATE_ASSET
};

enum route_flags {
	/* JSON in and out, bearer token, problem documents (RFC 9457) */
	ROUTE_API = 1,
	/* open to members who have not accepted the current terms (P7) */
	ROUTE_BEFORE_TERMS = 2,
	/* the body goes to `consume` as it comes, never whole into memory */
	ROUTE_STREAMS = 4,
	/* answered for any host and without a community (well-known, assets) */
	ROUTE_ANY_HOST = 8,
	/* for anonymous visitors the page is the same for all: may be cached */
	ROUTE_CACHEABLE = 16,
	/*
	 * The handler begins with form_read() and shows the form again when
	 * that returns 1: so it can be shown filled to somebody whose form
	 * token is too old (form_hold()), who has to log in first (form_keep())
	 * or to come back in a moment (form_resend()). Not for forms behind a
	 * log-in that ask for a password, for personal details or for whom to
	 * give rights: another may log in.
	 */
	ROUTE_REFILLS = 32,
	/* a page asks for it by itself: that is no use of a log-in, which would
	 * otherwise never end while the page is open */
	ROUTE_UNATTENDED = 64
};

/*
 * Handlers wait by calling down into the database; they return 0 when they
 * replied, −1 after a failed call: the dispatcher then answers (503 when the
 * database is away, 500 for a defect).
 */
typedef int route_handler(struct request *request);
/* A piece of a streamed body; `length` 0 at its end. 0 goes on, −1 stops. */
typedef int route_consumer(
	struct request *request, const void *data, size_t length);

/*
 * `path` has literal segments and parameters with a kind:
 *	{id:uuid}   26 base32 characters; anything else is 404
 *	{name:word} letters, digits, '-', '_', '.', at most 64 bytes
 *	{token:token} 43 characters of base64url
 * Two routes must not match the same path and method (a test checks).
 */
struct route {
	enum method method;
	const char *path;
	const char *name; /* "listings.show": logs, metrics, selftest */
	int permission;	  /* enum permission of tenants/permission.h */
	enum rate_class rate;
	unsigned flags;
	size_t body_limit; /* bytes; 0: no body allowed */
	route_handler *handle;
	route_consumer *consume;
};

#define ROUTE_FORM_LIMIT ((size_t)256 * 1024)

struct route_table;

/* Compiles tables of rows into a matcher; aborts on a row it cannot read. */
struct route_table *route_table_new(
	const struct route *const *rows, size_t count);
void route_table_free(struct route_table *table);

enum route_match { ROUTE_FOUND, ROUTE_UNKNOWN, ROUTE_OTHER_METHOD };

#define ROUTE_PARAMETERS 4
struct route_parameters {
	struct {
		const char *name;  /* points into the row's compiled path */
		const char *value; /* points into the decoded path */
		size_t length;
	} items[ROUTE_PARAMETERS];
	size_t count;
};

/* Finds the row for an already decoded path. `allowed` gets a bit per method
 * of the path, for the Allow header. */
enum route_match route_find(const struct route_table *table, enum method method,
	const char *path, const struct route **ret_route,
	struct route_parameters *ret_parameters, unsigned *ret_allowed);

#endif

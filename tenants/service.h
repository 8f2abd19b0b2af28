/*
 * service.h: what http/ asks of us (http/service.h), answered: which community
 * a host is, who asks, whether they may, in which language, and what every
 * page's layout shows. One per worker.
 */
#ifndef MISSIOND_TENANTS_SERVICE_H
#define MISSIOND_TENANTS_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/digest.h"
#include "crypto/password.h"
#include "http/service.h"
#include "tenants/limits.h"

struct allowance_table;
struct channels;
struct epoch_table;
struct metrics;
struct page_cache;
struct rate_table;
struct registry;
struct request;
struct turns;

/* The oldest and the newest version of a community's schema that this code
 * serves; outside of it the community alone is in maintenance. */
#define SERVICE_SCHEMA_OLDEST 5
#define SERVICE_SCHEMA_NEWEST 5

static inline bool
service_knows_schema(int64_t version)
{
	return version >= SERVICE_SCHEMA_OLDEST &&
	       version <= SERVICE_SCHEMA_NEWEST;
}

struct tenant_service {
	struct service service; /* first: request->service points here */
	struct registry *registry;
	struct epoch_table *epochs;
	struct rate_table *rates;
	struct turns *turns;
	struct allowance_table *allowances;
	struct metrics *metrics;   /* NULL: nobody counts */
	struct channels *channels; /* event streams: events/channels.h */
	struct limits limits; /* of communities that have none of their own */
	struct page_cache *page_cache;
	struct password_cost password_cost;
	const char *scheme;	  /* of addresses in mails: "http" or "https" */
	unsigned port;		  /* of these; 0: the scheme's own */
	bool redirect;		  /* plain requests get the https: address */
	int64_t session_idle;	  /* µs; a session unused for that long ends */
	int64_t session_lifetime; /* µs after its log-in it ends anyway */
	unsigned char form_key[DIGEST_SIZE];
};

/*
 * Fills in the functions and makes the table of routes from features[]. The
 * registry, epoch table, channels, turns, allowances, metrics, limits,
 * templates, password cost, address of mails, session times and form key are
 * the caller's to set before the first request; templates again on reload
 * (after catalogue_load(): they take the translations in when compiled), with
 * page_cache_restart(). Until the caller sets its limit so, no page is kept.
 */
void service_init(struct tenant_service *service);
void service_release(struct tenant_service *service);

/* Every page of features[], for template_set_load(); in static memory. */
const struct page *const *service_pages(size_t *ret_count);

/* The service of a request. */
const struct tenant_service *service_of(const struct request *request);

/* What the request's community may take. */
struct limits service_limits(const struct request *request);
const struct password_cost *service_password_cost(
	const struct request *request);
struct rate_table *service_rates(const struct request *request);
const unsigned char *service_form_key(const struct request *request);

/*
 * The site's address as mails give it: scheme and port are the host's setting,
 * whatever the request's Host header said. Who asks for a mail to somebody
 * else does not choose where its link leads.
 */
const char *service_origin(const struct request *request);

#endif

/*
 * listings.h: offers and requests. A member posts, edits and withdraws their
 * own; admins who hold the scope "content" may withdraw anybody's. The audit
 * list keeps each of these acts. A listing is in the lists from the day it is
 * posted through its day "until"; its page stays for those who have the
 * address.
 */
#ifndef MISSIOND_TENANTS_LISTINGS_LISTINGS_H
#define MISSIOND_TENANTS_LISTINGS_LISTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/features.h"
#include "tenants/listings/statements.h"

struct request;

extern const struct feature listings_feature;

/* What a member says of a listing: the form's and the API's fields. */
struct listing_input {
	const char *kind; /* "offer", "request"; fixed once posted */
	const char *category;
	const char *title;
	const char *body;
	int64_t price; /* minor units of the community's currency, or none */
	const char *exchange;
	const char *place;
	struct timestamp until;
};

/* What a list is narrowed to. */
struct listings_query {
	const char *kind;     /* or NULL: both */
	const char *category; /* slug, or NULL: all */
	int64_t page;	      /* from 1 */
};

/*
 * Reads "kind", "category" and "page" from the request's query. 0, or 1 when
 * one of them cannot be (reply_not_found).
 */
int listings_query_read(struct request *request, struct listings_query *query);

/* One page; `more` says that another follows. 0 or -1. */
int listings_page(struct request *request, const struct listings_query *query,
	struct record_list *ret_summaries, bool *ret_more);

/* The newest offers and the newest requests. 0 or -1. */
int listings_front(struct request *request, struct record_list *ret_offers,
	struct record_list *ret_requests);

/* A member's listings; `all` includes those withdrawn or over. 0 or -1. */
int listings_by_author(struct request *request, struct uuid author, bool all,
	struct record_list *ret_summaries);

/* The listing, when the asker may see it: 1, 0 (not found) or -1. */
int listing_find(
	struct request *request, struct uuid id, struct listing *ret_listing);

/* What the asker may do with it. */
bool listing_may_edit(
	const struct request *request, const struct listing *listing);
bool listing_may_withdraw(
	const struct request *request, const struct listing *listing);

/* The listing of the path ({id}) for an act that the asker may do, asked with
 * one of the two above: 1, 0 (replied: 404 or 403) or -1. */
int listing_find_for(struct request *request, struct listing *ret_listing,
	bool (*may)(const struct request *, const struct listing *));

/* The community's calendar day, as `until` is stored: the midnight UTC it
 * begins with. */
struct timestamp listings_today(const struct request *request);

/* Whether it is in the lists: neither withdrawn nor past its last day. */
bool listing_is_current(
	const char *state, struct timestamp until, struct timestamp today);

/* The acts, with an input that form.h has read: 0, 1 when refused (form_fail()
 * was called) or -1. */
int listing_post(struct request *request, const struct listing_input *input,
	struct uuid *ret_id);
int listing_edit(struct request *request, const struct listing *listing,
	const struct listing_input *input);
/* 0, 1 when it is withdrawn already, or -1. */
int listing_withdraw(struct request *request, const struct listing *listing);

#endif

#include "tenants/listings/api.h"

#include "base/arena.h"
#include "base/uuid.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/listings/form.h"
#include "tenants/listings/listings.h"

struct api_listing {
	struct uuid id;
	const char *kind;
	const char *category;
	const char *title;
	const char *body; /* Markdown */
	int64_t price;	  /* minor units, or null */
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	const char *state;
	struct timestamp posted;
	struct timestamp changed;
	const char *author; /* user name */
};

static const struct field api_listing_fields[] = {
	FIELD_UUID(struct api_listing, id),
	FIELD_TEXT(struct api_listing, kind),
	FIELD_TEXT(struct api_listing, category),
	FIELD_TEXT(struct api_listing, title),
	FIELD_TEXT(struct api_listing, body),
	FIELD_INTEGER(struct api_listing, price),
	FIELD_TEXT(struct api_listing, currency),
	FIELD_TEXT(struct api_listing, exchange),
	FIELD_TEXT(struct api_listing, place),
	FIELD_TIME(struct api_listing, until),
	FIELD_TEXT(struct api_listing, state),
	FIELD_TIME(struct api_listing, posted),
	FIELD_TIME(struct api_listing, changed),
	FIELD_TEXT(struct api_listing, author),
};
static const struct record api_listing_record =
	RECORD(struct api_listing, api_listing_fields);

struct api_listings {
	struct record_list listings; /* of listing_summary */
	int64_t page;
	bool more;
};

static const struct field api_listings_fields[] = {
	FIELD_LIST(struct api_listings, listings, listing_summary_record),
	FIELD_INTEGER(struct api_listings, page),
	FIELD_BOOLEAN(struct api_listings, more),
};
static const struct record api_listings_record =
	RECORD(struct api_listings, api_listings_fields);

int
listings_api_index(struct request *request)
{
	struct listings_query query;
	struct api_listings answer = {0};

	if (listings_query_read(request, &query) != 0)
		return reply_not_found(request);
	if (listings_page(request, &query, &answer.listings, &answer.more) < 0)
		return -1;
	if (query.page > 1 && answer.listings.count == 0)
		return reply_not_found(request);
	answer.page = query.page;
	return reply_record(request, 200, &api_listings_record, &answer);
}

static int
reply_listing(struct request *request, int status, struct uuid id)
{
	struct listing listing;
	int found = listing_find(request, id, &listing);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_not_found(request);
	struct api_listing answer = {
		.id = listing.id,
		.kind = listing.kind,
		.category = listing.category,
		.title = listing.title,
		.body = listing.body,
		.price = listing.price,
		.currency = listing.currency,
		.exchange = listing.exchange,
		.place = listing.place,
		.until = listing.until,
		.state = listing.state,
		.posted = listing.posted,
		.changed = listing.changed,
		.author = listing.username,
	};
	return reply_record(request, status, &api_listing_record, &answer);
}

int
listings_api_show(struct request *request)
{
	return reply_listing(
		request, 200, request_parameter_uuid(request, "id"));
}

int
listings_api_post(struct request *request)
{
	struct uuid id;
	char text[UUID_TEXT_SIZE];
	int outcome = listing_form_post(request, &id);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return outcome == LISTING_REPLIED ? 0
						  : reply_form_errors(request);
	uuid_format(id, text);
	reply_header(request, "Location",
		arena_printf(request->arena, "/api/v1/listings/%s", text));
	return reply_listing(request, 201, id);
}

int
listings_api_change(struct request *request)
{
	struct listing listing;
	int outcome = listing_form_change(request, &listing);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return outcome == LISTING_REPLIED ? 0
						  : reply_form_errors(request);
	return reply_listing(request, 200, listing.id);
}

int
listings_api_withdraw(struct request *request)
{
	struct listing listing;
	int outcome = listing_find_for(request, &listing, listing_may_withdraw);

	if (outcome <= 0)
		return outcome;
	if (listing_withdraw(request, &listing) < 0)
		return -1;
	return reply_empty(request);
}

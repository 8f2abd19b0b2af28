#include "tenants/listings/pages.h"

#include <string.h>

#include "base/uuid.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/listings.h"
#include "text/markdown.h"

struct show_view {
	struct uuid id;
	bool is_offer;
	const char *category; /* slug */
	const char *category_label;
	const char *title;
	const char *body; /* HTML */
	bool free;
	bool priced;
	int64_t price;
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp until;
	struct timestamp posted;
	struct timestamp changed; /* none when never */
	const char *author;	  /* user name */
	const char *author_name;
	struct timestamp author_joined;
	bool withdrawn;
	bool over;
	bool mine;
	bool may_edit;
	bool may_withdraw;
};

static const struct field show_fields[] = {
	FIELD_UUID(struct show_view, id),
	FIELD_BOOLEAN(struct show_view, is_offer),
	FIELD_TEXT(struct show_view, category),
	FIELD_TEXT(struct show_view, category_label),
	FIELD_TEXT(struct show_view, title),
	FIELD_HTML(struct show_view, body),
	FIELD_BOOLEAN(struct show_view, free),
	FIELD_BOOLEAN(struct show_view, priced),
	FIELD_INTEGER(struct show_view, price),
	FIELD_TEXT(struct show_view, currency),
	FIELD_TEXT(struct show_view, exchange),
	FIELD_TEXT(struct show_view, place),
	FIELD_TIME(struct show_view, until),
	FIELD_TIME(struct show_view, posted),
	FIELD_TIME(struct show_view, changed),
	FIELD_TEXT(struct show_view, author),
	FIELD_TEXT(struct show_view, author_name),
	FIELD_TIME(struct show_view, author_joined),
	FIELD_BOOLEAN(struct show_view, withdrawn),
	FIELD_BOOLEAN(struct show_view, over),
	FIELD_BOOLEAN(struct show_view, mine),
	FIELD_BOOLEAN(struct show_view, may_edit),
	FIELD_BOOLEAN(struct show_view, may_withdraw),
};
static const struct record show_record = RECORD(struct show_view, show_fields);

const struct page listings_show_page = {"listings/show.html", &show_record};

/* Below the page's own title. */
#define BODY_HEADING 2

static struct show_view
make_view(struct request *request, const struct listing *listing)
{
	bool withdrawn = strcmp(listing->state, "withdrawn") == 0;

	return (struct show_view){
		.id = listing->id,
		.is_offer = strcmp(listing->kind, "offer") == 0,
		.category = listing->category,
		.category_label = category_label(request, listing->category),
		.title = listing->title,
		.body = markdown_html(
			request->arena, listing->body, BODY_HEADING),
		.free = listing->price == 0,
		.priced = listing->price > 0,
		.price = listing->price,
		.currency = listing->currency,
		.exchange = listing->exchange,
		.place = listing->place,
		.until = listing->until,
		.posted = listing->posted,
		.changed = listing->changed.microseconds ==
					   listing->posted.microseconds
				   ? TIME_NONE
				   : listing->changed,
		.author = listing->username,
		.author_name = listing->name,
		.author_joined = listing->author_joined,
		.withdrawn = withdrawn,
		.over = !withdrawn &&
			!listing_is_current(listing->state, listing->until,
				listings_today(request)),
		.mine = request->actor != NULL &&
			uuid_equal(request->actor->member, listing->author),
		.may_edit = listing_may_edit(request, listing),
		.may_withdraw = listing_may_withdraw(request, listing),
	};
}

int
listings_page_show(struct request *request)
{
	struct listing listing;
	int found = listing_find(
		request, request_parameter_uuid(request, "id"), &listing);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_not_found(request);
	struct show_view view = make_view(request, &listing);
	return reply_page(request, 200, &listings_show_page, &view);
}

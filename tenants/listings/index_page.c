#include "tenants/listings/pages.h"

#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/events/events.h"
#include "tenants/listings/cards.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/listings.h"

struct index_view {
	bool offers; /* only these; neither: both */
	bool requests;
	const char *kind; /* as in the address, or NULL */
	const char *category;
	const char *category_label;
	struct record_list categories; /* of category_view */
	struct record_list cards;
	bool any;
	bool paged; /* more than this page */
	int64_t page;
	const char *newer; /* addresses, or NULL */
	const char *older;
	const char *mark; /* the first page: which moment it shows */
};

static const struct field index_fields[] = {
	FIELD_BOOLEAN(struct index_view, offers),
	FIELD_BOOLEAN(struct index_view, requests),
	FIELD_TEXT(struct index_view, kind),
	FIELD_TEXT(struct index_view, category),
	FIELD_TEXT(struct index_view, category_label),
	FIELD_LIST(struct index_view, categories, category_view_record),
	FIELD_LIST(struct index_view, cards, listing_card_record),
	FIELD_BOOLEAN(struct index_view, any),
	FIELD_BOOLEAN(struct index_view, paged),
	FIELD_INTEGER(struct index_view, page),
	FIELD_TEXT(struct index_view, newer),
	FIELD_TEXT(struct index_view, older),
	FIELD_TEXT(struct index_view, mark),
};
static const struct record index_record =
	RECORD(struct index_view, index_fields);

const struct page listings_index_page = {"listings/index.html", &index_record};

/* The address of another page of the same list. */
static const char *
page_address(
	struct request *request, const struct listings_query *query, int64_t to)
{
	struct buffer address = BUFFER_EMPTY;
	const char *separator = "?";

	buffer_add_text(&address, "/listings");
	if (query->kind != NULL) {
		buffer_printf(&address, "%skind=%s", separator, query->kind);
		separator = "&";
	}
	if (query->category != NULL) {
		buffer_printf(&address, "%scategory=", separator);
		buffer_add_url(&address, query->category);
		separator = "&";
	}
	if (to > 1)
		buffer_printf(
			&address, "%spage=%lld", separator, (long long)to);
	char *text = arena_text(request->arena, buffer_text(&address));
	buffer_release(&address);
	return text;
}

int
listings_page_index(struct request *request)
{
	struct listings_query query;
	struct record_list summaries;
	const char *mark = events_mark(request);
	bool more;

	if (listings_query_read(request, &query) != 0)
		return reply_not_found(request);
	if (listings_page(request, &query, &summaries, &more) < 0)
		return -1;
	if (query.page > 1 && summaries.count == 0)
		return reply_not_found(request);
	struct index_view view = {
		.offers = query.kind != NULL && query.kind[0] == 'o',
		.requests = query.kind != NULL && query.kind[0] == 'r',
		.kind = query.kind,
		.category = query.category,
		.categories = category_views(request, query.category),
		.cards = listing_cards(request, summaries),
		.any = summaries.count > 0,
		.paged = more || query.page > 1,
		.page = query.page,
		.mark = query.page == 1 ? mark : NULL,
	};
	if (query.category != NULL)
		view.category_label = category_label(request, query.category);
	if (query.page > 1)
		view.newer = page_address(request, &query, query.page - 1);
	if (more)
		view.older = page_address(request, &query, query.page + 1);
	return reply_page(request, 200, &listings_index_page, &view);
}

#include "tenants/home/home.h"

#include <string.h>

#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/community.h"
#include "tenants/listings/cards.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/listings.h"
#include "tenants/permission.h"
#include "text/markdown.h"

struct home_view {
	const char *summary; /* the tagline, or how the description begins */
	const char *description; /* HTML, or NULL */
	struct record_list offers;
	struct record_list requests;
	bool any_offers;
	bool any_requests;
	bool empty; /* neither; unset where the visitor may not read them */
	struct record_list categories;
	bool any_categories;
	bool approval; /* who joins is answered by the administrators */
};

static const struct field home_fields[] = {
	FIELD_TEXT(struct home_view, summary),
	FIELD_HTML(struct home_view, description),
	FIELD_LIST(struct home_view, offers, listing_card_record),
	FIELD_LIST(struct home_view, requests, listing_card_record),
	FIELD_BOOLEAN(struct home_view, any_offers),
	FIELD_BOOLEAN(struct home_view, any_requests),
	FIELD_BOOLEAN(struct home_view, empty),
	FIELD_LIST(struct home_view, categories, category_view_record),
	FIELD_BOOLEAN(struct home_view, any_categories),
	FIELD_BOOLEAN(struct home_view, approval),
};
static const struct record home_record = RECORD(struct home_view, home_fields);

const struct page home_page = {"home/home.html", &home_record};

/* Below "About this community". */
#define DESCRIPTION_HEADING 3

#define SUMMARY_CHARACTERS 160

static int
add_listings(struct request *request, struct home_view *view)
{
	struct record_list offers, requests;

	if (listings_front(request, &offers, &requests) < 0)
		return -1;
	view->offers = listing_cards(request, offers);
	view->requests = listing_cards(request, requests);
	view->any_offers = offers.count > 0;
	view->any_requests = requests.count > 0;
	view->empty = offers.count == 0 && requests.count == 0;
	view->categories = category_views(request, NULL);
	view->any_categories = !view->empty && view->categories.count > 0;
	return 0;
}

/* Open to everybody; what only members may read is left out for others. */
int
home_page_show(struct request *request)
{
	const char *description = request->community->settings.description;
	struct home_view view = {
		.summary = request->community->settings.tagline,
		.approval = strcmp(request->community->config->joining,
				    "approval") == 0,
	};

	if (view.summary == NULL && description != NULL &&
		description[0] != '\0')
		view.summary = markdown_excerpt(
			request->arena, description, SUMMARY_CHARACTERS);
	if (description != NULL && description[0] != '\0')
		view.description = markdown_html(
			request->arena, description, DESCRIPTION_HEADING);
	if (permission_decide(PERMIT_READER, false, request->community,
		    request->actor) == VERDICT_ALLOWED &&
		add_listings(request, &view) < 0)
		return -1;
	return reply_page(request, 200, &home_page, &view);
}

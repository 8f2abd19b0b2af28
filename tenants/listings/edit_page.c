#include "tenants/listings/pages.h"

#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "http/form.h"
#include "http/form_view.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/listings/form.h"
#include "tenants/listings/listings.h"

struct form_page_view {
	bool is_new;
	bool offer; /* the kind when it is known */
	bool request;
	bool open;	  /* it is not */
	const char *back; /* where "Cancel" leads */
	const struct form_view *form;
};

static const struct field form_page_fields[] = {
	FIELD_BOOLEAN(struct form_page_view, is_new),
	FIELD_BOOLEAN(struct form_page_view, offer),
	FIELD_BOOLEAN(struct form_page_view, request),
	FIELD_BOOLEAN(struct form_page_view, open),
	FIELD_TEXT(struct form_page_view, back),
	FIELD_OPTIONAL(struct form_page_view, form, struct form_view,
		form_view_record),
};
static const struct record form_page_record =
	RECORD(struct form_page_view, form_page_fields);

const struct page listings_form_page = {
	"listings/form.html", &form_page_record};

static const char *
address_of(struct request *request, struct uuid id, const char *tail)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	return arena_printf(request->arena, "/listings/%s%s", text, tail);
}

static int
show_new(struct request *request, int status)
{
	struct listing_input start = {
		.kind = request_query(request, "kind"),
		.price = INTEGER_NONE,
		.until = TIME_NONE,
	};
	struct form_page_view view = {.is_new = true, .back = "/listings"};

	view.offer = start.kind != NULL && strcmp(start.kind, "offer") == 0;
	view.request = start.kind != NULL && strcmp(start.kind, "request") == 0;
	view.open = !view.offer && !view.request;
	view.form =
		form_show(request, &listing_new_form, "/listings/new", &start);
	return reply_page(request, status, &listings_form_page, &view);
}

int
listings_page_new(struct request *request)
{
	listing_form_prepare(request);
	return show_new(request, 200);
}

int
listings_page_post(struct request *request)
{
	struct uuid id;
	int outcome = listing_form_post(request, &id);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return outcome == LISTING_REPLIED ? 0 : show_new(request, 422);
	return reply_redirect_notice(
		request, address_of(request, id, ""), "listing-posted");
}

static int
show_edit(struct request *request, const struct listing *listing, int status)
{
	struct listing_input start = listing_input_of(listing);
	struct form_page_view view = {
		.offer = strcmp(listing->kind, "offer") == 0,
		.request = strcmp(listing->kind, "request") == 0,
		.back = address_of(request, listing->id, ""),
	};

	view.form = form_show(request, &listing_edit_form,
		address_of(request, listing->id, "/edit"), &start);
	return reply_page(request, status, &listings_form_page, &view);
}

int
listings_page_edit(struct request *request)
{
	struct listing listing;
	int found = listing_find_for(request, &listing, listing_may_edit);

	if (found <= 0)
		return found;
	listing_form_prepare(request);
	return show_edit(request, &listing, 200);
}

int
listings_page_change(struct request *request)
{
	struct listing listing;
	int outcome = listing_form_change(request, &listing);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return outcome == LISTING_REPLIED
			       ? 0
			       : show_edit(request, &listing, 422);
	return reply_redirect_notice(request,
		address_of(request, listing.id, ""), "listing-changed");
}

int
listings_page_withdraw(struct request *request)
{
	struct listing listing;
	int outcome = listing_find_for(request, &listing, listing_may_withdraw);

	if (outcome <= 0)
		return outcome;
	/* Withdrawn a moment ago by somebody else: what was asked for. */
	if (listing_withdraw(request, &listing) < 0)
		return -1;
	return reply_redirect_notice(request,
		address_of(request, listing.id, ""), "listing-withdrawn");
}

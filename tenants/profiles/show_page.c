#include "tenants/profiles/pages.h"

#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/listings/cards.h"
#include "tenants/listings/listings.h"
#include "tenants/profiles/form.h"
#include "tenants/profiles/profiles.h"
#include "text/markdown.h"

/* Visibility labels are for the member: what others see needs none. */
struct show_view {
	const char *username;
	const char *name;
	struct timestamp joined;
	bool mine;
	bool may_change; /* who is suspended only looks */
	bool reachable;	 /* there is a phone number or an address */
	const char *phone;
	const char *phone_label;
	const char *address;
	const char *address_label;
	const char *description; /* HTML */
	const char *description_label;
	struct record_list cards;
	bool any;
};

static const struct field show_fields[] = {
	FIELD_TEXT(struct show_view, username),
	FIELD_TEXT(struct show_view, name),
	FIELD_TIME(struct show_view, joined),
	FIELD_BOOLEAN(struct show_view, mine),
	FIELD_BOOLEAN(struct show_view, may_change),
	FIELD_BOOLEAN(struct show_view, reachable),
	FIELD_TEXT(struct show_view, phone),
	FIELD_TEXT(struct show_view, phone_label),
	FIELD_TEXT(struct show_view, address),
	FIELD_TEXT(struct show_view, address_label),
	FIELD_HTML(struct show_view, description),
	FIELD_TEXT(struct show_view, description_label),
	FIELD_LIST(struct show_view, cards, listing_card_record),
	FIELD_BOOLEAN(struct show_view, any),
};
static const struct record show_record = RECORD(struct show_view, show_fields);

const struct page profiles_show_page = {"profiles/show.html", &show_record};

/* Below "About …". */
#define DESCRIPTION_HEADING 3

static const char *
own_label(struct request *request, const struct profile *profile,
	const char *visibility)
{
	if (profile->relation != RELATION_SELF || visibility == NULL)
		return NULL;
	return text_get(request->language, visibility_label(visibility));
}

static struct show_view
make_view(struct request *request, const struct profile *profile)
{
	struct show_view view = {
		.username = profile->username,
		.name = profile->name,
		.joined = profile->joined,
		.mine = profile->relation == RELATION_SELF,
		.may_change = profile->relation == RELATION_SELF &&
			      request->actor->state == MEMBER_ACTIVE,
		.reachable = profile->phone != NULL || profile->address != NULL,
		.phone = profile->phone,
		.phone_label =
			own_label(request, profile, profile->phone_visibility),
		.address = profile->address,
		.address_label = own_label(
			request, profile, profile->address_visibility),
		.description_label = own_label(
			request, profile, profile->description_visibility),
	};

	if (profile->description != NULL)
		view.description = markdown_html(request->arena,
			profile->description, DESCRIPTION_HEADING);
	return view;
}

int
profiles_page_show(struct request *request)
{
	struct profile profile;
	struct record_list summaries;
	int found = profile_find(
		request, request_parameter(request, "username"), &profile);

	if (found < 0)
		return -1;
	if (found == 0)
		return reply_not_found(request);
	struct show_view view = make_view(request, &profile);
	if (listings_by_author(request, profile.id, view.mine, &summaries) < 0)
		return -1;
	view.cards = listing_cards(request, summaries);
	view.any = summaries.count > 0;
	return reply_page(request, 200, &profiles_show_page, &view);
}

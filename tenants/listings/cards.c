#include "tenants/listings/cards.h"

#include <string.h>

#include "base/arena.h"
#include "http/request.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/listings.h"

static const struct field card_fields[] = {
	FIELD_UUID(struct listing_card, id),
	FIELD_BOOLEAN(struct listing_card, is_offer),
	FIELD_TEXT(struct listing_card, category),
	FIELD_TEXT(struct listing_card, title),
	FIELD_TEXT(struct listing_card, excerpt),
	FIELD_BOOLEAN(struct listing_card, free),
	FIELD_BOOLEAN(struct listing_card, priced),
	FIELD_INTEGER(struct listing_card, price),
	FIELD_TEXT(struct listing_card, currency),
	FIELD_TEXT(struct listing_card, exchange),
	FIELD_TEXT(struct listing_card, place),
	FIELD_TIME(struct listing_card, posted),
	FIELD_TEXT(struct listing_card, username),
	FIELD_TEXT(struct listing_card, name),
	FIELD_BOOLEAN(struct listing_card, withdrawn),
	FIELD_BOOLEAN(struct listing_card, over),
};
const struct record listing_card_record =
	RECORD(struct listing_card, card_fields);

static struct listing_card
make_card(struct request *request, const struct listing_summary *summary)
{
	bool current = listing_is_current(
		summary->state, summary->until, listings_today(request));
	bool withdrawn = strcmp(summary->state, "withdrawn") == 0;

	return (struct listing_card){
		.id = summary->id,
		.is_offer = strcmp(summary->kind, "offer") == 0,
		.category = category_label(request, summary->category),
		.title = summary->title,
		.excerpt = summary->excerpt,
		.free = summary->price == 0,
		.priced = summary->price > 0,
		.price = summary->price,
		.currency = summary->currency,
		.exchange = summary->exchange,
		.place = summary->place,
		.posted = summary->posted,
		.username = summary->username,
		.name = summary->name,
		.withdrawn = withdrawn,
		.over = !current && !withdrawn,
	};
}

struct record_list
listing_cards(struct request *request, struct record_list summaries)
{
	const struct listing_summary *items = summaries.items;
	struct listing_card *cards =
		arena_array(request->arena, summaries.count, sizeof(*cards));

	for (size_t i = 0; i < summaries.count; i++)
		cards[i] = make_card(request, &items[i]);
	return (struct record_list){cards, summaries.count};
}

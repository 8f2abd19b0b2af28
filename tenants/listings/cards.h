/* cards.h: listings as cards, on every page that shows several; the template is
 * listings/card.html. */
#ifndef MISSIOND_TENANTS_LISTINGS_CARDS_H
#define MISSIOND_TENANTS_LISTINGS_CARDS_H

#include <stdbool.h>

#include "base/record.h"

struct request;

struct listing_card {
	struct uuid id;
	bool is_offer;
	const char *category; /* label */
	const char *title;
	const char *excerpt; /* plain text */
	bool free;
	bool priced; /* and not free: `price` in `currency` */
	int64_t price;
	const char *currency;
	const char *exchange;
	const char *place;
	struct timestamp posted;
	const char *username;
	const char *name;
	bool withdrawn;
	bool over; /* past its last day */
};
extern const struct record listing_card_record;

/* Of a list of struct listing_summary. */
struct record_list listing_cards(
	struct request *request, struct record_list summaries);

#endif

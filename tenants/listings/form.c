#include "tenants/listings/form.h"

#include "base/clock.h"
#include "base/record.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/listings.h"
#include "text/zone.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct listing_input, kind),
	FIELD_TEXT(struct listing_input, category),
	FIELD_TEXT(struct listing_input, title),
	FIELD_TEXT(struct listing_input, body),
	FIELD_INTEGER(struct listing_input, price),
	FIELD_TEXT(struct listing_input, exchange),
	FIELD_TEXT(struct listing_input, place),
	FIELD_TIME(struct listing_input, until),
};
static const struct record input_record =
	RECORD(struct listing_input, input_fields);

static const struct form_choice kinds[] = {
	{"offer", N_("An offer: something I can do for others")},
	{"request", N_("A request: something I need")},
	{NULL, NULL},
};

static const struct form_choice none[] = {{NULL, NULL}};

/* Columns of schema/tenant: 120 characters, 64 KiB of UTF-8, … */
#define TITLE_MOST 120
#define BODY_MOST  10000
#define PLACE_MOST 120
#define OTHER_MOST 200
#define PRICE_MOST INT64_C(100000000) /* a million */

#define UNTIL_DAYS (2 * 366)

#define IN_RETURN N_("In return")

/* The kind comes first so that the form of a change can begin after it. */
static const struct form_field fields[] = {
	{
		.name = "kind",
		.control = FORM_RADIO,
		.label = N_("What do you post?"),
		.required = true,
		.choices = kinds,
	},
	{
		.name = "title",
		.control = FORM_LINE,
		.label = N_("Title"),
		.help = N_("A few words that say it all."),
		.required = true,
		.least = 3,
		.most = TITLE_MOST,
	},
	{
		.name = "category",
		.control = FORM_SELECT,
		.label = N_("Category"),
		.required = true,
		.choices = none,
	},
	{
		.name = "body",
		.control = FORM_MARKDOWN,
		.label = N_("Description"),
		.help = N_("What, how, when. Leave out what only your "
			   "counterpart should know."),
		.required = true,
		.most = BODY_MOST,
	},
	{
		.name = "price",
		.control = FORM_MONEY,
		.label = N_("Price"),
		.help = N_("In the currency of this community, such as 12.50. "
			   "0 means free."),
		.most = PRICE_MOST,
		.group = IN_RETURN,
	},
	{
		.name = "exchange",
		.control = FORM_LINE,
		.label = N_("Exchange"),
		.help = N_("What you would give or take instead of money."),
		.most = OTHER_MOST,
		.group = IN_RETURN,
	},
	{
		.name = "place",
		.control = FORM_LINE,
		.label = N_("Place"),
		.help = N_("A quarter, a town, or “online”."),
		.most = PLACE_MOST,
		.group = N_("Where and until when"),
	},
	{
		.name = "until",
		.control = FORM_DATE,
		.label = N_("Until"),
		.help = N_("The last day it is shown. Without it, it stays "
			   "until you withdraw it."),
		.group = N_("Where and until when"),
	},
};

const struct form listing_new_form = {
	.record = &input_record,
	.fields = fields,
	.count = COUNT_OF(fields),
	.submit = N_("Post"),
};

const struct form listing_edit_form = {
	.record = &input_record,
	.fields = fields + 1,
	.count = COUNT_OF(fields) - 1,
	.submit = N_("Save"),
};

void
listing_form_prepare(struct request *request)
{
	form_choices(request, "category", category_choices(request));
}

const char *
listing_until_refusal(struct timestamp until, struct timestamp today)
{
	if (until.microseconds == TIME_NONE.microseconds)
		return NULL;
	if (until.microseconds < today.microseconds)
		return N_("This day is past: choose a later one.");
	if (until.microseconds > today.microseconds + UNTIL_DAYS * CLOCK_DAY)
		return N_("Choose a day within the next two years.");
	return NULL;
}

/* The rules that no single field can check, where the fields are right. */
static int
check_together(struct request *request, const struct listing_input *input)
{
	const char *refusal = NULL;
	int outcome = 0;

	if (form_took(request, "price") && form_took(request, "exchange") &&
		input->price == INTEGER_NONE && input->exchange == NULL)
		outcome = form_fail(request, "price",
			N_("Give a price, or say what you would exchange "
			   "it for."));
	if (form_took(request, "until"))
		refusal = listing_until_refusal(
			input->until, listings_today(request));
	if (refusal != NULL)
		outcome = form_fail(request, "until", refusal);
	return outcome;
}

/* form_read() into an input in which what was left empty is none. */
static int
read_input(struct request *request, const struct form *form,
	struct listing_input *input)
{
	int outcome;

	*input = (struct listing_input){0};
	listing_form_prepare(request);
	outcome = form_read(request, form, input);
	if (outcome < 0)
		return LISTING_REPLIED;
	/* The API takes a time of day, of whose day only the community's
	 * calendar knows. Midnight UTC is how a day is written, also by us. */
	if (input->until.microseconds != TIME_NONE.microseconds &&
		input->until.microseconds % CLOCK_DAY != 0)
		input->until = zone_day(request->zone, input->until);
	return outcome | check_together(request, input);
}

int
listing_form_post(struct request *request, struct uuid *ret_id)
{
	struct listing_input input;
	int outcome = read_input(request, &listing_new_form, &input);

	return outcome != 0 ? outcome : listing_post(request, &input, ret_id);
}

int
listing_form_change(struct request *request, struct listing *ret_listing)
{
	struct listing_input input;
	int outcome = listing_find_for(request, ret_listing, listing_may_edit);

	if (outcome <= 0)
		return outcome < 0 ? -1 : LISTING_REPLIED;
	outcome = read_input(request, &listing_edit_form, &input);
	return outcome != 0 ? outcome
			    : listing_edit(request, ret_listing, &input);
}

struct listing_input
listing_input_of(const struct listing *listing)
{
	return (struct listing_input){
		.kind = listing->kind,
		.category = listing->category,
		.title = listing->title,
		.body = listing->body,
		.price = listing->price,
		.exchange = listing->exchange,
		.place = listing->place,
		.until = listing->until,
	};
}

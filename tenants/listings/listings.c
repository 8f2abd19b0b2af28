#include "tenants/listings/listings.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/listings/categories.h"
#include "tenants/listings/mails.h"
#include "tenants/permission.h"
#include "text/markdown.h"
#include "text/zone.h"

struct timestamp
listings_today(const struct request *request)
{
	return zone_day(request->zone, request->now);
}

/* What `until`, a day, must be after. */
static struct timestamp
yesterday(const struct request *request)
{
	return (struct timestamp){
		listings_today(request).microseconds - CLOCK_DAY};
}

bool
listing_is_current(
	const char *state, struct timestamp until, struct timestamp today)
{
	return strcmp(state, "open") == 0 &&
	       (until.microseconds == TIME_NONE.microseconds ||
		       until.microseconds >= today.microseconds);
}

int
listings_query_read(struct request *request, struct listings_query *query)
{
	const char *kind = request_query(request, "kind");
	const char *category = request_query(request, "category");

	*query = (struct listings_query){.page = request_page(request)};
	if (query->page == 0)
		return 1;
	if (kind != NULL && kind[0] != '\0') {
		if (strcmp(kind, "offer") != 0 && strcmp(kind, "request") != 0)
			return 1;
		query->kind = kind;
	}
	if (category != NULL && category[0] != '\0') {
		if (category_find(request->community, category) == NULL)
			return 1;
		query->category = category;
	}
	return 0;
}

int
listings_page(struct request *request, const struct listings_query *query,
	struct record_list *ret_summaries, bool *ret_more)
{
	static const struct db_statement *const statements[2][2] = {
		{&listings_newest, &listings_of_category},
		{&listings_of_kind, &listings_of_kind_and_category},
	};
	struct listing_filter filter = {
		.kind = query->kind,
		.category = query->category,
		.over = yesterday(request),
		.offset = (query->page - 1) * LISTINGS_PER_PAGE,
	};
	int64_t count = db_rows(request->db,
		statements[query->kind != NULL][query->category != NULL],
		&filter, request->arena, ret_summaries);

	if (count < 0)
		return -1;
	*ret_more = count > LISTINGS_PER_PAGE;
	if (*ret_more)
		ret_summaries->count = LISTINGS_PER_PAGE;
	return 0;
}

int
listings_front(struct request *request, struct record_list *ret_offers,
	struct record_list *ret_requests)
{
	struct listing_filter offers = {
		.kind = "offer",
		.over = yesterday(request),
	};
	struct listing_filter requests = {
		.kind = "request",
		.over = yesterday(request),
	};
	struct db_query queries[] = {
		{.statement = &listings_latest, .parameters = &offers},
		{.statement = &listings_latest, .parameters = &requests},
	};

	if (db_queries(request->db, queries, COUNT_OF(queries),
		    request->arena) < 0)
		return -1;
	*ret_offers = queries[0].rows;
	*ret_requests = queries[1].rows;
	return 0;
}

int
listings_by_author(struct request *request, struct uuid author, bool all,
	struct record_list *ret_summaries)
{
	struct listing_filter filter = {
		.author = author,
		.all = all,
		.over = yesterday(request),
	};

	return db_rows(request->db, &listings_of_author, &filter,
		       request->arena, ret_summaries) < 0
		       ? -1
		       : 0;
}

static bool
is_author(const struct request *request, const struct listing *listing)
{
	return request->actor != NULL &&
	       uuid_equal(request->actor->member, listing->author);
}

static bool
is_moderator(const struct request *request)
{
	return request->actor != NULL &&
	       permission_decide(PERMIT_SCOPE_CONTENT, false,
		       request->community, request->actor) == VERDICT_ALLOWED;
}

int
listing_find(
	struct request *request, struct uuid id, struct listing *ret_listing)
{
	struct listing_key key = {id};
	struct listing listing;
	int found = db_row(
		request->db, &listings_find, &key, request->arena, &listing);

	if (found <= 0)
		return found;
	if ((strcmp(listing.state, "open") != 0 ||
		    strcmp(listing.author_state, "active") != 0) &&
		!is_author(request, &listing) && !is_moderator(request))
		return 0;
	*ret_listing = listing;
	return 1;
}

/* Its author, where nobody refuses them: who is suspended only looks. */
static bool
is_acting_author(const struct request *request, const struct listing *listing)
{
	return is_author(request, listing) &&
	       request->actor->state == MEMBER_ACTIVE;
}

bool
listing_may_edit(const struct request *request, const struct listing *listing)
{
	return is_acting_author(request, listing) &&
	       strcmp(listing->state, "open") == 0;
}

bool
listing_may_withdraw(
	const struct request *request, const struct listing *listing)
{
	return strcmp(listing->state, "open") == 0 &&
	       (is_acting_author(request, listing) || is_moderator(request));
}

int
listing_find_for(struct request *request, struct listing *ret_listing,
	bool (*may)(const struct request *, const struct listing *))
{
	int found = listing_find(
		request, request_parameter_uuid(request, "id"), ret_listing);

	if (found == 0)
		reply_not_found(request);
	if (found <= 0 || may(request, ret_listing))
		return found;
	return reply_error(request, 403, N_("This is not yours to change"),
		N_("Only the member who posted it can change it, and only "
		   "while it is not withdrawn."));
}

static struct listing_new
new_row(const struct request *request, const struct listing_input *input)
{
	const char *currency = request->community->config->currency;

	return (struct listing_new){
		.id = uuid_new(),
		.author = request->actor->member,
		.kind = input->kind,
		.category = input->category,
		.title = input->title,
		.body = input->body,
		.excerpt = markdown_excerpt(
			request->arena, input->body, LISTING_EXCERPT),
		.price = input->price,
		.currency = input->price == INTEGER_NONE ? NULL : currency,
		.exchange = input->exchange,
		.place = input->place,
		.until = input->until,
		.posted = request->now,
		.changed = request->now,
	};
}

/* The quota, counted with what was just posted: 0, or 1 when the author has
 * more than that. */
static int
judge_post(struct request *request, struct db *db, const struct db_query *acts,
	void *argument)
{
	const int64_t *quota = argument;
	const struct listing_count *open;

	(void)request;
	(void)db;
	if (*quota == 0)
		return 0;
	open = acts[2].rows.items;
	return open->count > *quota;
}

/* Two at once post, and count, one after the other. */
static void
limit(struct change_at_once *act, const struct change_queue_member *queue,
	const struct listing_filter *open)
{
	act->acts[1] = act->acts[0];
	act->acts[0] = (struct db_query){
		.statement = &change_queue_member_statement,
		.parameters = queue,
	};
	act->acts[2] = (struct db_query){
		.statement = &listings_count_open,
		.parameters = open,
	};
	act->count = 3;
}

int
listing_post(struct request *request, const struct listing_input *input,
	struct uuid *ret_id)
{
	int64_t quota = request->community->config->listing_quota;
	const struct listing_new row = new_row(request, input);
	const struct change_queue_member queue = {row.author};
	const struct listing_filter open = {
		.author = row.author,
		.over = yesterday(request),
	};
	struct change_at_once act = {
		.acts = {{.statement = &listings_insert, .parameters = &row}},
		.count = 1,
		.event = {.action = "listing.posted",
			.thing = row.id,
			.details = row.title},
		.judge = judge_post,
	};
	int outcome;

	if (quota > 0)
		limit(&act, &queue, &open);
	outcome = community_change_at_once(
		request, EPOCH_CONTENT | EPOCH_NEWS, &act, &quota);
	if (outcome > 0)
		return form_fail(request, "",
			N_("You have as many offers and requests as this "
			   "community allows. Withdraw one first."));
	if (outcome == 0)
		*ret_id = row.id;
	return outcome;
}

/* 1: it was withdrawn already. */
static int
judge_edit(struct request *request, struct db *db, const struct db_query *acts,
	void *argument)
{
	(void)request;
	(void)db;
	(void)argument;
	return acts[0].affected == 0;
}

static const char *
say_field(struct arena *arena, const char *said, bool differs, const char *name)
{
	return differs ? arena_printf(arena, "%s\n%s", said, name) : said;
}

static bool
texts_differ(const char *one, const char *other)
{
	return strcmp(one == NULL ? "" : one, other == NULL ? "" : other) != 0;
}

/* For the audit list: the title, and a line for each field that changes. */
static const char *
say_changes(struct arena *arena, const struct listing *old,
	const struct listing_change *new)
{
	const char *said = new->title;

	said = say_field(
		arena, said, texts_differ(old->title, new->title), "title");
	said = say_field(arena, said,
		texts_differ(old->category, new->category), "category");
	said = say_field(
		arena, said, texts_differ(old->body, new->body), "body");
	said = say_field(arena, said,
		old->price != new->price ||
			texts_differ(old->currency, new->currency),
		"price");
	said = say_field(arena, said,
		texts_differ(old->exchange, new->exchange), "exchange");
	said = say_field(
		arena, said, texts_differ(old->place, new->place), "place");
	return say_field(arena, said,
		old->until.microseconds != new->until.microseconds, "until");
}

int
listing_edit(struct request *request, const struct listing *listing,
	const struct listing_input *input)
{
	const char *currency = request->community->config->currency;
	struct listing_change change = {
		.category = input->category,
		.title = input->title,
		.body = input->body,
		.excerpt = markdown_excerpt(
			request->arena, input->body, LISTING_EXCERPT),
		.price = input->price,
		.currency = input->price == INTEGER_NONE ? NULL : currency,
		.exchange = input->exchange,
		.place = input->place,
		.until = input->until,
		.changed = request->now,
		.id = listing->id,
		.author = request->actor->member,
	};
	const struct change_at_once act = {
		.acts = {{.statement = &listings_update,
			.parameters = &change}},
		.count = 1,
		.event = {.action = "listing.changed",
			.thing = listing->id,
			.details =
				say_changes(request->arena, listing, &change)},
		.judge = judge_edit,
	};
	int outcome = community_change_at_once(
		request, EPOCH_CONTENT | EPOCH_NEWS, &act, NULL);

	if (outcome > 0)
		return form_fail(request, "",
			N_("This was withdrawn meanwhile and cannot be "
			   "changed any more."));
	return outcome;
}

static int
judge_withdraw(struct request *request, struct db *db,
	const struct db_query *acts, void *argument)
{
	const struct listing *listing = argument;

	if (acts[0].affected == 0)
		return 1;
	return is_author(request, listing)
		       ? 0
		       : listing_tell_withdrawn(request, db, listing);
}

int
listing_withdraw(struct request *request, const struct listing *listing)
{
	struct listing copy = *listing;
	const struct listing_withdrawal withdrawal = {
		.at = request->now,
		.by = request->actor->member,
		.id = listing->id,
	};
	struct change_at_once act = {
		.acts = {{.statement = &listings_withdraw,
			.parameters = &withdrawal}},
		.count = 1,
		.event = {.action = "listing.withdrawn",
			.thing = listing->id,
			.details = listing->title},
		.judge = judge_withdraw,
	};

	if (is_author(request, listing))
		act.event = (struct audit_event){
			.action = "listing.taken-back",
			.thing = listing->id,
			.details = listing->title,
		};
	return community_change_at_once(
		request, EPOCH_CONTENT | EPOCH_MAIL, &act, &copy);
}

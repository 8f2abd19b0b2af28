/* The verbs of listings and profiles against a real server: quota, rights,
 * lists, last days, visibilities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../db/server.h"
#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/request.h"
#include "http/route.h"
#include "loop/loop.h"
#include "tenants/actor.h"
#include "tenants/audit/audit.h"
#include "tenants/change.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/listings/form.h"
#include "tenants/listings/listings.h"
#include "tenants/listings/statements.h"
#include "tenants/permission.h"
#include "tenants/profiles/profiles.h"
#include "tenants/registry.h"
#include "tenants/service.h"
#include "text/zone.h"

#define QUOTA 3

static struct db_pool *pool;
static struct tenant_service service;
static struct tenant_config config = {
	.reading = "public",
	.currency = "EUR",
};
static struct community community = {
	.config = &config,
	.state = COMMUNITY_ACTIVE,
};
static struct actor zoe = {.username = "zoe", .name = "Zoé"};
static struct actor yan = {.username = "yan", .name = "Yan"};
static struct actor ada = {.username = "ada", .name = "Ada"};

#define TERMS_VERSION "2020"

static void
make_member(struct actor *actor)
{
	char id[UUID_HYPHENATED_SIZE], session[UUID_HYPHENATED_SIZE];
	char sql[1536];

	actor->member = uuid_new();
	actor->session = uuid_new();
	digest_sha256(actor->username, strlen(actor->username), actor->digest);
	actor->state = MEMBER_ACTIVE;
	actor->terms_current = true;
	uuid_format_hyphenated(actor->member, id);
	uuid_format_hyphenated(actor->session, session);
	snprintf(sql, sizeof(sql),
		"INSERT INTO communitya.member_root VALUES ('%s');"
		"INSERT INTO communitya.member (id, username, email, name,"
		" state, joined_at, given_at, login_count, terms_version,"
		" terms_sha256)"
		" VALUES ('%s', '%s', '%s@example.org', '%s', 'active',"
		" '2020-01-01', '2020-01-01', 7, '" TERMS_VERSION
		"', REPEAT(CHAR(0), 32));"
		"INSERT INTO communitya.session (id, digest, member,"
		" created_at, seen_at, expires_at, address, browser)"
		" VALUES ('%s', UNHEX(SHA2('%s', 256)), '%s', '2020-01-01',"
		" '2020-01-01', '2100-01-01', '192.0.2.1', '')",
		id, id, actor->username, actor->username, actor->name, session,
		actor->username, id);
	server_sql(sql);
}

static int
set_up(void **state)
{
	static struct tenant_category categories[] = {
		{"repairs", "Repairs", "Réparations"},
		{"garden", "Garden", "Jardin"},
	};

	(void)state;
	server_start();
	server_tenant_tables("communitya");
	make_member(&zoe);
	make_member(&yan);
	make_member(&ada);
	ada.scopes = SCOPE_CONTENT;
	server_sql("INSERT INTO communitya.appointment (member, scopes, "
		   "appointed_at) SELECT id, 'content', UTC_TIMESTAMP(6) FROM "
		   "communitya.member WHERE username = 'ada'");
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	config.categories = (struct record_list){categories, 2};
	config.listing_quota = QUOTA;
	community.id = uuid_new();
	community.pool = pool;
	community.terms_version = TERMS_VERSION;
	community.account = &account_a;
	service.epochs = epoch_map(epoch_create(), 0);
	assert_non_null(service.epochs);
	/* No registry stands behind it: the snapshot is what there is. */
	service.registry = registry_new(&(struct registry_setting){
		.loop = server_loop,
		.pool = pool,
		.account = &account_b,
		.epochs = service.epochs,
	});
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	registry_free(service.registry);
	db_pool_free(pool);
	loop_stop(server_loop);
	loop_run(server_loop);
	server_stop();
	epoch_unmap(service.epochs);
	return 0;
}

/* A request as the service hands it to a handler. */
static struct request *
request_of(struct actor *actor)
{
	static const struct route route = {
		.name = "listings.post",
		.permission = PERMIT_MEMBER,
	};
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->route = &route;
	request->actor = actor;
	request->community = &community;
	request->db = db_scope_open(pool, arena, &account_a);
	request->service = &service.service;
	request->now = clock_now();
	request->host = "nobody.example";
	request->peer = "192.0.2.1";
	request->query = "";
	return request;
}

static void
done(struct request *request)
{
	arena_free(request->arena);
}

static struct listing_input
an_offer(const char *title)
{
	return (struct listing_input){
		.kind = "offer",
		.category = "repairs",
		.title = title,
		.body = "Brakes and **gears**.",
		.price = 1250,
		.until = TIME_NONE,
	};
}

static size_t
count_listed(struct actor *actor, const char *kind, const char *category)
{
	struct request *request = request_of(actor);
	struct listings_query query = {kind, category, 1};
	struct record_list list;
	bool more;

	assert_int_equal(listings_page(request, &query, &list, &more), 0);
	assert_false(more);
	done(request);
	return list.count;
}

static void
empty_tables(void)
{
	server_sql("DELETE FROM communitya.listing");
}

static void
posts_and_lists(void *argument)
{
	struct request *request = request_of(&zoe);
	struct listing_input input = an_offer("One");
	struct listing listing;
	struct uuid id;

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_string_equal(listing.title, "One");
	assert_string_equal(listing.currency, "EUR");
	assert_string_equal(listing.username, "zoe");
	assert_true(listing_may_edit(request, &listing));
	done(request);
	assert_int_equal(count_listed(NULL, NULL, NULL), 1);
	assert_int_equal(count_listed(NULL, "offer", NULL), 1);
	assert_int_equal(count_listed(NULL, "request", NULL), 0);
	assert_int_equal(count_listed(NULL, NULL, "repairs"), 1);
	assert_int_equal(count_listed(NULL, "offer", "garden"), 0);
	assert_int_equal(count_listed(NULL, "offer", "repairs"), 1);
	/* A suspended author's are not shown, to others. */
	server_sql("UPDATE communitya.member SET state = 'suspended' "
		   "WHERE username = 'zoe'");
	assert_int_equal(count_listed(NULL, NULL, NULL), 0);
	request = request_of(&yan);
	assert_int_equal(listing_find(request, id, &listing), 0);
	done(request);
	server_sql("UPDATE communitya.member SET state = 'active' "
		   "WHERE username = 'zoe'");
}

static void
keeps_the_quota(void *argument)
{
	struct listing_input input = an_offer("More");
	struct uuid id;

	(void)argument;
	for (int i = 0; i < QUOTA; i++) {
		struct request *request = request_of(&zoe);
		assert_int_equal(listing_post(request, &input, &id), 0);
		done(request);
	}
	struct request *request = request_of(&zoe);
	assert_int_equal(listing_post(request, &input, &id), 1);
	done(request);
	request = request_of(&yan);
	assert_int_equal(listing_post(request, &input, &id), 0);
	done(request);
	/* Those that are over make room. */
	server_sql("UPDATE communitya.listing SET until = '2020-01-01'");
	request = request_of(&zoe);
	assert_int_equal(listing_post(request, &input, &id), 0);
	done(request);
	assert_int_equal(count_listed(NULL, NULL, NULL), 1);
}

static void
the_last_day_is_today_or_soon(void **state)
{
	const struct timestamp today = {20000 * CLOCK_DAY};
	static const struct {
		int64_t day;
		bool right;
	} days[] = {{19999, false}, {0, false}, {20000, true}, {20001, true},
		{20000 + 2 * 366, true}, {20000 + 2 * 366 + 1, false}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(days); i++) {
		struct timestamp until = {days[i].day * CLOCK_DAY};

		assert_int_equal(listing_until_refusal(until, today) == NULL,
			days[i].right);
	}
	assert_null(listing_until_refusal(TIME_NONE, today));
}

/* What is asked at `now` in a community whose clocks are those of `zone`. */
static struct request *
request_at(struct actor *actor, const struct zone *zone, const char *now)
{
	struct request *request = request_of(actor);

	request->zone = zone;
	assert_int_equal(clock_parse(now, &request->now), 0);
	return request;
}

static int
post_until(struct actor *actor, const struct zone *zone, const char *now,
	const char *until)
{
	struct request *request = request_at(actor, zone, now);
	struct listing_input input = an_offer("For a while");
	struct uuid id;
	int outcome;

	assert_int_equal(clock_parse(until, &input.until), 0);
	/* As the form does before. */
	outcome = listing_until_refusal(input.until, listings_today(request)) !=
			  NULL ||
		  listing_post(request, &input, &id);
	done(request);
	return outcome;
}

/* How many are in the lists, and in the counts of the quota. */
static void
assert_listed_at(const struct zone *zone, const char *now, size_t count)
{
	struct request *request = request_at(NULL, zone, now);
	struct listings_query query = {.page = 1};
	struct record_list list, offers, requests;
	struct timestamp until;
	bool more;

	assert_int_equal(listings_page(request, &query, &list, &more), 0);
	assert_int_equal(list.count, count);
	assert_int_equal(listings_front(request, &offers, &requests), 0);
	assert_int_equal(offers.count, count);
	assert_int_equal(
		listings_by_author(request, zoe.member, false, &list), 0);
	assert_int_equal(list.count, count);
	assert_int_equal(clock_parse("2026-06-16", &until), 0);
	assert_int_equal(
		listing_is_current("open", until, listings_today(request)),
		count == 1);
	done(request);
}

/* Kiritimati is 14 hours ahead of UTC, Pago Pago 11 behind. */
static void
last_days_end_by_the_clocks_of_the_community(void *argument)
{
	struct zone *ahead = zone_new("Pacific/Kiritimati");
	struct zone *behind = zone_new("Pacific/Pago_Pago");

	(void)argument;
	assert_non_null(ahead);
	assert_non_null(behind);
	/* The 16th there, the 15th in UTC. */
	assert_int_equal(
		post_until(&zoe, ahead, "2026-06-15T10:00:00Z", "2026-06-15"),
		1);
	assert_int_equal(
		post_until(&zoe, ahead, "2026-06-15T10:00:00Z", "2026-06-16"),
		0);
	assert_listed_at(ahead, "2026-06-16T09:59:59.999999Z", 1);
	assert_listed_at(ahead, "2026-06-16T10:00:00Z", 0);
	/* The same row in a community elsewhere. */
	assert_listed_at(NULL, "2026-06-16T23:59:59.999999Z", 1);
	assert_listed_at(NULL, "2026-06-17T00:00:00Z", 0);
	assert_listed_at(behind, "2026-06-17T10:59:59.999999Z", 1);
	assert_listed_at(behind, "2026-06-17T11:00:00Z", 0);
	empty_tables();
	assert_int_equal(
		post_until(&zoe, behind, "2026-06-17T10:59:59Z", "2026-06-16"),
		0);
	assert_int_equal(
		post_until(&zoe, behind, "2026-06-17T11:00:00Z", "2026-06-16"),
		1);
	zone_free(ahead);
	zone_free(behind);
}

static void
only_authors_edit(void *argument)
{
	struct request *request = request_of(&zoe), *other;
	struct listing_input input = an_offer("Mine");
	struct listing listing;
	struct uuid id;

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	other = request_of(&yan);
	assert_int_equal(listing_find(other, id, &listing), 1);
	assert_false(listing_may_edit(other, &listing));
	assert_false(listing_may_withdraw(other, &listing));
	/* The statement itself refuses, too. */
	input.title = "Yours";
	assert_int_equal(listing_edit(other, &listing, &input), 1);
	assert_int_equal(listing_edit(request, &listing, &input), 0);
	assert_int_equal(listing_find(other, id, &listing), 1);
	assert_string_equal(listing.title, "Yours");
	/* An admin with the scope withdraws, but does not edit. */
	struct request *admin = request_of(&ada);
	assert_false(listing_may_edit(admin, &listing));
	assert_true(listing_may_withdraw(admin, &listing));
	done(admin);
	done(other);
	done(request);
}

static void
assert_begins(struct request *request, const char *excerpt)
{
	struct listings_query query = {.page = 1};
	struct record_list list;
	bool more;

	assert_int_equal(listings_page(request, &query, &list, &more), 0);
	assert_int_equal(list.count, 1);
	assert_string_equal(
		((const struct listing_summary *)list.items)->excerpt, excerpt);
}

static void
lists_show_how_it_begins(void *argument)
{
	struct request *request = request_of(&zoe);
	struct listing_input input = an_offer("Long");
	struct listing listing;
	struct buffer body = BUFFER_EMPTY;
	struct uuid id;

	(void)argument;
	input.body = "# Brakes\n\nand **gears** & more";
	assert_int_equal(listing_post(request, &input, &id), 0);
	assert_begins(request, "Brakes · and gears & more");
	/* The longest there is, of letters that take the most room. */
	for (size_t i = 0; i < 1000; i++)
		buffer_add_text(&body, "🙂");
	input.body = body.data;
	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_int_equal(listing_edit(request, &listing, &input), 0);
	body.length = LISTING_EXCERPT * strlen("🙂");
	buffer_add_text(&body, "…");
	assert_begins(request, body.data);
	buffer_release(&body);
	done(request);
}

/* What was recorded since the row `after`, oldest first: action, whether of
 * office, by whom, on the listing, address, details, days kept. */
static const char *
recorded_since(int64_t after)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"SELECT COALESCE(GROUP_CONCAT(CONCAT_WS(' ', action, office,"
		" username, listing.id = subject, address, details,"
		" TIMESTAMPDIFF(DAY, at, expires_at)) ORDER BY sequence"
		" SEPARATOR '; '), '')"
		" FROM communitya.audit"
		" JOIN communitya.audit_detail ON audit = audit.id"
		" JOIN communitya.member ON pseudonym = actor"
		" LEFT JOIN communitya.listing ON listing.id = subject"
		" WHERE sequence > %lld",
		(long long)after);
	return server_text(sql);
}

static int64_t
last_recorded(void)
{
	return server_number(
		"SELECT COALESCE(MAX(sequence), 0) FROM communitya.audit");
}

static void
withdraw_as(struct actor *actor, struct uuid id, int outcome)
{
	struct request *request = request_of(actor);
	struct listing listing;

	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_int_equal(listing_withdraw(request, &listing), outcome);
	done(request);
}

static void
acts_are_recorded(void *argument)
{
	struct request *request = request_of(&zoe);
	struct listing_input input = an_offer("One");
	int64_t before = last_recorded();
	struct listing listing;
	struct uuid id;

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	assert_string_equal(recorded_since(before),
		"listing.posted 0 zoe 1 192.0.2.1 One 365");
	before = last_recorded();
	input.title = "Two";
	input.body = "Gears.";
	input.price = INTEGER_NONE;
	input.exchange = "Jam";
	input.place = "Market";
	input.category = "garden";
	clock_parse("2100-01-01", &input.until);
	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_int_equal(listing_edit(request, &listing, &input), 0);
	/* Field by field, and as it is. */
	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_int_equal(listing_edit(request, &listing, &input), 0);
	input.place = NULL;
	assert_int_equal(listing_edit(request, &listing, &input), 0);
	assert_string_equal(recorded_since(before),
		"listing.changed 0 zoe 1 192.0.2.1 Two\ntitle\ncategory\nbody\n"
		"price\nexchange\nplace\nuntil 365; "
		"listing.changed 0 zoe 1 192.0.2.1 Two 365; "
		"listing.changed 0 zoe 1 192.0.2.1 Two\nplace 365");
	before = last_recorded();
	withdraw_as(&zoe, id, 0);
	assert_string_equal(recorded_since(before),
		"listing.taken-back 0 zoe 1 192.0.2.1 Two 365");
	done(request);
}

static void
what_was_refused_is_not_recorded(void *argument)
{
	struct request *request = request_of(&zoe), *other;
	struct listing_input input = an_offer("Mine");
	struct listing listing, mine;
	struct uuid id, more;
	int64_t before;

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	assert_int_equal(listing_find(request, id, &mine), 1);
	before = last_recorded();
	/* The statement itself refuses who is not its author. */
	other = request_of(&yan);
	assert_int_equal(listing_find(other, id, &listing), 1);
	assert_int_equal(listing_edit(other, &listing, &input), 1);
	done(other);
	/* Suspended, logged out, before new terms: since the request began. */
	server_sql("UPDATE communitya.member SET state = 'suspended' "
		   "WHERE username = 'zoe'");
	assert_int_equal(listing_edit(request, &mine, &input), -1);
	assert_int_equal(listing_post(request, &input, &more), -1);
	assert_int_equal(listing_withdraw(request, &mine), -1);
	server_sql("UPDATE communitya.member SET state = 'active' "
		   "WHERE username = 'zoe'");
	done(request);
	zoe.state = MEMBER_ACTIVE;
	zoe.overruled = false;
	/* More than the quota. */
	for (int i = 1; i < QUOTA; i++) {
		request = request_of(&zoe);
		assert_int_equal(listing_post(request, &input, &more), 0);
		done(request);
	}
	assert_int_equal(last_recorded() > before, 1);
	before = last_recorded();
	request = request_of(&zoe);
	assert_int_equal(listing_post(request, &input, &more), 1);
	done(request);
	assert_string_equal(recorded_since(before), "");
	/* Withdrawn already. */
	withdraw_as(&zoe, id, 0);
	before = last_recorded();
	withdraw_as(&zoe, id, 1);
	assert_string_equal(recorded_since(before), "");
	assert_int_equal(server_number("SELECT COUNT(*) FROM communitya.audit"
				       " LEFT JOIN communitya.audit_detail ON"
				       " audit = audit.id WHERE audit IS NULL"),
		0);
}

/* Address and title of a member's act are gone after their time; its row, and
 * all of an act of office, are not. */
static void
what_members_did_is_kept_for_a_year(void *argument)
{
	struct request *request = request_of(&zoe);
	struct listing_input input = an_offer("Old");
	int64_t before = last_recorded();
	struct uuid id, young;
	char sql[256];
	struct request *admin = request_of(&ada);
	const struct audit_event event = {
		.action = "settings.changed",
		.details = "colour",
	};

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	assert_int_equal(audit_append(admin, admin->db, &event), 0);
	done(admin);
	server_sql("UPDATE communitya.audit_detail SET expires_at = expires_at "
		   "- INTERVAL 365 DAY - INTERVAL 1 MINUTE");
	input.title = "Young";
	assert_int_equal(listing_post(request, &input, &young), 0);
	server_sql("UPDATE communitya.audit_detail SET expires_at = expires_at "
		   "- INTERVAL 365 DAY + INTERVAL 1 MINUTE WHERE details = "
		   "'Young'");
	assert_int_equal(audit_expire(request->db), 0);
	assert_string_equal(recorded_since(before),
		"settings.changed 1 ada 192.0.2.1 colour; "
		"listing.posted 0 zoe 1 192.0.2.1 Young 0");
	/* Its row stays. */
	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM communitya.audit LEFT JOIN"
		" communitya.audit_detail ON audit = audit.id WHERE audit IS"
		" NULL AND sequence > %lld",
		(long long)before);
	assert_int_equal(server_number(sql), 1);
	done(request);
}

static void
own_withdrawals_stand(void *argument)
{
	struct request *request = request_of(&zoe);
	struct listing_input input = an_offer("Gone");
	struct listing listing;
	struct uuid id;

	(void)argument;
	assert_int_equal(listing_post(request, &input, &id), 0);
	withdraw_as(&zoe, id, 0);
	withdraw_as(&zoe, id, 1);
	done(request);
	assert_int_equal(count_listed(NULL, NULL, NULL), 0);
	/* Its author still sees it, others do not. */
	request = request_of(&zoe);
	assert_int_equal(listing_find(request, id, &listing), 1);
	assert_string_equal(listing.state, "withdrawn");
	done(request);
	request = request_of(NULL);
	assert_int_equal(listing_find(request, id, &listing), 0);
	done(request);
}

static void
pages_follow_each_other(void *argument)
{
	struct request *request = request_of(NULL);
	struct listings_query query = {.page = 1};
	struct record_list first, second;
	bool more;

	(void)argument;
	server_sql(
		"INSERT INTO communitya.listing (id, author, kind, category,"
		" title, body, excerpt, price, currency, state, posted_at,"
		" changed_at) "
		"SELECT UUID(), member.id, 'offer', 'garden', seq, 'x', 'x', 1,"
		" 'EUR', 'open', '2026-01-01', '2026-01-01' "
		"FROM communitya.seq_1_to_30 "
		"JOIN communitya.member ON username = 'zoe'");
	assert_int_equal(listings_page(request, &query, &first, &more), 0);
	assert_int_equal(first.count, LISTINGS_PER_PAGE);
	assert_true(more);
	query.page = 2;
	assert_int_equal(listings_page(request, &query, &second, &more), 0);
	assert_int_equal(second.count, 30 - LISTINGS_PER_PAGE);
	assert_false(more);
	/* Posted in the same microsecond, none is shown twice. */
	const struct listing_summary *one = first.items, *two = second.items;
	for (size_t i = 0; i < first.count; i++)
		for (size_t j = 0; j < second.count; j++)
			assert_string_not_equal(one[i].title, two[j].title);
	query.page = 100000;
	assert_int_equal(listings_page(request, &query, &first, &more), 0);
	assert_int_equal(first.count, 0);
	done(request);
}

static void
profiles_show_what_they_may(void *argument)
{
	struct profile_input input = {
		.name = "Zoé",
		.phone = "05 61",
		.phone_visibility = "members",
		.address = "12 rue",
		.address_visibility = "self",
		.description = "Bread",
		.description_visibility = "public",
	};
	struct request *own = request_of(&zoe);
	struct profile profile;

	(void)argument;
	assert_int_equal(profile_edit(own, &input), 0);
	assert_int_equal(profile_own(own, &profile), 1);
	assert_string_equal(profile.address, "12 rue");
	assert_int_equal(profile.login_count, 7);
	assert_string_equal(profile.email, "zoe@example.org");

	struct request *member = request_of(&ada);
	assert_int_equal(profile_find(member, "zoe", &profile), 1);
	assert_string_equal(profile.phone, "05 61");
	assert_null(profile.address);
	assert_null(profile.email);
	assert_int_equal(profile.login_count, INTEGER_NONE);
	done(member);

	struct request *visitor = request_of(NULL);
	assert_int_equal(profile_find(visitor, "zoe", &profile), 1);
	assert_string_equal(profile.description, "Bread");
	assert_null(profile.phone);
	assert_int_equal(profile_find(visitor, "nobody", &profile), 0);
	done(visitor);

	/* P6: what stays keeps the day it was given; what is left empty goes.
	 */
	server_sql("UPDATE communitya.member_detail "
		   "SET given_at = '2020-01-01'");
	input.phone = NULL;
	input.description_visibility = "self";
	assert_int_equal(profile_edit(own, &input), 0);
	done(own);
	assert_int_equal(server_number("SELECT COUNT(*) "
				       "FROM communitya.member_detail "
				       "WHERE given_at = '2020-01-01'"),
		2);
	assert_int_equal(server_number("SELECT COUNT(*) "
				       "FROM communitya.member_detail"),
		2);
}

static int
return_it(struct request *request, struct db *db, void *argument)
{
	(void)request;
	(void)db;
	return *(const int *)argument;
}

/* What other machines are told of such a change. */
static unsigned
told_after(int outcome)
{
	struct request *request = request_of(&zoe);
	struct uuid which;
	unsigned kinds = 0;

	while (epoch_take(service.epochs, &which, &kinds))
		;
	kinds = 0;
	assert_int_equal(
		community_change(request, EPOCH_CONTENT, return_it, &outcome),
		outcome);
	epoch_take(service.epochs, &which, &kinds);
	done(request);
	return kinds;
}

/* An answer to the commit that was lost looks like any other failure. */
static void
what_failed_may_have_happened(void *argument)
{
	(void)argument;
	assert_int_equal(told_after(0), EPOCH_CONTENT);
	assert_int_equal(told_after(1), 0);
	assert_int_equal(told_after(-1), EPOCH_CONTENT);
}

static void
in_a_task(void (*run)(void *argument))
{
	empty_tables();
	in_task(run, NULL);
}

#define TASK_TEST(name)                                                        \
	static void test_##name(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		in_a_task(name);                                               \
	}
TASK_TEST(posts_and_lists)
TASK_TEST(lists_show_how_it_begins)
TASK_TEST(keeps_the_quota)
TASK_TEST(last_days_end_by_the_clocks_of_the_community)
TASK_TEST(only_authors_edit)
TASK_TEST(acts_are_recorded)
TASK_TEST(what_was_refused_is_not_recorded)
TASK_TEST(what_members_did_is_kept_for_a_year)
TASK_TEST(own_withdrawals_stand)
TASK_TEST(pages_follow_each_other)
TASK_TEST(profiles_show_what_they_may)
TASK_TEST(what_failed_may_have_happened)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_posts_and_lists),
		cmocka_unit_test(test_lists_show_how_it_begins),
		cmocka_unit_test(test_keeps_the_quota),
		cmocka_unit_test(the_last_day_is_today_or_soon),
		cmocka_unit_test(
			test_last_days_end_by_the_clocks_of_the_community),
		cmocka_unit_test(test_only_authors_edit),
		cmocka_unit_test(test_acts_are_recorded),
		cmocka_unit_test(test_what_was_refused_is_not_recorded),
		cmocka_unit_test(test_what_members_did_is_kept_for_a_year),
		cmocka_unit_test(test_own_withdrawals_stand),
		cmocka_unit_test(test_pages_follow_each_other),
		cmocka_unit_test(test_profiles_show_what_they_may),
		cmocka_unit_test(test_what_failed_may_have_happened),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

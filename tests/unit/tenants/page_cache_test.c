/* What is kept for whom, until when, and how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "http/reply.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "http/route.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/page_cache.h"

#define KIB   ((size_t)1024)
#define LIMIT (1024 * KIB)

static const struct route cacheable = {
	.path = "/listings",
	.name = "listings.index",
	.flags = ROUTE_CACHEABLE,
};
static const struct route other_route = {.path = "/join", .name = "join"};

static struct epoch_table *epochs;
static struct page_cache *cache;
static struct community community, sibling;
static struct timestamp now;

static void
name_community(struct community *named)
{
	named->id = uuid_new();
	uuid_format(named->id, named->key);
	named->epoch = epoch_settings(epochs, named->id);
}

static int
set_up(void **state)
{
	int descriptor = epoch_create();

	(void)state;
	epochs = epoch_map(descriptor, 0);
	assert_non_null(epochs);
	close(descriptor);
	cache = page_cache_new(LIMIT);
	name_community(&community);
	name_community(&sibling);
	/* The beginning of a minute. */
	now.microseconds = 29000000 * CLOCK_MINUTE;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	page_cache_free(cache);
	epoch_unmap(epochs);
	return 0;
}

/* An anonymous visitor's request, as it is when it was admitted. */
static struct request *
ask(const struct community *of, const char *path, const char *query)
{
	struct arena *arena = arena_new();
	struct request *request = ARENA_NEW(arena, struct request);

	request->arena = arena;
	request->route = &cacheable;
	request->method = METHOD_GET;
	request->host = "a.example";
	request->origin = "http://a.example";
	request->path = arena_text(arena, path);
	request->query = arena_text(arena, query);
	request->community = of;
	request->now = now;
	reply_start(request);
	return request;
}

static bool
is_answered(struct request *request)
{
	return page_cache_answer(cache, epochs, request);
}

/* The handler's part, and what follows it. */
static void
reply(struct request *request, const char *body, size_t length)
{
	reply_bytes(request, 200, "text/html; charset=utf-8", body, length);
	page_cache_keep(cache, epochs, request);
}

static void
make(const struct community *of, const char *path, const char *query,
	const char *body)
{
	struct request *request = ask(of, path, query);

	assert_false(is_answered(request));
	reply(request, body, strlen(body));
	arena_free(request->arena);
}

static bool
gives(struct request *request, const char *body)
{
	bool answered = is_answered(request);
	const struct reply *made = request->reply;

	if (answered) {
		assert_int_equal(made->status, 200);
		assert_int_equal(made->length, strlen(body));
		assert_memory_equal(made->body, body, made->length);
		assert_non_null(made->etag);
		assert_string_equal(made->cache, "private, no-cache");
	}
	arena_free(request->arena);
	return answered;
}

static bool
is_kept(const struct community *of, const char *path, const char *query,
	const char *body)
{
	return gives(ask(of, path, query), body);
}

static void
a_page_is_kept_for_its_address_language_and_community(void **state)
{
	struct request *request;

	(void)state;
	make(&community, "/listings", "", "<p>first</p>");
	assert_true(is_kept(&community, "/listings", "", "<p>first</p>"));
	assert_false(is_kept(&community, "/listings", "page=2", ""));
	assert_false(is_kept(&community, "/", "", ""));
	assert_false(is_kept(&sibling, "/listings", "", ""));
	request = ask(&community, "/listings", "");
	request->language = LANGUAGE_FRENCH;
	assert_false(gives(request, ""));
	request = ask(&community, "/listings", "");
	request->origin = "https://a.example";
	assert_false(gives(request, ""));
	/* A question mark of the path is none of the query's. */
	make(&community, "/listings?kind=offer", "", "odd");
	assert_false(is_kept(&community, "/listings", "kind=offer", ""));
}

static void
only_who_is_nobody_gets_it(void **state)
{
	struct actor actor = {.username = "zoe"};
	struct http_header notice = {"cookie", "notice=listing-posted"};
	struct request *request;

	(void)state;
	make(&community, "/listings", "", "for all");
	request = ask(&community, "/listings", "");
	request->actor = &actor;
	assert_false(gives(request, ""));
	request = ask(&community, "/listings", "");
	request->headers = &notice;
	request->header_count = 1;
	assert_false(gives(request, ""));
	request = ask(&community, "/listings", "");
	request->method = METHOD_POST;
	assert_false(gives(request, ""));
	request = ask(&community, "/listings", "");
	reply_cookie(request, "session", "", -1);
	assert_false(gives(request, ""));
}

static void
what_is_for_one_is_not_kept(void **state)
{
	struct actor actor = {.username = "zoe"};
	struct request *request = ask(&community, "/listings", "");

	(void)state;
	request->actor = &actor;
	assert_false(is_answered(request));
	reply(request, "zoe's own", 9);
	assert_null(request->reply->etag);
	arena_free(request->arena);
	assert_false(is_kept(&community, "/listings", "", ""));

	request = ask(&community, "/listings", "");
	assert_false(is_answered(request));
	reply_cookie(request, "form", "token", 0);
	reply(request, "with a token", 12);
	assert_null(request->reply->etag);
	arena_free(request->arena);
	assert_false(is_kept(&community, "/listings", "", ""));

	request = ask(&community, "/join", "");
	request->route = &other_route;
	assert_false(is_answered(request));
	reply(request, "form", 4);
	arena_free(request->arena);
	request = ask(&community, "/join", "");
	request->route = &other_route;
	assert_false(gives(request, ""));

	request = ask(&community, "/listings", "page=9");
	assert_false(is_answered(request));
	reply_bytes(request, 404, "text/html; charset=utf-8", "none", 4);
	page_cache_keep(cache, epochs, request);
	assert_string_equal(request->reply->cache, "no-store");
	arena_free(request->arena);
	assert_false(is_kept(&community, "/listings", "page=9", ""));
}

static void
a_change_ends_it(void **state)
{
	(void)state;
	make(&community, "/listings", "", "before");
	make(&sibling, "/listings", "", "elsewhere");
	epoch_begin(epochs, community.id);
	/* It may be committed by now, or not. */
	assert_false(is_kept(&community, "/listings", "", ""));
	make(&community, "/listings", "", "in between");
	assert_false(is_kept(&community, "/listings", "", ""));
	epoch_end(epochs, community.id, EPOCH_CONTENT);
	assert_false(is_kept(&community, "/listings", "", ""));
	make(&community, "/listings", "", "after");
	assert_true(is_kept(&community, "/listings", "", "after"));
	assert_true(is_kept(&sibling, "/listings", "", "elsewhere"));
	/* Another machine's change, heard of. */
	epoch_follow(epochs, community.id, EPOCH_CONTENT);
	assert_false(is_kept(&community, "/listings", "", ""));
}

static void
a_page_that_was_overtaken_is_not_kept(void **state)
{
	struct request *request = ask(&community, "/listings", "");

	(void)state;
	assert_false(is_answered(request));
	epoch_begin(epochs, community.id);
	epoch_end(epochs, community.id, EPOCH_CONTENT);
	reply(request, "from before", 11);
	assert_non_null(request->reply->etag);
	arena_free(request->arena);
	assert_false(is_kept(&community, "/listings", "", ""));
}

static void
a_page_of_older_settings_is_not_kept(void **state)
{
	(void)state;
	/* The snapshot was read before, the epoch is asked for after. */
	epoch_begin(epochs, community.id);
	epoch_end(epochs, community.id, EPOCH_SETTINGS);
	make(&community, "/listings", "", "older name");
	assert_false(is_kept(&community, "/listings", "", ""));
	community.epoch = epoch_settings(epochs, community.id);
	make(&community, "/listings", "", "newer name");
	assert_true(is_kept(&community, "/listings", "", "newer name"));
}

static void
no_page_outlives_its_minute(void **state)
{
	(void)state;
	now.microseconds += 59 * CLOCK_SECOND;
	make(&community, "/listings", "", "just now");
	now.microseconds += CLOCK_SECOND - 1;
	assert_true(is_kept(&community, "/listings", "", "just now"));
	now.microseconds += 1;
	assert_false(is_kept(&community, "/listings", "", ""));
	/* The clock was set back. */
	make(&community, "/listings", "", "later");
	now.microseconds -= CLOCK_MINUTE;
	assert_false(is_kept(&community, "/listings", "", ""));
}

static void
a_reply_under_way_keeps_its_bytes(void **state)
{
	struct request *request = ask(&community, "/listings", "");

	(void)state;
	make(&community, "/listings", "", "still here");
	assert_true(is_answered(request));
	page_cache_restart(cache, LIMIT);
	assert_memory_equal(request->reply->body, "still here", 10);
	arena_free(request->arena);
	assert_false(is_kept(&community, "/listings", "", ""));
}

static void
a_known_etag_is_answered_304(void **state)
{
	struct http_header known = {"if-none-match", NULL};
	struct request *request = ask(&community, "/listings", "");
	char etag[64];

	(void)state;
	assert_false(is_answered(request));
	reply(request, "same", 4);
	snprintf(etag, sizeof(etag), "\"%s\"", request->reply->etag);
	arena_free(request->arena);
	known.value = etag;
	request = ask(&community, "/listings", "");
	request->headers = &known;
	request->header_count = 1;
	assert_true(is_answered(request));
	reply_apply_conditions(request);
	assert_int_equal(request->reply->status, 304);
	assert_int_equal(request->reply->length, 0);
	arena_free(request->arena);
}

static void
put_many(const struct community *of, unsigned count, size_t length)
{
	char *body = test_calloc(1, length + 1);
	char query[32];

	memset(body, 'x', length);
	for (unsigned i = 0; i < count; i++) {
		snprintf(query, sizeof(query), "page=%u", i);
		make(of, "/listings", query, body);
	}
	test_free(body);
}

static void
one_community_drives_nobody_out(void **state)
{
	struct page_cache_state size;

	(void)state;
	make(&sibling, "/", "", "the sibling's");
	put_many(&community, 300, 10 * KIB);
	page_cache_state(cache, &size);
	assert_true(size.bytes <= LIMIT / 8 + KIB);
	assert_true(size.bytes > LIMIT / 8 - 12 * KIB);
	assert_true(is_kept(&sibling, "/", "", "the sibling's"));
	/* The newest are there, the oldest are not. */
	assert_false(is_kept(&community, "/listings", "page=0", ""));
}

static void
the_memory_has_a_limit(void **state)
{
	static struct community many[20];
	struct page_cache_state size;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		name_community(&many[i]);
		put_many(&many[i], 30, 10 * KIB);
		page_cache_state(cache, &size);
		assert_true(size.bytes <= LIMIT);
	}
	assert_true(size.bytes > LIMIT - 12 * KIB);
	put_many(&community, 1, LIMIT / 8);
	assert_false(is_kept(&community, "/listings", "page=0", ""));
	page_cache_restart(cache, 0);
	page_cache_state(cache, &size);
	assert_int_equal(size.bytes, 0);
	assert_int_equal(size.pages, 0);
	make(&community, "/listings", "", "not kept");
	assert_false(is_kept(&community, "/listings", "", ""));
	/* A limit that nothing fits in. */
	page_cache_restart(cache, 100);
	make(&community, "/listings", "", "");
	make(&community, "/listings", "", "");
}

static void
hits_are_counted(void **state)
{
	struct page_cache_state count;

	(void)state;
	make(&community, "/", "", "page");
	assert_true(is_kept(&community, "/", "", "page"));
	assert_true(is_kept(&community, "/", "", "page"));
	page_cache_state(cache, &count);
	assert_int_equal(count.misses, 1);
	assert_int_equal(count.hits, 2);
	assert_int_equal(count.pages, 1);
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_kept_for_its_address_language_and_community),
		TEST(only_who_is_nobody_gets_it),
		TEST(what_is_for_one_is_not_kept),
		TEST(a_change_ends_it),
		TEST(a_page_that_was_overtaken_is_not_kept),
		TEST(a_page_of_older_settings_is_not_kept),
		TEST(no_page_outlives_its_minute),
		TEST(a_reply_under_way_keeps_its_bytes),
		TEST(a_known_etag_is_answered_304),
		TEST(one_community_drives_nobody_out),
		TEST(the_memory_has_a_limit),
		TEST(hits_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

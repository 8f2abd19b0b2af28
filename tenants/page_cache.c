#include "tenants/page_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/look/notices.h"

/* A page larger than this part of the memory is not kept. */
#define PAGE_PART 64
/* Nor does one community hold more than this part. */
#define SHELF_PART 8
/* Longer addresses are made once: nobody links to them. */
#define KEY_LIMIT 1024
/* Hexadecimal characters of the SHA-256 that is a page's ETag. */
#define ETAG_LENGTH 32

/* A page's place is known by all that it depends on. */
struct kept_page {
	TAILQ_ENTRY(kept_page) next;	 /* of all, the longest unused first */
	TAILQ_ENTRY(kept_page) on_shelf; /* of its community, likewise */
	struct shelf *shelf;		 /* NULL: taken out */
	unsigned holders;		 /* the cache, and replies under way */
	uint64_t epoch;
	int64_t minute; /* in which it was made */
	size_t size;	/* with all that belongs to it */
	const char *key;
	const char *type; /* static, as reply_page() gave it */
	char etag[ETAG_LENGTH + 1];
	size_t length;
	char body[];
};
TAILQ_HEAD(page_list, kept_page);

/* The pages of one community. */
struct shelf {
	char community[UUID_TEXT_SIZE];
	struct page_list pages;
	size_t bytes;
};

/* A page that is being made. */
struct page_draft {
	const char *key;
	uint64_t epoch; /* of its community when it was begun */
	bool settled;	/* no change was under way then */
	int64_t minute;
};

struct page_cache {
	size_t limit, bytes;
	struct map *pages; /* key → kept_page */
	struct map *shelves;
	struct page_list used;
	uint64_t hits, misses;
};

struct page_cache *
page_cache_new(size_t limit)
{
	struct page_cache *cache = memory_new(1, sizeof(*cache));

	cache->limit = limit;
	cache->pages = map_new();
	cache->shelves = map_new();
	TAILQ_INIT(&cache->used);
	return cache;
}

static void
let_go(void *object)
{
	struct kept_page *page = object;

	if (--page->holders == 0)
		free(page);
}

static void
take_out(struct page_cache *cache, struct kept_page *page)
{
	struct shelf *shelf = page->shelf;

	map_remove(cache->pages, page->key);
	TAILQ_REMOVE(&cache->used, page, next);
	TAILQ_REMOVE(&shelf->pages, page, on_shelf);
	cache->bytes -= page->size;
	shelf->bytes -= page->size;
	page->shelf = NULL;
	if (TAILQ_EMPTY(&shelf->pages)) {
		map_remove(cache->shelves, shelf->community);
		free(shelf);
	}
	let_go(page);
}

void
page_cache_restart(struct page_cache *cache, size_t limit)
{
	struct kept_page *page;

	while ((page = TAILQ_FIRST(&cache->used)) != NULL)
		take_out(cache, page);
	cache->limit = limit;
}

void
page_cache_free(struct page_cache *cache)
{
	if (cache == NULL)
		return;
	page_cache_restart(cache, 0);
	map_free(cache->pages);
	map_free(cache->shelves);
	free(cache);
}

/* Whether the page that is asked for is the same for every visitor. A notice is
 * for one, and so is a cookie that is to be set. */
static bool
is_for_all(const struct page_cache *cache, struct request *request)
{
	return cache->limit > 0 &&
	       (request->route->flags & ROUTE_CACHEABLE) != 0 &&
	       request->method == METHOD_GET && request->actor == NULL &&
	       !reply_sets_headers(request) &&
	       request_cookie(request, NOTICE_COOKIE) == NULL;
}

/* The path's length tells "a?b" as a path from "a" with a query. */
static const char *
make_key(struct request *request)
{
	return arena_printf(request->arena, "%s %s %s %zu %s?%s",
		request->community->key, language_code(request->language),
		request->origin, strlen(request->path), request->path,
		request->query);
}

static int64_t
minute_of(const struct request *request)
{
	return request->now.microseconds / CLOCK_MINUTE;
}

static void
use(struct page_cache *cache, struct kept_page *page)
{
	TAILQ_REMOVE(&cache->used, page, next);
	TAILQ_INSERT_TAIL(&cache->used, page, next);
	TAILQ_REMOVE(&page->shelf->pages, page, on_shelf);
	TAILQ_INSERT_TAIL(&page->shelf->pages, page, on_shelf);
}

static void
mark(struct request *request, const char *etag)
{
	reply_cache(request, "private, no-cache");
	reply_header(request, "Vary", "Accept-Language, Cookie");
	reply_etag(request, etag);
}

static void
answer(struct request *request, struct kept_page *page)
{
	page->holders++;
	arena_on_free(request->arena, let_go, page);
	reply_bytes(request, 200, page->type, page->body, page->length);
	mark(request, page->etag);
}

/* The snapshot from which the page is made must be of this epoch, too. */
static void
begin(const struct epoch_table *epochs, struct request *request,
	const char *key, uint64_t epoch)
{
	struct page_draft *draft = ARENA_NEW(request->arena, struct page_draft);
	const struct community *community = request->community;

	draft->key = key;
	draft->epoch = epoch;
	draft->settled =
		(epoch & 1) == 0 &&
		community->epoch == epoch_settings(epochs, community->id);
	draft->minute = minute_of(request);
	request->draft = draft;
}

bool
page_cache_answer(struct page_cache *cache, const struct epoch_table *epochs,
	struct request *request)
{
	struct kept_page *page;
	const char *key;
	uint64_t epoch;

	if (!is_for_all(cache, request))
		return false;
	key = make_key(request);
	epoch = epoch_read(epochs, request->community->id);
	page = map_get(cache->pages, key);
	if (page != NULL && page->epoch == epoch &&
		page->minute == minute_of(request)) {
		cache->hits++;
		use(cache, page);
		answer(request, page);
		return true;
	}
	if (page != NULL)
		take_out(cache, page);
	cache->misses++;
	begin(epochs, request, key, epoch);
	return false;
}

static struct shelf *
find_shelf(struct page_cache *cache, const char *community)
{
	struct shelf *shelf = map_get(cache->shelves, community);

	if (shelf != NULL)
		return shelf;
	shelf = memory_new(1, sizeof(*shelf));
	memcpy(shelf->community, community, sizeof(shelf->community));
	TAILQ_INIT(&shelf->pages);
	map_set(cache->shelves, shelf->community, shelf);
	return shelf;
}

static void
put(struct page_cache *cache, struct kept_page *page, const char *community)
{
	struct shelf *shelf = map_get(cache->shelves, community);

	while (shelf != NULL &&
		shelf->bytes + page->size > cache->limit / SHELF_PART) {
		take_out(cache, TAILQ_FIRST(&shelf->pages));
		shelf = map_get(cache->shelves, community);
	}
	while (cache->bytes + page->size > cache->limit)
		take_out(cache, TAILQ_FIRST(&cache->used));
	shelf = find_shelf(cache, community);
	page->shelf = shelf;
	map_set(cache->pages, page->key, page);
	TAILQ_INSERT_TAIL(&cache->used, page, next);
	TAILQ_INSERT_TAIL(&shelf->pages, page, on_shelf);
	cache->bytes += page->size;
	shelf->bytes += page->size;
}

static struct kept_page *
copy_page(const struct page_draft *draft, const char *type, struct slice body,
	const char *etag)
{
	size_t key_size = strlen(draft->key) + 1;
	size_t size = sizeof(struct kept_page) + body.length + key_size;
	struct kept_page *page = memory_new(1, size);

	page->holders = 1;
	page->epoch = draft->epoch;
	page->minute = draft->minute;
	/* The map copies the key. */
	page->size = size + key_size;
	page->type = type;
	memcpy(page->etag, etag, sizeof(page->etag));
	page->length = body.length;
	memcpy(page->body, body.data, body.length);
	memcpy(page->body + body.length, draft->key, key_size);
	page->key = page->body + body.length;
	return page;
}

static void
make_etag(struct slice body, char etag[ETAG_LENGTH + 1])
{
	unsigned char digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	digest_sha256(body.data, body.length, digest);
	digest_hex(digest, hex);
	memcpy(etag, hex, ETAG_LENGTH);
	etag[ETAG_LENGTH] = '\0';
}

void
page_cache_keep(struct page_cache *cache, const struct epoch_table *epochs,
	struct request *request)
{
	const struct page_draft *draft = request->draft;
	struct kept_page *page, *other;
	struct slice body;
	const char *type;
	char *etag;

	request->draft = NULL;
	/* What shows a form carries this visitor's own token. */
	if (draft == NULL || request->form != NULL ||
		reply_sets_headers(request) ||
		reply_made(request, &type, &body) != 200)
		return;
	etag = arena_alloc(request->arena, ETAG_LENGTH + 1);
	make_etag(body, etag);
	mark(request, etag);
	if (!draft->settled || strlen(draft->key) > KEY_LIMIT ||
		body.length > cache->limit / PAGE_PART ||
		epoch_read(epochs, request->community->id) != draft->epoch)
		return;
	page = copy_page(draft, type, body, etag);
	if (page->size > cache->limit / SHELF_PART) {
		let_go(page);
		return;
	}
	/* Another request may have made it meanwhile. */
	other = map_get(cache->pages, page->key);
	if (other != NULL)
		take_out(cache, other);
	put(cache, page, request->community->key);
}

void
page_cache_state(
	const struct page_cache *cache, struct page_cache_state *ret_state)
{
	*ret_state = (struct page_cache_state){
		.hits = cache->hits,
		.misses = cache->misses,
		.pages = map_count(cache->pages),
		.bytes = cache->bytes,
	};
}

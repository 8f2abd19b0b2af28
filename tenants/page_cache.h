/*
 * page_cache.h: pages as visitors who are not logged in get them, each kept
 * until something happens in its community. Routes with ROUTE_CACHEABLE take
 * part: their page depends on the community, the language, the address and what
 * is in the community's schema, and on nothing else that the visitor sent.
 *
 * A page is answered from here only while the community's epoch (epoch.h) is
 * still the one at which it was made, and no change is under way: after a
 * commit no worker of this machine answers with what was before; workers of
 * other machines follow within the interval of epoch_sync.h. What depends on
 * the time of day ("5 minutes ago", a last day that is over) is true to the
 * minute: no page outlives the minute in which it was made.
 *
 * A community's pages take at most an eighth of the memory, so that who asks
 * for a thousand addresses of one community drives nobody else's out.
 */
#ifndef MISSIOND_TENANTS_PAGE_CACHE_H
#define MISSIOND_TENANTS_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct epoch_table;
struct page_cache;
struct request;

/* Keeps at most `limit` bytes; 0: nothing, and pages get no ETag. */
struct page_cache *page_cache_new(size_t limit);

/* Pages that a reply still uses live on until it is sent. NULL is allowed. */
void page_cache_free(struct page_cache *cache);

/* Forgets all: templates or texts are others now, or the limit is. */
void page_cache_restart(struct page_cache *cache, size_t limit);

/*
 * For a request that was admitted, before its handler: replies with the page
 * that is kept and returns true; or returns false, and page_cache_keep() is to
 * be called when the handler has replied. Neither waits.
 */
bool page_cache_answer(struct page_cache *cache,
	const struct epoch_table *epochs, struct request *request);

/* After the handler: gives the reply its ETag, and keeps the page when nothing
 * happened in the community since page_cache_answer(). */
void page_cache_keep(struct page_cache *cache, const struct epoch_table *epochs,
	struct request *request);

struct page_cache_state {
	uint64_t hits, misses;
	size_t pages, bytes;
};
void page_cache_state(
	const struct page_cache *cache, struct page_cache_state *ret_state);

#endif

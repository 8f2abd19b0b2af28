#include "tenants/rate.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/request.h"
#include "tenants/community.h"
#include "text/catalogue.h"

/* 32 bytes each. */
#define BUCKETS 8192

struct bucket {
	uint64_t key;
	int64_t filled; /* clock_monotonic() when it would be full */
};

struct rate_table {
	struct bucket buckets[BUCKETS];
};

/* `burst` tries at once, then one every `interval`. */
struct rate {
	int64_t burst;
	int64_t interval;
};

static const struct rate class_rates[] = {
	[RATE_PAGE] = {0, 0}, /* the edge's limits are enough */
	[RATE_WRITE] = {120, CLOCK_SECOND / 2},
	[RATE_LOGIN] = {30, 2 * CLOCK_SECOND},
	[RATE_ASSET] = {0, 0},
};

struct rate_table *
rate_table_new(void)
{
	return memory_new(1, sizeof(struct rate_table));
}

void
rate_table_free(struct rate_table *table)
{
	free(table);
}

static struct bucket *
find(struct rate_table *table, uint64_t key)
{
	struct bucket *bucket = &table->buckets[key % BUCKETS];

	if (bucket->key != key)
		*bucket = (struct bucket){.key = key};
	return bucket;
}

/* How long until the bucket has a try left; 0: it has. */
static int64_t
wait_of(const struct bucket *bucket, const struct rate *rate, int64_t now)
{
	int64_t empty = now + rate->burst * rate->interval;
	int64_t next =
		(bucket->filled > now ? bucket->filled : now) + rate->interval;

	return next <= empty ? 0 : next - empty;
}

static void
take(struct bucket *bucket, const struct rate *rate, int64_t now)
{
	if (bucket->filled < now)
		bucket->filled = now;
	bucket->filled += rate->interval;
}

/* Whoever has an IPv6 address has its whole /64. */
size_t
rate_network(const char *peer, unsigned char network[16])
{
	if (inet_pton(AF_INET6, peer, network) == 1)
		return 8;
	return inet_pton(AF_INET, peer, network) == 1 ? 4 : 0;
}

static uint64_t
peer_key(const struct request *request, enum rate_class class)
{
	struct {
		struct uuid community;
		unsigned char class;
		unsigned char network[16];
	} key = {.class = (unsigned char)class};
	size_t length;

	key.community = request->community->id;
	length = rate_network(request->peer, key.network);
	memset(key.network + length, 0, sizeof(key.network) - length);
	return map_hash(&key, sizeof(key));
}

int64_t
rate_take(struct rate_table *table, const struct request *request)
{
	const struct rate *rate = &class_rates[request->route->rate];
	int64_t now = clock_monotonic();

	if (rate->burst == 0)
		return 0;
	/* Reading a page of log-in guesses nothing. */
	if (request->method == METHOD_GET)
		return 0;
	struct bucket *bucket =
		find(table, peer_key(request, request->route->rate));
	int64_t wait = wait_of(bucket, rate, now);
	if (wait > 0)
		return 1 + wait / CLOCK_SECOND;
	take(bucket, rate, now);
	return 0;
}

/* From three minutes on in minutes. */
const char *
rate_wait_text(struct request *request, int64_t seconds)
{
	enum language language = request->language;
	int64_t minutes = (seconds + 59) / 60;

	if (minutes > 2)
		return text_fill(request->arena,
			text_get(language,
				N_("There were too many tries. Try again in "
				   "{{count}} minutes.")),
			"count", log_integer(minutes), NULL);
	return text_fill(request->arena,
		text_plural(language,
			"There were too many tries. Try again in {{count}} "
			"second.",
			"There were too many tries. Try again in {{count}} "
			"seconds.",
			seconds),
		"count", log_integer(seconds), NULL);
}

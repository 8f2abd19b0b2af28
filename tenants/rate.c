#include "tenants/rate.h"

#include <arpa/inet.h>
#include <ctype.h>
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

static const struct rate account_rate = {20, CLOCK_MINUTE};
static const struct rate mail_rate = {6, 10 * CLOCK_MINUTE};

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
static size_t
network_of(const char *peer, unsigned char network[16])
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
	length = network_of(request->peer, key.network);
	memset(key.network + length, 0, sizeof(key.network) - length);
	return map_hash(&key, sizeof(key));
}

static uint64_t
text_key(const struct request *request, char kind, const char *account)
{
	char key[sizeof(struct uuid) + 257];
	size_t used = sizeof(struct uuid);

	memcpy(key, &request->community->id, sizeof(struct uuid));
	key[used++] = kind;
	for (; *account != '\0' && used < sizeof(key); account++)
		key[used++] = (char)tolower((unsigned char)*account);
	return map_hash(key, used);
}

const char *
rate_take(struct rate_table *table, const struct request *request)
{
	const struct rate *rate = &class_rates[request->route->rate];
	int64_t now = clock_monotonic();

	if (rate->burst == 0)
		return NULL;
	/* Reading a page of log-in guesses nothing. */
	if (request->method == METHOD_GET)
		return NULL;
	struct bucket *bucket =
		find(table, peer_key(request, request->route->rate));
	int64_t wait = wait_of(bucket, rate, now);
	if (wait > 0)
		return log_integer(1 + wait / CLOCK_SECOND);
	take(bucket, rate, now);
	return NULL;
}

bool
rate_open(struct rate_table *table, const struct request *request,
	const char *account)
{
	return wait_of(find(table, text_key(request, 'a', account)),
		       &account_rate, clock_monotonic()) == 0;
}

void
rate_failed(struct rate_table *table, const struct request *request,
	const char *account)
{
	take(find(table, text_key(request, 'a', account)), &account_rate,
		clock_monotonic());
}

bool
rate_mail(struct rate_table *table, const struct request *request,
	const char *email)
{
	struct bucket *bucket = find(table, text_key(request, 'm', email));
	int64_t now = clock_monotonic();

	if (wait_of(bucket, &mail_rate, now) > 0)
		return false;
	take(bucket, &mail_rate, now);
	return true;
}

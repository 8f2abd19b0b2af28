#include "tenants/allowance.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

#define BUCKETS 32768

/* Places a bucket may be in, one after another. */
#define PLACES 16

/*
 * Nanoseconds: the time when the bucket would be full again; until then it is
 * its community's. A process may take a bucket that has just become another's:
 * then that one is charged a request, and no harm is done.
 */
struct bucket {
	_Atomic uint64_t community;
	_Atomic int64_t full;
};

struct allowance_table {
	struct bucket *buckets;
};

int
allowance_create(void)
{
	int descriptor = memfd_create("missiond-allowances", MFD_CLOEXEC);

	if (descriptor < 0)
		return -1;
	if (ftruncate(descriptor, BUCKETS * sizeof(struct bucket)) < 0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

struct allowance_table *
allowance_map(int descriptor)
{
	struct allowance_table *table;
	void *shared = mmap(NULL, BUCKETS * sizeof(struct bucket),
		PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

	if (shared == MAP_FAILED)
		return NULL;
	table = memory_new(1, sizeof(*table));
	table->buckets = shared;
	return table;
}

void
allowance_unmap(struct allowance_table *table)
{
	if (table == NULL)
		return;
	munmap(table->buckets, BUCKETS * sizeof(struct bucket));
	free(table);
}

/* 62 random bits of the UUIDv7: two communities never have the same. All
 * processes must agree, so it is no keyed hash. */
static uint64_t
name_of(struct uuid community)
{
	uint64_t name;

	memcpy(&name, community.bytes + 8, sizeof(name));
	return name;
}

/* The community's bucket, or one that is nobody's any more. */
static struct bucket *
find(const struct allowance_table *table, uint64_t name, int64_t now)
{
	size_t place = (name * UINT64_C(0x9e3779b97f4a7c15)) >> 49;
	struct bucket *unused = NULL;

	for (size_t i = 0; i < PLACES; i++) {
		struct bucket *bucket = &table->buckets[(place + i) % BUCKETS];

		if (atomic_load(&bucket->community) == name)
			return bucket;
		if (unused == NULL && atomic_load(&bucket->full) <= now)
			unused = bucket;
	}
	if (unused != NULL)
		atomic_store(&unused->community, name);
	return unused;
}

/* Nanoseconds to wait; 0: taken. */
static int64_t
take(struct bucket *bucket, int64_t interval, int64_t burst, int64_t now)
{
	int64_t full = atomic_load(&bucket->full);
	int64_t empty = now + burst * interval, next;

	for (;;) {
		/* Emptied at a slower rate: it is empty, and no more than that.
		 */
		bool beyond = full > empty;

		next = beyond ? empty : (full < now ? now : full) + interval;
		if (next > empty)
			return next - empty;
		if (atomic_compare_exchange_weak(&bucket->full, &full, next))
			return beyond ? interval : 0;
	}
}

int64_t
allowance_take(struct allowance_table *table, struct uuid community,
	int64_t per_second, int64_t burst, int64_t now)
{
	int64_t interval = 1000 * CLOCK_SECOND / per_second;
	struct bucket *bucket = find(table, name_of(community), 1000 * now);

	if (bucket == NULL)
		return 0;
	return (take(bucket, interval, burst, 1000 * now) + 999) / 1000;
}

#include "tenants/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/epoch.h"
#include "tenants/metrics_table.h"

/* Places for communities: sets of WAYS, a community has its place in one. */
#define SETS 256U
#define WAYS 8U

/* What a place is worth at the most: so many requests for others that have none
 * take it from a community that is not asked for any more. */
#define WORTH_MOST 1000U

/* How often a place that changes hands is looked at again. */
#define LOOKS_MOST 1000

struct place {
	/* Odd while it changes hands. */
	_Atomic uint32_t version;
	uint32_t worth;		      /* the writer's own */
	char name[METRICS_NAME_SIZE]; /* "": nobody's */
	_Atomic uint64_t classes[METRICS_CLASSES];
};

struct sheet {
	_Atomic uint64_t values[METRICS_VALUES];
	_Atomic uint64_t statuses[METRICS_STATUSES];
	_Atomic uint64_t routes[METRICS_ROUTES_MOST][METRICS_CLASSES];
	_Atomic uint64_t durations[METRICS_KINDS][METRICS_BUCKETS];
	_Atomic uint64_t spent[METRICS_KINDS];
	_Atomic uint64_t nobodys[METRICS_CLASSES];
	_Atomic uint64_t others[METRICS_CLASSES];
	struct place places[SETS][WAYS];
};

struct shared {
	/* Whose sheet it is; 0: nobody's yet, and it costs no memory. */
	_Atomic int64_t processes[EPOCH_PROCESSES];
	struct sheet sheets[EPOCH_PROCESSES];
};

struct metrics {
	struct shared *shared;
	struct sheet *sheet; /* to write; NULL: to read */
};

int
metrics_create(void)
{
	int descriptor = memfd_create(
		"missiond-metrics", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (descriptor < 0)
		return -1;
	/* A file that was cut would end the steward who reads it. */
	if (ftruncate(descriptor, sizeof(struct shared)) < 0 ||
		fcntl(descriptor, F_ADD_SEALS,
			F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		close(descriptor);
		return -1;
	}
	return descriptor;
}

/* There is one writer: nobody is overtaken between the two. */
static void
add(_Atomic uint64_t *counter, uint64_t more)
{
	uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, before + more, memory_order_relaxed);
}

static uint64_t
get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct metrics *
map_shared(int descriptor, int protection)
{
	struct metrics *metrics;
	void *shared = mmap(NULL, sizeof(struct shared), protection, MAP_SHARED,
		descriptor, 0);

	if (shared == MAP_FAILED)
		return NULL;
	metrics = memory_new(1, sizeof(*metrics));
	metrics->shared = shared;
	return metrics;
}

/* Between these a reader takes nothing for true. */
static void
open_place(struct place *place)
{
	atomic_fetch_add(&place->version, 1);
	atomic_thread_fence(memory_order_seq_cst);
}

static void
close_place(struct place *place)
{
	atomic_thread_fence(memory_order_seq_cst);
	atomic_fetch_add(&place->version, 1);
}

static void
empty(struct place *place)
{
	place->worth = 0;
	memset(place->name, 0, sizeof(place->name));
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		atomic_store(&place->classes[i], 0);
}

/* A predecessor was killed while a place changed hands: its figures are half
 * here and half with the others. Few requests of one community are lost. */
static void
take_over(struct sheet *sheet)
{
	for (size_t i = METRICS_COUNTERS; i < METRICS_VALUES; i++)
		atomic_store(&sheet->values[i], 0);
	for (size_t i = 0; i < SETS * WAYS; i++) {
		struct place *place = &sheet->places[i / WAYS][i % WAYS];

		if (atomic_load(&place->version) % 2 == 0)
			continue;
		empty(place);
		close_place(place);
	}
}

struct metrics *
metrics_map(int descriptor, unsigned number)
{
	struct metrics *metrics;

	if (number >= EPOCH_PROCESSES)
		log_defect("metrics_map", "process %u", number);
	metrics = map_shared(descriptor, PROT_READ | PROT_WRITE);
	if (metrics == NULL)
		return NULL;
	metrics->sheet = &metrics->shared->sheets[number];
	take_over(metrics->sheet);
	atomic_store(&metrics->shared->processes[number], getpid());
	return metrics;
}

struct metrics *
metrics_map_all(int descriptor)
{
	return map_shared(descriptor, PROT_READ);
}

void
metrics_unmap(struct metrics *metrics)
{
	if (metrics == NULL)
		return;
	munmap(metrics->shared, sizeof(*metrics->shared));
	free(metrics);
}

/* The place is the newcomer's from here on. */
static void
hand_over(struct sheet *sheet, struct place *place, const char *name)
{
	open_place(place);
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		add(&sheet->others[i], get(&place->classes[i]));
	empty(place);
	strncpy(place->name, name, sizeof(place->name) - 1);
	place->worth = 1;
	close_place(place);
}

/* NULL: among the others. Whoever has no place wears out the one that is worth
 * the least: who comes often has one in the end. */
static struct place *
place_of(struct sheet *sheet, const char *name)
{
	/* The same for every process that goes on with this sheet. */
	static const uint64_t key[2] = {0, 0};
	struct place *set =
		sheet->places[map_hash_keyed(key, name, strlen(name)) % SETS];
	struct place *least = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		struct place *place = &set[i];

		if (strncmp(place->name, name, sizeof(place->name) - 1) == 0) {
			place->worth += place->worth < WORTH_MOST;
			return place;
		}
		if (place->worth < least->worth)
			least = place;
	}
	if (least->worth > 1) {
		least->worth--;
		return NULL;
	}
	hand_over(sheet, least, name);
	return least;
}

static void
count_community(
	struct sheet *sheet, const struct community *community, size_t class)
{
	const struct place *place;

	if (community == NULL) {
		add(&sheet->nobodys[class], 1);
		return;
	}
	place = place_of(sheet, community->slug);
	add(place == NULL ? &sheet->others[class]
			  : (_Atomic uint64_t *)&place->classes[class],
		1);
}

static void
count_duration(struct sheet *sheet, const struct route *route, int64_t spent)
{
	/* What has no route is answered from memory, as assets are. */
	size_t kind = route == NULL ? RATE_ASSET : route->rate;
	size_t bucket = 0;

	while (bucket < METRICS_BUCKETS - 1 && spent > metrics_ends[bucket])
		bucket++;
	add(&sheet->durations[kind][bucket], 1);
	add(&sheet->spent[kind], spent > 0 ? (uint64_t)spent : 0);
}

void
metrics_answered(struct metrics *metrics, const struct request *request,
	int64_t microseconds)
{
	struct slice body;
	const char *type;
	size_t status, class;

	if (metrics == NULL)
		return;
	/* What is below 100 becomes a great number. */
	status = (size_t)reply_made(request, &type, &body) - 100;
	if (status >= METRICS_STATUSES)
		status = METRICS_STATUSES - 1;
	class = status / 100;
	add(&metrics->sheet->statuses[status], 1);
	add(&metrics->sheet
			->routes[metrics_route_number(request->route)][class],
		1);
	count_community(metrics->sheet, request->community, class);
	count_duration(metrics->sheet, request->route, microseconds);
}

void
metrics_add(struct metrics *metrics, enum metrics_value value, uint64_t more)
{
	if (metrics != NULL)
		add(&metrics->sheet->values[value], more);
}

void
metrics_set(struct metrics *metrics, enum metrics_value value, uint64_t now)
{
	atomic_store_explicit(
		&metrics->sheet->values[value], now, memory_order_relaxed);
}

static void
sum_up(uint64_t *sums, const _Atomic uint64_t *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sums[i] += get(&counters[i]);
}

/* Whether the line is one that a community can have: a slug. */
static bool
is_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && name[length] == '\0';
}

/* False: it is nobody's, or changes hands all the time. */
static bool
read_place(const struct place *place, struct metrics_community *line)
{
	for (int i = 0; i < LOOKS_MOST; i++) {
		uint32_t version = atomic_load(&place->version);

		if (version % 2 != 0)
			continue;
		atomic_thread_fence(memory_order_seq_cst);
		memcpy(line->name, place->name, sizeof(line->name));
		line->name[sizeof(line->name) - 1] = '\0';
		memset(line->classes, 0, sizeof(line->classes));
		sum_up(line->classes, place->classes, METRICS_CLASSES);
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load(&place->version) == version)
			return is_name(line->name);
	}
	return false;
}

/* The lines so far, and where each name stands. */
struct lines {
	struct metrics_sum *sum;
	struct map *numbers; /* name → number from 1 on */
	size_t room;
};

static void
add_line(struct lines *lines, const struct metrics_community *line)
{
	struct metrics_sum *sum = lines->sum;
	size_t number = (uintptr_t)map_get(lines->numbers, line->name);

	if (number == 0) {
		if (sum->community_count == lines->room) {
			lines->room = lines->room == 0 ? 64 : 2 * lines->room;
			sum->communities = memory_resize(sum->communities,
				lines->room * sizeof(*sum->communities));
		}
		sum->communities[sum->community_count++] = *line;
		map_set(lines->numbers, line->name,
			(void *)(uintptr_t)sum->community_count);
		return;
	}
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		sum->communities[number - 1].classes[i] += line->classes[i];
}

static void
read_sheet(const struct sheet *sheet, bool alive, struct lines *lines)
{
	struct metrics_sum *sum = lines->sum;
	struct metrics_community line;

	sum_up(sum->values, sheet->values,
		alive ? METRICS_VALUES : METRICS_COUNTERS);
	sum_up(sum->statuses, sheet->statuses, METRICS_STATUSES);
	sum_up(sum->routes[0], sheet->routes[0],
		METRICS_ROUTES_MOST * METRICS_CLASSES);
	sum_up(sum->durations[0], sheet->durations[0],
		METRICS_KINDS * METRICS_BUCKETS);
	sum_up(sum->spent, sheet->spent, METRICS_KINDS);
	sum_up(sum->nobodys, sheet->nobodys, METRICS_CLASSES);
	sum_up(sum->others, sheet->others, METRICS_CLASSES);
	for (size_t i = 0; i < SETS * WAYS; i++)
		if (read_place(&sheet->places[i / WAYS][i % WAYS], &line))
			add_line(lines, &line);
}

void
metrics_read(const struct metrics *metrics,
	bool (*is_alive)(int64_t process, const void *argument),
	const void *argument, struct metrics_sum *sum)
{
	struct lines lines = {.sum = sum, .numbers = map_new()};

	*sum = (struct metrics_sum){0};
	for (size_t i = 0; i < EPOCH_PROCESSES; i++) {
		int64_t process = atomic_load(&metrics->shared->processes[i]);

		if (process != 0)
			read_sheet(&metrics->shared->sheets[i],
				is_alive(process, argument), &lines);
	}
	map_free(lines.numbers);
}

void
metrics_sum_release(struct metrics_sum *sum)
{
	free(sum->communities);
	sum->communities = NULL;
}

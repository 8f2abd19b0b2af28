#include "tenants/metrics_top.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/exposition.h"
#include "base/memory.h"
#include "tenants/metrics.h"

#define NAME "missiond_community_requests_total"

struct named {
	char name[METRICS_NAME_SIZE];
	uint64_t before[METRICS_CLASSES]; /* told with the others */
	uint64_t told[METRICS_CLASSES];
	uint64_t now[METRICS_CLASSES]; /* as counted; all 0: not at all */
};

struct metrics_top {
	struct named *named;
	size_t count;
	uint64_t left[METRICS_CLASSES]; /* told of those who left */
	uint64_t others[METRICS_CLASSES];
	bool crowded; /* once there was somebody who was not named */
};

struct metrics_top *
metrics_top_new(void)
{
	return memory_new(1, sizeof(struct metrics_top));
}

void
metrics_top_free(struct metrics_top *top)
{
	if (top == NULL)
		return;
	free(top->named);
	free(top);
}

static uint64_t
total(const uint64_t classes[METRICS_CLASSES])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < METRICS_CLASSES; i++)
		sum += classes[i];
	return sum;
}

/* Who has the most comes first, among equals by name: there is one order. */
static int
compare(const uint64_t one[METRICS_CLASSES], const char *name,
	const uint64_t other[METRICS_CLASSES], const char *other_name)
{
	uint64_t first = total(one), second = total(other);

	if (first != second)
		return first > second ? -1 : 1;
	return strcmp(name, other_name);
}

static int
compare_lines(const void *one, const void *other)
{
	const struct metrics_community *left = one, *right = other;

	return compare(left->classes, left->name, right->classes, right->name);
}

static struct named *
find(const struct metrics_top *top, const char *name)
{
	for (size_t i = 0; i < top->count; i++)
		if (strcmp(top->named[i].name, name) == 0)
			return &top->named[i];
	return NULL;
}

/* Its place is the last one's then. */
static void
leave(struct metrics_top *top, struct named *named)
{
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		top->left[i] += named->told[i];
	*named = top->named[--top->count];
}

/* Less than was told: its place among the counts was given away meanwhile. */
static bool
went_back(const struct named *named)
{
	for (size_t i = 0; i < METRICS_CLASSES; i++)
		if (named->now[i] < named->before[i] + named->told[i])
			return true;
	return false;
}

static void
go_on(struct metrics_top *top, const struct metrics_sum *sum)
{
	for (size_t i = 0; i < top->count; i++)
		memset(top->named[i].now, 0, sizeof(top->named[i].now));
	for (size_t i = 0; i < sum->community_count; i++) {
		struct named *named = find(top, sum->communities[i].name);

		if (named != NULL)
			memcpy(named->now, sum->communities[i].classes,
				sizeof(named->now));
	}
	for (size_t i = top->count; i-- > 0;)
		if (went_back(&top->named[i]))
			leave(top, &top->named[i]);
}

static struct named *
least(const struct metrics_top *top)
{
	struct named *least = &top->named[0];

	for (size_t i = 1; i < top->count; i++) {
		struct named *named = &top->named[i];

		if (compare(named->now, named->name, least->now, least->name) >
			0)
			least = named;
	}
	return least;
}

static void
join(struct metrics_top *top, const struct metrics_community *line)
{
	struct named *named = &top->named[top->count++];

	*named = (struct named){0};
	memcpy(named->name, line->name, sizeof(named->name));
	memcpy(named->now, line->classes, sizeof(named->now));
	if (top->crowded)
		memcpy(named->before, line->classes, sizeof(named->before));
}

/* From the most to the least, while somebody has less. */
static void
choose(struct metrics_top *top, struct metrics_sum *sum, size_t most)
{
	if (sum->community_count > 0)
		qsort(sum->communities, sum->community_count,
			sizeof(sum->communities[0]), compare_lines);
	while (top->count > most)
		leave(top, least(top));
	top->named =
		memory_resize(top->named, (most + 1) * sizeof(top->named[0]));
	for (size_t i = 0; i < sum->community_count && i < most; i++) {
		const struct metrics_community *line = &sum->communities[i];

		if (find(top, line->name) != NULL)
			continue;
		if (top->count == most)
			leave(top, least(top));
		join(top, line);
	}
	top->crowded = top->crowded || sum->community_count > top->count ||
		       total(sum->others) > 0;
}

/* Classes of which something was `counted`: who was not named before begins at
 * 0. */
static void
print_lines(const char *name, const uint64_t counted[METRICS_CLASSES],
	const uint64_t told[METRICS_CLASSES], struct buffer *buffer)
{
	static const char *const words[METRICS_CLASSES] = {
		"1xx", "2xx", "3xx", "4xx", "5xx"};

	for (size_t i = 0; i < METRICS_CLASSES; i++)
		if (counted[i] > 0)
			exposition_count(buffer, NAME, told[i], "community",
				name, "class", words[i], NULL);
}

/* All that was counted and is not told by name. What is read while it is
 * written may be short of a little: that comes the next time. */
static void
sum_others(struct metrics_top *top, const struct metrics_sum *sum)
{
	for (size_t i = 0; i < METRICS_CLASSES; i++) {
		uint64_t all = sum->others[i], told = top->left[i];

		for (size_t j = 0; j < sum->community_count; j++)
			all += sum->communities[j].classes[i];
		for (size_t j = 0; j < top->count; j++)
			told += top->named[j].told[i];
		if (all > told && all - told > top->others[i])
			top->others[i] = all - told;
	}
}

void
metrics_top_print(struct metrics_top *top, struct metrics_sum *sum, size_t most,
	struct buffer *buffer)
{
	go_on(top, sum);
	choose(top, sum, most);
	exposition_family(buffer, NAME, EXPOSITION_COUNTER,
		"Requests answered, by community and class of status: those "
		"with the most, the others together, and those for none.");
	for (size_t i = 0; i < top->count; i++) {
		struct named *named = &top->named[i];

		for (size_t j = 0; j < METRICS_CLASSES; j++)
			named->told[j] = named->now[j] - named->before[j];
		print_lines(named->name, named->now, named->told, buffer);
	}
	sum_others(top, sum);
	print_lines(METRICS_OTHERS, top->others, top->others, buffer);
	print_lines(METRICS_NOBODYS, sum->nobodys, sum->nobodys, buffer);
}

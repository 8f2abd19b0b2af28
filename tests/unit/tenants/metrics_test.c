/* What workers count in shared memory: nothing is lost or told twice when there
 * are more communities than places, when a worker is killed at any moment, and
 * whatever a worker that was taken over writes; who is told by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "http/reply.h"
#include "http/reply_state.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/features.h"
#include "tenants/metrics.h"
#include "tenants/metrics_table.h"
#include "tenants/metrics_top.h"

static int descriptor;
static struct metrics *worker, *reader;
static struct metrics_sum sum;
static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	descriptor = metrics_create();
	assert_true(descriptor >= 0);
	worker = metrics_map(descriptor, 0);
	reader = metrics_map_all(descriptor);
	assert_non_null(worker);
	assert_non_null(reader);
	arena = arena_new();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	metrics_sum_release(&sum);
	metrics_unmap(worker);
	metrics_unmap(reader);
	close(descriptor);
	arena_free(arena);
	return 0;
}

static void
answer_by(struct metrics *metrics, const char *slug, int status)
{
	struct community community = {.slug = slug};
	struct request request = {
		.arena = arena,
		.community = slug == NULL ? NULL : &community,
		.route = &features[0]->routes[0],
	};

	arena_clear(arena);
	reply_start(&request);
	reply_bytes(&request, status, "text/plain", "", 0);
	metrics_answered(metrics, &request, 1500);
}

static void
answer(const char *slug, int status)
{
	answer_by(worker, slug, status);
}

static bool
everybody(int64_t process, const void *argument)
{
	(void)argument;
	return process != 0;
}

static bool
nobody(int64_t process, const void *argument)
{
	(void)process;
	(void)argument;
	return false;
}

static void
read_all(void)
{
	metrics_sum_release(&sum);
	metrics_read(reader, everybody, NULL, &sum);
}

static uint64_t
count_of(const char *name, unsigned class)
{
	for (size_t i = 0; i < sum.community_count; i++)
		if (strcmp(sum.communities[i].name, name) == 0)
			return sum.communities[i].classes[class - 1];
	return 0;
}

/* Of one class, over all communities. */
static uint64_t
all_of(unsigned class)
{
	uint64_t all = sum.others[class - 1] + sum.nobodys[class - 1];

	for (size_t i = 0; i < sum.community_count; i++)
		all += sum.communities[i].classes[class - 1];
	return all;
}

static void
workers_are_added_up(void **state)
{
	struct metrics *second = metrics_map(descriptor, 1);
	size_t route = metrics_route_number(&features[0]->routes[0]);

	(void)state;
	assert_non_null(second);
	for (int i = 0; i < 5; i++)
		answer("books", 200);
	answer_by(second, "books", 200);
	answer_by(second, "tools", 404);
	answer_by(second, NULL, 421);
	answer_by(second, NULL, 99);
	metrics_add(second, METRICS_LIMITED, 3);
	metrics_set(worker, METRICS_CONNECTIONS, 4);
	metrics_set(second, METRICS_CONNECTIONS, 5);
	read_all();
	assert_int_equal(sum.community_count, 2);
	assert_int_equal(count_of("books", 2), 6);
	assert_int_equal(count_of("tools", 4), 1);
	assert_int_equal(sum.nobodys[3], 1);
	assert_int_equal(sum.routes[route][1], 6);
	assert_int_equal(sum.routes[route][3], 2);
	/* What is no status is the worst one. */
	assert_int_equal(sum.routes[route][4], 1);
	assert_int_equal(sum.statuses[200 - 100], 6);
	assert_int_equal(sum.statuses[404 - 100], 1);
	assert_int_equal(sum.statuses[421 - 100], 1);
	assert_int_equal(sum.statuses[METRICS_STATUSES - 1], 1);
	assert_int_equal(sum.values[METRICS_LIMITED], 3);
	assert_int_equal(sum.values[METRICS_CONNECTIONS], 9);
	/* 1.5 ms is in the second bucket. */
	assert_int_equal(sum.durations[features[0]->routes[0].rate][1], 9);
	assert_int_equal(sum.spent[features[0]->routes[0].rate], 9 * 1500);
	metrics_unmap(second);
}

static void
who_has_gone_has_counted_and_has_nothing_now(void **state)
{
	(void)state;
	metrics_add(worker, METRICS_LIMITED, 3);
	metrics_set(worker, METRICS_CONNECTIONS, 4);
	metrics_read(reader, nobody, NULL, &sum);
	assert_int_equal(sum.values[METRICS_LIMITED], 3);
	assert_int_equal(sum.values[METRICS_CONNECTIONS], 0);
	metrics_unmap(worker);
	worker = metrics_map(descriptor, 0);
	read_all();
	assert_int_equal(sum.values[METRICS_LIMITED], 3);
	assert_int_equal(sum.values[METRICS_CONNECTIONS], 0);
}

static const char *
name_number(unsigned number)
{
	static char name[METRICS_NAME_SIZE];

	snprintf(name, sizeof(name), "community-%u", number);
	return name;
}

static void
more_communities_than_places_are_all_counted(void **state)
{
	struct stat before, after;

	(void)state;
	for (unsigned i = 0; i < 3000; i++)
		answer(name_number(i), 200);
	assert_int_equal(fstat(descriptor, &before), 0);
	for (unsigned i = 0; i < 100000; i++)
		answer(i % 2 == 0 ? "popular" : name_number(i), 200);
	assert_int_equal(fstat(descriptor, &after), 0);
	read_all();
	assert_int_equal(all_of(2), 103000);
	/* It has a place, though it came after all were taken. */
	assert_true(count_of("popular", 2) > 49900);
	assert_in_range(sum.community_count, 1000, 2048);
	/* No more memory than for three thousand. */
	assert_int_equal(after.st_blocks, before.st_blocks);
}

/* Communities come and go all the time while somebody reads, and the writer is
 * killed anywhere. */
static void
a_killed_writer_leaves_no_half_place(void **state)
{
	uint64_t last = 0, largest = 0;

	(void)state;
	for (int round = 0; round < 30; round++) {
		pid_t child = fork();
		int64_t until;

		if (child == 0) {
			struct metrics *mine = metrics_map(descriptor, 0);

			for (unsigned i = (unsigned)round;; i += 7)
				answer_by(mine, name_number(i % 100000), 200);
		}
		assert_true(child > 0);
		until = clock_monotonic() + 25000;
		do {
			usleep(1000);
			read_all();
			if (all_of(2) > largest)
				largest = all_of(2);
		} while (clock_monotonic() < until || largest < last + 50);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		metrics_unmap(worker);
		worker = metrics_map(descriptor, 0);
		read_all();
		/* Of the one place that changed hands a few may be lost, or
		 * told twice while it was read. */
		assert_true(all_of(2) + 1000 > largest);
		assert_true(all_of(2) + 1000 > last);
		last = all_of(2);
	}
	assert_true(last > 1000);
}

/* Anything, by one who holds the memory. */
static void
a_hostile_writer_harms_no_reader(void **state)
{
	struct stat status;
	unsigned char *memory;
	struct metrics_top *top = metrics_top_new();
	struct buffer buffer = BUFFER_EMPTY;
	unsigned seed = 1;

	(void)state;
	assert_int_equal(fstat(descriptor, &status), 0);
	/* It cannot be cut away under the reader, nor grow. */
	assert_int_equal(ftruncate(descriptor, 0), -1);
	assert_int_equal(ftruncate(descriptor, status.st_size + 4096), -1);
	assert_int_equal(fcntl(descriptor, F_ADD_SEALS, F_SEAL_WRITE), -1);
	answer("books", 200);
	memory = mmap(NULL, (size_t)status.st_size / 32, PROT_READ | PROT_WRITE,
		MAP_SHARED, descriptor, 0);
	assert_true(memory != MAP_FAILED);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < (size_t)status.st_size / 32; i++)
			memory[i] =
				(unsigned char)(round == 0 ? 0xff
						: round == 1
							? '"'
							: rand_r(&seed) % 128);
		read_all();
		for (size_t i = 0; i < sum.community_count; i++)
			assert_int_equal(strspn(sum.communities[i].name,
						 "abcdefghijklmnopqrstuvwxyz"
						 "0123456789-"),
				strlen(sum.communities[i].name));
		buffer_clear(&buffer);
		metrics_print(&sum, &buffer);
		metrics_top_print(top, &sum, 20, &buffer);
		for (const char *at = buffer_text(&buffer); *at != '\0'; at++)
			assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
	}
	munmap(memory, (size_t)status.st_size / 32);
	buffer_release(&buffer);
	metrics_top_free(top);
}

/* The sample of a class 2xx, −1 when there is none. */
static int64_t
told(const struct buffer *buffer, const char *name)
{
	char sample[200];
	const char *found;

	snprintf(sample, sizeof(sample), "{community=\"%s\",class=\"2xx\"} ",
		name);
	found = strstr(buffer_text(buffer), sample);
	return found == NULL ? -1 : atoll(found + strlen(sample));
}

static void
print_top(struct metrics_top *top, size_t most, struct buffer *buffer)
{
	read_all();
	buffer_clear(buffer);
	metrics_top_print(top, &sum, most, buffer);
}

static void
those_with_the_most_are_named(void **state)
{
	struct metrics_top *top = metrics_top_new();
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		for (unsigned j = 0; j <= i; j++)
			answer(name_number(i), 200);
	answer(NULL, 200);
	print_top(top, 2, &buffer);
	assert_int_equal(told(&buffer, "community-4"), 5);
	assert_int_equal(told(&buffer, "community-3"), 4);
	assert_int_equal(told(&buffer, "community-2"), -1);
	assert_int_equal(told(&buffer, METRICS_OTHERS), 1 + 2 + 3);
	assert_int_equal(told(&buffer, METRICS_NOBODYS), 1);
	/* One comes in: it counts from here. */
	for (int i = 0; i < 10; i++)
		answer("community-0", 200);
	print_top(top, 2, &buffer);
	assert_int_equal(told(&buffer, "community-4"), 5);
	assert_int_equal(told(&buffer, "community-3"), -1);
	assert_int_equal(told(&buffer, "community-0"), 0);
	assert_int_equal(told(&buffer, METRICS_OTHERS), 1 + 2 + 3 + 10);
	answer("community-0", 200);
	answer("community-3", 200);
	print_top(top, 2, &buffer);
	assert_int_equal(told(&buffer, "community-0"), 1);
	assert_int_equal(told(&buffer, METRICS_OTHERS), 1 + 2 + 3 + 11);
	/* Nobody is, or everybody. */
	print_top(top, 0, &buffer);
	assert_int_equal(told(&buffer, "community-4"), -1);
	assert_int_equal(told(&buffer, METRICS_OTHERS), 1 + 2 + 3 + 11);
	print_top(top, 20, &buffer);
	assert_int_equal(told(&buffer, "community-4"), 0);
	assert_int_equal(told(&buffer, METRICS_OTHERS), 1 + 2 + 3 + 11);
	buffer_release(&buffer);
	metrics_top_free(top);
}

static void
while_there_is_room_all_are_told_whole(void **state)
{
	struct metrics_top *top = metrics_top_new();
	struct buffer buffer = BUFFER_EMPTY;

	(void)state;
	answer("one", 200);
	print_top(top, 3, &buffer);
	answer("two", 200);
	answer("two", 200);
	print_top(top, 3, &buffer);
	assert_int_equal(told(&buffer, "one"), 1);
	assert_int_equal(told(&buffer, "two"), 2);
	assert_int_equal(told(&buffer, METRICS_OTHERS), -1);
	buffer_release(&buffer);
	metrics_top_free(top);
}

/* Whoever is named, what is told of all together grows by what came. */
static void
no_series_goes_backwards(void **state)
{
	struct metrics_top *top = metrics_top_new();
	struct buffer buffer = BUFFER_EMPTY;
	int64_t before[40], others = 0;
	unsigned seed = 7;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		before[i] = -1;
	for (unsigned round = 0; round < 500; round++) {
		int64_t grown = 0, now;

		for (unsigned i = 0; i < 50; i++)
			answer(name_number(((unsigned)rand_r(&seed) % 8 +
						   round / 20) %
					   40),
				200);
		print_top(top, 5, &buffer);
		for (unsigned i = 0; i < 40; i++) {
			now = told(&buffer, name_number(i));
			if (now >= 0 && before[i] >= 0) {
				assert_true(now >= before[i]);
				grown += now - before[i];
			} else if (now > 0) {
				assert_int_equal(round, 0);
				grown += now;
			}
			before[i] = now;
		}
		now = told(&buffer, METRICS_OTHERS);
		assert_true(now >= others);
		grown += now - others;
		others = now;
		/* What came for one who was named and left is with neither. */
		assert_in_range(grown, round == 0 ? 50 : 0, 50);
	}
	buffer_release(&buffer);
	metrics_top_free(top);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(workers_are_added_up),
		TEST(who_has_gone_has_counted_and_has_nothing_now),
		TEST(more_communities_than_places_are_all_counted),
		TEST(a_killed_writer_leaves_no_half_place),
		TEST(a_hostile_writer_harms_no_reader),
		TEST(those_with_the_most_are_named),
		TEST(while_there_is_room_all_are_told_whole),
		TEST(no_series_goes_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

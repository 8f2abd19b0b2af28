/* The shared counters, with a real table and a process that dies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/uuid.h"
#include "tenants/epoch.h"
#include "tenants/epoch_news.h"

static int descriptor;
static struct epoch_table *table;
static struct uuid community;

static int
set_up(void **state)
{
	(void)state;
	descriptor = epoch_create();
	table = epoch_map(descriptor, 0);
	community = uuid_new();
	return descriptor < 0 || table == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	epoch_unmap(table);
	return close(descriptor);
}

static void
moves_before_and_after(void **state)
{
	uint64_t before = epoch_read(table, community);

	(void)state;
	assert_int_equal(before & 1, 0);
	epoch_begin(table, community);
	uint64_t during = epoch_read(table, community);
	assert_int_equal(during & 1, 1);
	assert_true(during > before);
	epoch_end(table, community, EPOCH_CONTENT);
	uint64_t after = epoch_read(table, community);
	assert_int_equal(after & 1, 0);
	assert_true(after > during);
}

static void
stays_odd_until_the_last_ends(void **state)
{
	(void)state;
	epoch_begin(table, community);
	epoch_begin(table, community);
	epoch_end(table, community, EPOCH_CONTENT);
	assert_int_equal(epoch_read(table, community) & 1, 1);
	epoch_end(table, community, 0);
	assert_int_equal(epoch_read(table, community) & 1, 0);
}

static void
settings_have_a_counter_of_their_own(void **state)
{
	uint64_t before = epoch_settings(table, community);
	uint64_t moves = epoch_settings_moves(table);

	(void)state;
	epoch_begin(table, community);
	epoch_end(table, community, EPOCH_CONTENT | EPOCH_MAIL);
	assert_true(epoch_settings(table, community) == before);
	assert_true(epoch_settings_moves(table) == moves);
	epoch_begin(table, community);
	epoch_end(table, community, EPOCH_SETTINGS);
	assert_true(epoch_settings(table, community) > before);
	assert_true(epoch_settings_moves(table) > moves);
}

static void
notes_are_taken_once(void **state)
{
	struct uuid other = uuid_new(), noted;
	unsigned kinds, all = 0;

	(void)state;
	epoch_begin(table, community);
	epoch_begin(table, other);
	epoch_end(table, other, EPOCH_MAIL);
	epoch_end(table, community, EPOCH_CONTENT);
	epoch_begin(table, community);
	epoch_end(table, community, EPOCH_SETTINGS);
	for (int i = 0; i < 2; i++) {
		assert_true(epoch_take(table, &noted, &kinds));
		assert_true(uuid_equal(noted, community) ||
			    uuid_equal(noted, other));
		all |= kinds;
	}
	assert_int_equal(all, EPOCH_TOLD);
	assert_false(epoch_take(table, &noted, &kinds));
	epoch_follow(table, community, EPOCH_SETTINGS);
	assert_false(epoch_take(table, &noted, &kinds));
}

/* What a child does as process 1, up to and including its death. */
static void
run_child(bool in_the_middle)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct epoch_table *own = epoch_map(descriptor, 1);
		epoch_begin(own, community);
		if (!in_the_middle)
			epoch_end(own, community, EPOCH_SETTINGS);
		kill(getpid(), SIGKILL);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

static void
the_next_process_finds_what_a_dead_one_left(void **state)
{
	struct uuid noted;
	unsigned kinds;

	(void)state;
	run_child(true);
	assert_int_equal(epoch_read(table, community) & 1, 1);
	uint64_t settings = epoch_settings(table, community);
	uint64_t news = epoch_news(table, community);
	struct epoch_table *next = epoch_map(descriptor, 1);
	assert_true(epoch_news(table, community) > news);
	assert_int_equal(epoch_read(table, community) & 1, 0);
	assert_true(epoch_settings(table, community) > settings);
	assert_true(epoch_take(next, &noted, &kinds));
	assert_true(uuid_equal(noted, community));
	assert_int_equal(kinds, EPOCH_ALL);
	epoch_unmap(next);

	run_child(false);
	next = epoch_map(descriptor, 1);
	assert_true(epoch_take(next, &noted, &kinds));
	assert_int_equal(kinds, EPOCH_SETTINGS);
	epoch_unmap(next);
}

static void
more_communities_than_notes(void **state)
{
	struct uuid noted;
	unsigned kinds;
	int count = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct uuid id = uuid_new();
		epoch_begin(table, id);
		epoch_end(table, id, EPOCH_CONTENT);
		assert_int_equal(epoch_read(table, id) & 1, 0);
	}
	while (epoch_take(table, &noted, &kinds))
		count++;
	assert_true(count > 0);
}

static void
change(struct uuid id, unsigned kinds)
{
	epoch_begin(table, id);
	epoch_end(table, id, kinds);
}

static void
news_are_those_of_one_community(void **state)
{
	struct uuid other = community;

	(void)state;
	assert_int_equal(epoch_news(table, community), 0);
	change(community, EPOCH_CONTENT | EPOCH_MAIL);
	assert_int_equal(epoch_news(table, community), 0);
	change(community, EPOCH_CONTENT | EPOCH_NEWS);
	assert_int_equal(epoch_news(table, community), 1);
	/* Of 100,000, some share a slot with the first. */
	for (uint32_t i = 0; i < 100000; i++) {
		memcpy(other.bytes + 12, &i, sizeof(i));
		if (!uuid_equal(other, community))
			change(other, EPOCH_CONTENT | EPOCH_NEWS);
	}
	assert_int_equal(epoch_news(table, community), 1);
	change(community, EPOCH_CONTENT | EPOCH_NEWS);
	assert_int_equal(epoch_news(table, community), 2);
}

static void
own_news_are_heard_once(void **state)
{
	(void)state;
	/* Told before anybody looked: the first that is heard is one's own. */
	epoch_news_tell(table, community, 1);
	epoch_news_hear(table, community, 8);
	assert_int_equal(epoch_news(table, community), 0);
	/* One's own and somebody else's, in one look. */
	epoch_news_tell(table, community, 1);
	epoch_news_hear(table, community, 10);
	assert_int_equal(epoch_news(table, community), 1);
	/* Counted and not yet there: the other's hides behind it for a while.
	 */
	epoch_news_tell(table, community, 1);
	epoch_news_hear(table, community, 11);
	assert_int_equal(epoch_news(table, community), 1);
	epoch_news_hear(table, community, 12);
	assert_int_equal(epoch_news(table, community), 2);
	/* Not told after all. */
	epoch_news_tell(table, community, 1);
	epoch_news_tell(table, community, -1);
	epoch_news_hear(table, community, 13);
	assert_int_equal(epoch_news(table, community), 3);
}

static void
what_nobody_here_told_is_news(void **state)
{
	struct uuid young = uuid_new();

	(void)state;
	/* Only settings moved so far. */
	epoch_news_hear(table, young, 0);
	assert_int_equal(epoch_news(table, young), 0);
	epoch_news_hear(table, young, 1);
	assert_int_equal(epoch_news(table, young), 1);
	epoch_news_hear(table, community, 5);
	assert_int_equal(epoch_news(table, community), 1);
	epoch_news_hear(table, community, 6);
	assert_int_equal(epoch_news(table, community), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			moves_before_and_after, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			stays_odd_until_the_last_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			settings_have_a_counter_of_their_own, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			notes_are_taken_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_next_process_finds_what_a_dead_one_left, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			more_communities_than_notes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			news_are_those_of_one_community, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			own_news_are_heard_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_nobody_here_told_is_news, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

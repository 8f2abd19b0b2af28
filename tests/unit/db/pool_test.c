/* The pool: whose connection, who first, and what when something breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/client.h"
#include "db/db.h"
#include "loop/loop.h"
#include "loop/task.h"
#include "relay.h"
#include "server.h"

#define MILLISECOND INT64_C(1000)

/* For what ends by itself, however busy the machine is. */
#define PATIENCE (60 * CLOCK_SECOND)

struct name {
	const char *name;
};
static const struct field name_fields[] = {FIELD_TEXT(struct name, name)};
static const struct record name_record = RECORD(struct name, name_fields);

struct number {
	int64_t number;
};
static const struct field number_fields[] = {
	FIELD_INTEGER(struct number, number)};
static const struct record number_record = RECORD(struct number, number_fields);

static const struct db_statement who = {
	.name = "who",
	.sql = "SELECT name FROM whoami",
	.row = &name_record,
	.kind = DB_READ,
};
static const struct db_statement doze = {
	.name = "doze",
	.sql = "SELECT SLEEP(?) AS number",
	.parameters = &number_record,
	.row = &number_record,
	.kind = DB_READ,
};
/* As long as the table says. */
static const struct db_statement slow_read = {
	.name = "slow_read",
	.sql = "SELECT SLEEP(hits) AS number FROM whoami",
	.row = &number_record,
	.kind = DB_READ,
};
static const struct db_statement slow_write = {
	.name = "slow_write",
	.sql = "UPDATE whoami SET hits = hits + 1 + SLEEP(60)",
	.kind = DB_WRITE,
};
static const struct db_statement hit = {
	.name = "hit",
	.sql = "UPDATE whoami SET hits = hits + 1",
	.kind = DB_WRITE,
};

static struct db_pool *pool;
static struct arena *arena;
static struct db_account account_c;

static int
set_up_group(void **state)
{
	(void)state;
	server_start();
	server_sql("CREATE DATABASE communityc;"
		   "CREATE USER communityc@localhost"
		   " IDENTIFIED BY 'secret-communityc';"
		   "GRANT SELECT ON communityc.* TO communityc@localhost");
	account_c = account_a;
	account_c.user = "communityc";
	account_c.schema = "communityc";
	account_c.owner = "communityc";
	account_c.log_name = "c";
	for (int i = 0; i < 3; i++) {
		char sql[512];
		char letter = (char)('a' + i);

		snprintf(sql, sizeof(sql),
			"CREATE TABLE community%c.whoami ("
			"name VARCHAR(20), hits INT NOT NULL DEFAULT 0);"
			"INSERT INTO community%c.whoami (name)"
			" VALUES ('community%c')",
			letter, letter, letter);
		server_sql(sql);
	}
	return 0;
}

static int
tear_down_group(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_new();
	pool = db_pool_new(server_loop, &server_address, &server_limits);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	db_pool_free(pool);
	assert_int_equal(task_count(), 0);
	return 0;
}

/* Another pool than the usual one. */
static void
use_pool(unsigned connections, unsigned per_account, int64_t wait)
{
	struct db_pool_limits limits = server_limits;

	limits.connections = connections;
	limits.per_account = per_account;
	limits.wait = wait;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_address, &limits);
}

/* One in which connections may lie idle besides those at work. */
static void
use_pool_with_idle(
	unsigned connections, unsigned idle_connections, unsigned per_account)
{
	struct db_pool_limits limits = server_limits;

	limits.connections = connections;
	limits.idle_connections = idle_connections;
	limits.per_account = per_account;
	limits.wait = PATIENCE;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_address, &limits);
}

static struct db_pool_state
state_now(void)
{
	struct db_pool_state state;

	db_pool_state(pool, &state);
	return state;
}

static void
assert_is(struct db *db, const char *expected)
{
	struct name name = {NULL};

	assert_int_equal(db_row(db, &who, NULL, arena, &name), 1);
	assert_string_equal(name.name, expected);
}

/* Whose account the server shows for how many sessions. */
static int64_t
sessions_of(const char *user)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"SELECT COUNT(*) FROM information_schema.processlist"
		" WHERE user = '%s'",
		user);
	return server_number(sql);
}

static void
switch_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);

	(void)argument;
	for (int i = 0; i < 5; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
	}
}

static void
one_connection_serves_two_accounts(void **state)
{
	(void)state;
	use_pool(1, 1, PATIENCE);
	in_task(switch_task, NULL);
	assert_int_equal(state_now().connects, 1);
	assert_int_equal(state_now().switches, 9);
}

static int64_t
prepared_so_far(void)
{
	return server_number("SELECT variable_value FROM"
			     " information_schema.global_status"
			     " WHERE variable_name = 'COM_STMT_PREPARE'");
}

static void
ask_all_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct db *c = db_scope_open(pool, arena, &account_c);

	for (int i = 0; i < *(const int *)argument; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
		assert_is(c, "communityc");
	}
}

/* One is at work at a time, and three stay open, each with its statements. */
static void
an_account_keeps_its_idle_connection(void **state)
{
	int64_t prepared;

	(void)state;
	use_pool_with_idle(1, 2, 1);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().connects, 3);
	assert_int_equal(state_now().idle, 3);
	prepared = prepared_so_far();
	in_task(ask_all_task, &(int){5});
	assert_int_equal(state_now().connects, 3);
	assert_int_equal(state_now().switches, 0);
	assert_int_equal(prepared_so_far(), prepared);
}

static void
no_room_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct db *c = db_scope_open(pool, arena, &account_c);

	(void)argument;
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	assert_is(a, "communitya");
	/* b's. */
	assert_is(c, "communityc");
	assert_int_equal(state_now().switches, 1);
	assert_is(a, "communitya");
	assert_int_equal(state_now().switches, 1);
	/* c's. */
	assert_is(b, "communityb");
	assert_int_equal(state_now().switches, 2);
	assert_is(a, "communitya");
	assert_int_equal(state_now().switches, 2);
}

static void
without_room_the_longest_unused_is_taken_over(void **state)
{
	(void)state;
	use_pool_with_idle(1, 1, 1);
	in_task(no_room_task, NULL);
	assert_int_equal(state_now().connects, 2);
	assert_int_equal(state_now().connections, 2);
}

#define MANY 20U

static void
many_statements_task(void *argument)
{
	static struct db_statement statements[MANY];
	static char texts[MANY][64];
	struct db *db = db_scope_open(pool, arena, &account_a);
	int64_t until = clock_monotonic() + PATIENCE;
	int64_t prepared;
	struct number number;

	(void)argument;
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(texts[i], sizeof(texts[i]), "SELECT %u AS number", i);
		statements[i] = (struct db_statement){
			.name = texts[i],
			.sql = texts[i],
			.row = &number_record,
			.kind = DB_READ,
		};
		assert_int_equal(
			db_row(db, &statements[i], NULL, arena, &number), 1);
	}
	while (server_number("SELECT variable_value FROM"
			     " information_schema.global_status WHERE"
			     " variable_name = 'PREPARED_STMT_COUNT'") != 16) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 100 * MILLISECOND);
	}
	/* The last are there, the first are not; all give what they should. */
	prepared = prepared_so_far();
	for (unsigned i = MANY; i > 0; i--) {
		assert_int_equal(
			db_row(db, &statements[i - 1], NULL, arena, &number),
			1);
		assert_int_equal(number.number, i - 1);
	}
	assert_int_equal(prepared_so_far(), prepared + MANY - 16);
	assert_int_equal(state_now().connects, 1);
}

static void
an_idle_connection_keeps_few_statements(void **state)
{
	(void)state;
	in_task(many_statements_task, NULL);
}

struct holder {
	const struct db_account *account;
	int64_t hold;
	unsigned until_served; /* holds until so many have been served */
	unsigned order;	       /* out: in which order it was served */
	int result;
	enum db_failure failure;
	struct db *db;
	const char *name;
};

static unsigned served;

static int
hold_connection(struct db *db, void *argument)
{
	struct holder *holder = argument;
	struct name name = {NULL};

	holder->order = ++served;
	if (db_row(db, &who, NULL, arena, &name) != 1)
		return -1;
	holder->name = name.name;
	if (holder->hold > 0)
		task_sleep(clock_monotonic() + holder->hold);
	while (served < holder->until_served)
		task_sleep(clock_monotonic() + MILLISECOND);
	return 0;
}

static void
holder_main(void *argument)
{
	struct holder *holder = argument;

	holder->db = db_scope_open(pool, arena, holder->account);
	holder->result = db_transaction(holder->db, hold_connection, holder);
	holder->failure = db_failure(holder->db);
}

static void
run_holders(struct holder *holders, size_t count)
{
	served = 0;
	for (size_t i = 0; i < count; i++)
		task_start(server_loop, "holder", 0, holder_main, &holders[i]);
	loop_stop(server_loop);
	loop_run(server_loop);
}

static void
connections_stay_with_their_community(void **state)
{
	/* Each has one of its own. */
	struct holder holders[] = {
		{.account = &account_a, .until_served = 2},
		{.account = &account_b, .until_served = 2},
	};

	(void)state;
	use_pool(2, 2, PATIENCE);
	run_holders(holders, 2);
	assert_int_equal(state_now().connections, 2);
	in_task(switch_task, NULL);
	assert_int_equal(state_now().switches, 0);
}

/* Longer than an account keeps a free connection while others wait. */
#define TURN_IS_OVER (5 * MILLISECOND)

static void
accounts_take_turns(void **state)
{
	struct holder holders[20];
	unsigned of_b = 0;

	(void)state;
	use_pool(1, 1, PATIENCE);
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		holders[i] = (struct holder){
			.account = i < 15 ? &account_a : &account_b,
			.hold = TURN_IS_OVER,
		};
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		bool is_b = holders[i].account == &account_b;
		unsigned number = is_b ? of_b++ : (unsigned)i;

		assert_int_equal(holders[i].result, 0);
		/* a b a b a b a b a b, then the rest of a's, each in order. */
		if (is_b)
			assert_int_equal(holders[i].order, 2 * number + 2);
		else
			assert_int_equal(holders[i].order,
				number <= 5 ? 2 * number + 1 : number + 6);
		assert_string_equal(holders[i].name, holders[i].account->user);
	}
	assert_int_equal(state_now().waiting, 0);
	/* The first for the connection to be opened, each for those before. */
	assert_int_equal(state_now().waits, COUNT_OF(holders));
	assert_true(state_now().waited > 19 * 20 / 2 * TURN_IS_OVER);
}

static void
who_holds_nothing_comes_first(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a, .hold = 20 * TURN_IS_OVER},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_b, .hold = TURN_IS_OVER},
		{.account = &account_c, .hold = TURN_IS_OVER},
	};

	(void)state;
	use_pool(2, 2, PATIENCE);
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		assert_int_equal(holders[i].result, 0);
	/* a's lane came first, and waits until b and c hold as much. */
	assert_int_equal(holders[0].order, 1);
	assert_in_range(holders[4].order, 2, 3);
	assert_in_range(holders[5].order, 2, 4);
	assert_true(holders[2].order > holders[4].order);
	assert_true(holders[3].order > holders[5].order);
}

/* Whoever holds until somebody else was answered, one way or the other. */
static bool answered;

static int
hold_until_answered(struct db *db, void *argument)
{
	(void)db;
	(void)argument;
	served++;
	while (!answered)
		task_sleep(clock_monotonic() + MILLISECOND);
	return 0;
}

static void
crowd_of_a_main(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, &account_a);

	(void)argument;
	assert_int_equal(db_transaction(db, hold_until_answered, NULL), 0);
	arena_free(own);
}

/* Comes when a holds as much as it may. */
static void
come_last_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_b);
	int64_t until = clock_monotonic() + PATIENCE;
	struct name name;

	served = 0;
	answered = false;
	for (int i = 0; i < 9; i++)
		task_start(server_loop, "crowd", 0, crowd_of_a_main, NULL);
	while (served < 7 && clock_monotonic() < until)
		task_sleep(clock_monotonic() + MILLISECOND);
	/* And a moment, for one too many. */
	task_sleep(clock_monotonic() + 50 * MILLISECOND);
	*(int *)argument = served == 7 && state_now().waiting == 2
				   ? db_row(db, &who, NULL, arena, &name)
				   : 0;
	answered = true;
}

/* Of eight connections one is kept for who holds none, however many others
 * ask. */
static void
the_last_connection_is_for_who_holds_none(void **state)
{
	int rows;

	(void)state;
	use_pool(8, 8, 10 * CLOCK_SECOND);
	/* That is to be opened, and that is there. */
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	assert_int_equal(state_now().connections, 8);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	assert_int_equal(state_now().connects, 8);
}

struct asker {
	const struct db_account *account;
	int64_t hold;
	unsigned times, deadlines; /* each so-manieth gives up while waiting */
	unsigned failed;
	unsigned longest; /* most that were served while it waited */
	unsigned asked;	  /* when: how many had been served by then */
};

static int
note_wait(struct db *db, void *argument)
{
	struct asker *asker = argument;
	unsigned others = served++ - asker->asked;

	(void)db;
	if (others > asker->longest)
		asker->longest = others;
	if (asker->hold > 0)
		task_sleep(clock_monotonic() + asker->hold);
	return 0;
}

static void
asker_main(void *argument)
{
	struct asker *asker = argument;
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, asker->account);

	for (unsigned i = 0; i < asker->times; i++) {
		bool hurried =
			asker->deadlines != 0 && i % asker->deadlines == 0;

		task_set_deadline(task_current(),
			hurried ? clock_monotonic() + 2 * MILLISECOND : 0);
		asker->asked = served;
		if (db_transaction(db, note_wait, asker) != 0) {
			asker->failed++;
			if (!hurried)
				print_error("failed: %d\n", db_failure(db));
			assert_true(hurried);
		}
	}
	arena_free(own);
}

static void
nobody_starves(void **state)
{
	struct asker askers[26];

	(void)state;
	use_pool(2, 2, PATIENCE);
	in_task(switch_task, NULL);
	for (size_t i = 0; i < COUNT_OF(askers); i++)
		askers[i] = (struct asker){
			.account = &account_a,
			.hold = TURN_IS_OVER,
			.times = 4,
			.deadlines = i % 2 == 0 ? 0 : 3,
		};
	/* These ask for one at a time, and one of them often gives up. */
	askers[24] = (struct asker){.account = &account_b, .times = 20};
	askers[25] = (struct asker){
		.account = &account_c, .times = 20, .deadlines = 2};
	served = 0;
	for (size_t i = 0; i < COUNT_OF(askers); i++)
		task_start(server_loop, "asker", 0, asker_main, &askers[i]);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(askers[24].failed, 0);
	/* The other that held nothing, one that was under way, and what a turn
	 * of a's has room for. In one line with a's they would see 22 go before
	 * them. */
	assert_true(askers[24].longest <= 8);
	assert_true(askers[25].longest <= 8);
	assert_int_equal(state_now().waiting, 0);
}

/* Without others' waiting it costs nothing, with it some log-ins. */
static void
short_statements_share_a_log_in(void **state)
{
	struct asker askers[20];
	uint64_t before;

	(void)state;
	use_pool(1, 1, PATIENCE);
	/* A slow machine may need longer than a turn for each. */
	for (unsigned tries = 0; tries < 50; tries++) {
		for (size_t i = 0; i < COUNT_OF(askers); i++)
			askers[i] = (struct asker){
				.account = i % 2 == 0 ? &account_a : &account_b,
				.times = 1,
			};
		before = state_now().switches;
		for (size_t i = 0; i < COUNT_OF(askers); i++)
			task_start(server_loop, "asker", 0, asker_main,
				&askers[i]);
		loop_stop(server_loop);
		loop_run(server_loop);
		if (state_now().switches - before < COUNT_OF(askers) / 2)
			return;
	}
	fail_msg("each statement logged in");
}

static unsigned at_once, most_at_once, expected_at_once;

static int
count_at_once(struct db *db, void *argument)
{
	(void)db;
	(void)argument;
	if (++at_once > most_at_once)
		most_at_once = at_once;
	/* Connections may take their time: until all are there, and a moment
	 * more for one too many. */
	for (int i = 0; i < 1000 && most_at_once < expected_at_once; i++)
		task_sleep(clock_monotonic() + 2 * MILLISECOND);
	task_sleep(clock_monotonic() + 2 * MILLISECOND);
	at_once--;
	return 0;
}

static void
crowd_main(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, argument);

	assert_int_equal(db_transaction(db, count_at_once, NULL), 0);
	arena_free(own);
}

static void
assert_crowd(
	struct db_account *account, unsigned connections, unsigned expected)
{
	account->connections = connections;
	expected_at_once = expected;
	most_at_once = 0;
	for (unsigned i = 0; i < 12; i++)
		task_start(server_loop, "crowd", 0, crowd_main, account);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(most_at_once, expected);
}

static void
an_account_may_have_a_cap_of_its_own(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool(6, 3, PATIENCE);
	assert_crowd(&account, 1, 1);
	assert_crowd(&account, 0, 3);
	assert_crowd(&account, 2, 2);
	db_pool_set_per_account(pool, 1);
	assert_crowd(&account, 0, 1);
	/* As many as there are. */
	assert_crowd(&account, 1000, 6);
	assert_int_equal(state_now().connections, 6);
}

static void
crowds_of_three(void)
{
	static struct db_account accounts[3];

	accounts[0] = account_a;
	accounts[1] = account_b;
	accounts[2] = account_c;
	expected_at_once = 2;
	most_at_once = 0;
	for (unsigned i = 0; i < 18; i++)
		task_start(server_loop, "crowd", 0, crowd_main,
			&accounts[i % COUNT_OF(accounts)]);
	loop_stop(server_loop);
	loop_run(server_loop);
}

static void
however_many_are_idle_so_many_are_at_work(void **state)
{
	(void)state;
	use_pool_with_idle(2, 10, 2);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().idle, 3);
	crowds_of_three();
	assert_int_equal(most_at_once, 2);
	assert_true(state_now().idle > 2);
	crowds_of_three();
	assert_int_equal(most_at_once, 2);
	assert_int_equal(state_now().switches, 0);
}

static void
idle_ones_are_no_reserve(void **state)
{
	int rows;

	(void)state;
	use_pool_with_idle(8, 20, 8);
	in_task(ask_all_task, &(int){1});
	assert_int_equal(state_now().idle, 3);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
	in_task(come_last_task, &rows);
	assert_int_equal(rows, 1);
}

static const struct db_statement one = {
	.name = "one",
	.sql = "SELECT 1 AS number",
	.row = &number_record,
	.kind = DB_READ,
};

static void
elsewhere_task(void *argument)
{
	static struct db_account elsewhere;
	struct number number = {0};

	(void)argument;
	elsewhere = account_a;
	elsewhere.schema = NULL;
	assert_int_equal(db_row(db_scope_open(pool, arena, &elsewhere), &one,
				 NULL, arena, &number),
		1);
	assert_int_equal(number.number, 1);
}

/* The server's MAX_USER_CONNECTIONS counts them, too. */
static void
idle_ones_count_for_the_cap_of_their_account(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool_with_idle(6, 20, 2);
	in_task(ask_all_task, &(int){1});
	assert_crowd(&account, 0, 2);
	assert_int_equal(state_now().connects, 4);
	/* There is room for more, but not for this account. */
	in_task(elsewhere_task, NULL);
	assert_int_equal(state_now().connects, 4);
	assert_int_equal(state_now().switches, 1);
	assert_int_equal(sessions_of("communitya"), 2);
	/* A cap that was lowered closes none and opens none. */
	assert_crowd(&account, 1, 1);
	assert_int_equal(state_now().connects, 4);
}

static void
cap_of_an_account_leaves_room_for_others(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .until_served = 2},
		{.account = &account_a},
		{.account = &account_a},
		{.account = &account_b},
	};

	(void)state;
	use_pool(3, 1, PATIENCE);
	run_holders(holders, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(holders[i].result, 0);
	/* The first two may change places: both open a connection. */
	assert_in_range(holders[0].order, 1, 2);
	assert_in_range(holders[3].order, 1, 2);
	assert_int_equal(holders[1].order, 3);
	assert_int_equal(holders[2].order, 4);
	assert_int_equal(state_now().connections, 2);
}

/* Until the pool serves, whatever its shortest wait. */
static void
connect_task(void *argument)
{
	struct arena *own = arena_new();
	struct db *db = db_scope_open(pool, own, &account_a);
	struct name name = {NULL};
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	while (db_row(db, &who, NULL, own, &name) < 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
	arena_free(own);
}

static void
a_wait_has_an_end(void **state)
{
	/* The second would be served when the first has ended. */
	struct holder holders[] = {
		{.account = &account_a, .hold = 300 * MILLISECOND},
		{.account = &account_a},
	};

	(void)state;
	use_pool(1, 1, 100 * MILLISECOND);
	in_task(connect_task, NULL);
	run_holders(holders, 2);
	assert_int_equal(holders[0].result, 0);
	assert_int_equal(holders[1].result, -1);
	assert_int_equal(holders[1].failure, DB_FAILURE_UNAVAILABLE);
	assert_int_equal(holders[1].order, 0);
}

/* Those who give up leave the order of the others as it is. */
static void
cancelled_while_waiting(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = 100 * MILLISECOND},
		{.account = &account_b},
		{.account = &account_a},
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_b, .hold = TURN_IS_OVER},
		{.account = &account_c},
	};
	struct task *task;

	(void)state;
	use_pool(1, 1, PATIENCE);
	in_task(connect_task, NULL);
	served = 0;
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		task = task_start(
			server_loop, "holder", 0, holder_main, &holders[i]);
		if (i == 1 || i == 2 || i == 5)
			task_set_deadline(
				task, clock_monotonic() + 30 * MILLISECOND);
	}
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(holders[1].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[2].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[5].failure, DB_FAILURE_CANCELLED);
	assert_int_equal(holders[0].order, 1);
	assert_int_equal(holders[4].order, 2);
	assert_int_equal(holders[3].order, 3);
	assert_int_equal(state_now().waiting, 0);
}

static struct task *late;

/* What it gives back is granted to who waits, and that is over before it
 * runs. */
static void
give_and_cancel(void *argument)
{
	holder_main(argument);
	assert_int_equal(state_now().waiting, 0);
	assert_int_equal(state_now().idle, 0);
	task_cancel(late);
}

static void
what_is_granted_too_late_goes_back(void **state)
{
	struct holder holders[] = {
		{.account = &account_a, .hold = TURN_IS_OVER},
		{.account = &account_a},
	};

	(void)state;
	use_pool(1, 1, PATIENCE);
	served = 0;
	task_start(server_loop, "first", 0, give_and_cancel, &holders[0]);
	late = task_start(server_loop, "late", 0, holder_main, &holders[1]);
	loop_stop(server_loop);
	loop_run(server_loop);
	assert_int_equal(holders[0].result, 0);
	assert_int_equal(holders[1].failure, DB_FAILURE_CANCELLED);
	/* It did not begin, and nothing was lost. */
	assert_int_equal(holders[1].order, 0);
	assert_int_equal(state_now().idle, 1);
	in_task(connect_task, NULL);
	assert_int_equal(state_now().connects, 1);
}

/* Many at once over few connections: never a row of the other community. */
static void
nobody_sees_the_other_community(void **state)
{
	struct holder holders[200];

	(void)state;
	use_pool(5, 3, PATIENCE);
	for (size_t i = 0; i < COUNT_OF(holders); i++)
		holders[i] = (struct holder){
			.account =
				(i * 7 / 3) % 2 == 0 ? &account_a : &account_b,
			.hold = (int64_t)(i % 4) * MILLISECOND,
		};
	run_holders(holders, COUNT_OF(holders));
	for (size_t i = 0; i < COUNT_OF(holders); i++) {
		assert_int_equal(holders[i].result, 0);
		assert_string_equal(holders[i].name, holders[i].account->user);
	}
	assert_true(state_now().connections <= 5);
	assert_int_equal(state_now().failures, 0);
}

/*
 * After an error of COM_CHANGE_USER the server leaves the old account logged
 * in. Whatever the error: the connection is closed, the new account is
 * refused, and the old account's rows are never given.
 */
static void
refused_switch_task(void *argument)
{
	const enum db_failure *expected = argument;
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct name name = {"nobody"};

	assert_is(a, "communitya");
	/* Twice: the server takes a second for each refusal. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_row(b, &who, NULL, arena, &name), -1);
		assert_int_equal(db_failure(b), *expected);
		assert_string_equal(name.name, "nobody");
		/* Closed, not kept logged in as a. */
		assert_int_equal(state_now().connections, 0);
		assert_is(a, "communitya");
	}
}

static void
try_refused_switch(enum db_failure expected)
{
	use_pool(1, 1, PATIENCE);
	in_task(refused_switch_task, &expected);
	assert_true(state_now().switches >= 2);
}

/* A password that was changed twice since. */
static int guess;

static void
guessed_password(const void *owner, char password[128])
{
	(void)owner;
	snprintf(password, 128, guess < 2 ? "old-%d" : "secret-communitya",
		guess);
}

static bool
guess_again(const void *owner, const char *password)
{
	char now[128];

	guessed_password(owner, now);
	if (strcmp(now, password) == 0)
		guess++;
	return guess < 4;
}

static void
read_with_old_password(void *argument)
{
	struct db_account account = account_a;
	struct name name;

	(void)argument;
	account.password = guessed_password;
	account.denied = guess_again;
	assert_int_equal(db_row(db_scope_open(pool, arena, &account), &who,
				 NULL, arena, &name),
		1);
	assert_string_equal(name.name, "communitya");
	assert_int_equal(guess, 2);
}

static void
read_as_b(void *argument)
{
	struct name name;

	(void)argument;
	assert_int_equal(db_row(db_scope_open(pool, arena, &account_b), &who,
				 NULL, arena, &name),
		1);
}

/* At a new connection, and at one of another account. */
static void
another_password_is_tried(void **state)
{
	struct db_pool_state seen;

	(void)state;
	use_pool(1, 1, PATIENCE);
	guess = 0;
	in_task(read_with_old_password, NULL);
	db_pool_state(pool, &seen);
	assert_int_equal(seen.failures, 2);
	in_task(read_as_b, NULL);
	guess = 0;
	in_task(read_with_old_password, NULL);
	db_pool_state(pool, &seen);
	assert_int_equal(seen.failures, 4);
}

static void
wrong_password_closes_the_connection(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost IDENTIFIED BY 'rotated'");
	try_refused_switch(DB_FAILURE_REFUSED); /* 1045 */
	server_sql("ALTER USER communityb@localhost"
		   " IDENTIFIED BY 'secret-communityb'");
	in_task(switch_task, NULL);
}

static void
locked_account_closes_the_connection(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost ACCOUNT LOCK");
	try_refused_switch(DB_FAILURE_REFUSED); /* 4151 */
	server_sql("ALTER USER communityb@localhost ACCOUNT UNLOCK");
	in_task(switch_task, NULL);
}

static void
account_at_its_limit_closes_the_connection(void **state)
{
	MYSQL *handle = mysql_init(NULL);

	(void)state;
	server_sql("ALTER USER communityb@localhost"
		   " WITH MAX_USER_CONNECTIONS 1");
	assert_non_null(mysql_real_connect(handle, NULL, "communityb",
		"secret-communityb", NULL, 0, server_address.socket, 0));
	try_refused_switch(DB_FAILURE_UNAVAILABLE); /* 1226 */
	mysql_close(handle);
	while (sessions_of("communityb") > 0)
		usleep(10000);
	in_task(switch_task, NULL);
	server_sql("ALTER USER communityb@localhost"
		   " WITH MAX_USER_CONNECTIONS 0");
}

/* The same refusals at a fresh log-in concern that account alone. */
static void
fresh_refusal_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	struct name name = {NULL};

	(void)argument;
	assert_int_equal(db_row(b, &who, NULL, arena, &name), -1);
	assert_int_equal(db_failure(b), DB_FAILURE_REFUSED);
	assert_false(state_now().away);
	assert_is(a, "communitya");
}

static void
refused_log_in_concerns_that_account_alone(void **state)
{
	(void)state;
	server_sql("ALTER USER communityb@localhost ACCOUNT LOCK");
	in_task(fresh_refusal_task, NULL);
	server_sql("ALTER USER communityb@localhost ACCOUNT UNLOCK");
}

static void
read_only_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	db_pool_set_read_only(pool, true);
	assert_int_equal(db_execute(db, &hit, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_READ_ONLY);
	assert_is(db, "communitya");
	db_pool_set_read_only(pool, false);
	assert_int_equal(db_execute(db, &hit, NULL), 1);
}

static void
read_only_refuses_writes(void **state)
{
	(void)state;
	in_task(read_only_task, NULL);
}

static void
forget_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	assert_is(db, "communitya");
	assert_int_equal(state_now().idle, 1);
	db_pool_forget(pool, "communityb");
	assert_int_equal(state_now().idle, 1);
	db_pool_forget(pool, "communitya");
	assert_int_equal(state_now().idle, 0);
}

static int
forget_inside(struct db *db, void *argument)
{
	(void)argument;
	assert_is(db, "communitya");
	db_pool_forget(pool, "communitya");
	assert_is(db, "communitya");
	return 0;
}

static void
forget_busy_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	assert_int_equal(db_transaction(db, forget_inside, NULL), 0);
	assert_int_equal(state_now().connections, 0);
}

static void
forgotten_accounts_are_logged_out(void **state)
{
	(void)state;
	in_task(forget_task, NULL);
	in_task(forget_busy_task, NULL);
}

static void
idle_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	assert_is(db, "communitya");
	assert_int_equal(state_now().idle, 1);
	while (state_now().connections > 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
}

static void
idle_connections_are_closed(void **state)
{
	struct db_pool_limits limits = server_limits;

	(void)state;
	limits.idle = 200 * MILLISECOND;
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &server_address, &limits);
	in_task(idle_task, NULL);
}

static void
wait_until_nobody_sleeps(void)
{
	int64_t until = clock_monotonic() + PATIENCE;

	while (server_number(
		       "SELECT COUNT(*) FROM "
		       "information_schema.processlist WHERE"
		       " user = 'communitya' AND command <> 'Sleep'") > 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
}

static enum db_failure doze_failure;

static void
doze_long(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number seconds = {300};

	(void)argument;
	assert_int_equal(db_row(db, &doze, &seconds, arena, &seconds), -1);
	doze_failure = db_failure(db);
	/* Nothing waits any more. */
	assert_int_equal(db_row(db, &who, NULL, arena, &seconds), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
}

/* How often anybody said KILL. */
static int64_t
kills(void)
{
	return server_number("SELECT variable_value FROM"
			     " information_schema.global_status"
			     " WHERE variable_name = 'COM_KILL'");
}

static void
cancel_dozing_task(void *argument)
{
	int64_t before = kills();
	struct task *dozing;

	(void)argument;
	dozing = task_start(server_loop, "doze", 0, doze_long, NULL);
	while (server_number("SELECT COUNT(*) FROM "
			     "information_schema.processlist"
			     " WHERE info LIKE 'SELECT SLEEP%'") == 0)
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	task_cancel(dozing);
	wait_until_nobody_sleeps();
	assert_int_equal(doze_failure, DB_FAILURE_CANCELLED);
	/* The server found by itself, some time later, that nobody reads. */
	assert_int_equal(kills(), before + 1);
}

static void
cancelled_query_is_killed_on_the_server(void **state)
{
	(void)state;
	in_task(cancel_dozing_task, NULL);
	assert_int_equal(state_now().connections, 0);
}

static void
wait_until_gone(void *argument)
{
	(void)argument;
	wait_until_nobody_sleeps();
}

static void
deadline_task(void *argument)
{
	(void)argument;
	task_set_deadline(
		task_current(), clock_monotonic() + 200 * MILLISECOND);
	doze_long(NULL);
	assert_int_equal(doze_failure, DB_FAILURE_CANCELLED);
}

static void
deadline_ends_a_query_here_and_there(void **state)
{
	(void)state;
	in_task(deadline_task, NULL);
	in_task(wait_until_gone, NULL);
}

/* Ends a's sessions, and waits until they have. */
static void
kill_sessions(void)
{
	static const char find[] =
		"SELECT id FROM information_schema.processlist"
		" WHERE user = 'communitya' LIMIT 1";
	char sql[64];
	int64_t id;

	while ((id = server_number(find)) >= 0) {
		snprintf(sql, sizeof(sql), "KILL %lld", (long long)id);
		server_sql(sql);
		usleep(20000);
	}
}

static void
idle_killed_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);

	(void)argument;
	kill_sessions(); /* of earlier pools, that are not quite gone */
	for (int i = 0; i < 3; i++) {
		assert_is(db, "communitya");
		assert_int_equal(db_execute(db, &hit, NULL), 1);
		assert_int_equal(sessions_of("communitya"), 1);
		kill_sessions();
	}
	assert_int_equal(db_execute(db, &hit, NULL), 1);
	assert_int_equal(state_now().connects, 4);
}

static void
connection_killed_while_idle_costs_nothing(void **state)
{
	(void)state;
	in_task(idle_killed_task, NULL);
}

struct victim {
	const char *text;  /* how its statement begins */
	const char *first; /* what to do before, or NULL */
};

static void
kill_when_busy(void *argument)
{
	const struct victim *victim = argument;
	char sql[200];

	snprintf(sql, sizeof(sql),
		"SELECT id FROM information_schema.processlist"
		" WHERE info LIKE '%s%%'",
		victim->text);
	for (;;) {
		int64_t id = server_number(sql);

		if (id >= 0) {
			if (victim->first != NULL)
				server_sql(victim->first);
			snprintf(sql, sizeof(sql), "KILL %lld", (long long)id);
			server_sql(sql);
			return;
		}
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	}
}

static void
busy_killed_task(void *argument)
{
	/* The second time it is not slow. */
	static struct victim reads = {
		"SELECT SLEEP", "UPDATE communitya.whoami SET hits = 0"};
	static struct victim writes = {
		"UPDATE whoami SET hits = hits + 1 + SLEEP", NULL};
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct number result = {-1};

	(void)argument;
	/* What only reads is asked once more. */
	server_sql("UPDATE communitya.whoami SET hits = 300");
	task_start(server_loop, "kill", 0, kill_when_busy, &reads);
	assert_int_equal(db_row(db, &slow_read, NULL, arena, &result), 1);
	/* Whether a write happened nobody knows: this request fails. */
	task_start(server_loop, "kill", 0, kill_when_busy, &writes);
	assert_int_equal(db_execute(db, &slow_write, NULL), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	/* And no other. */
	assert_is(db, "communitya");
}

static void
connection_killed_while_busy_costs_that_request(void **state)
{
	(void)state;
	in_task(busy_killed_task, NULL);
}

static void
restart_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);

	(void)argument;
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	server_kill();
	server_restart();
	assert_is(a, "communitya");
	assert_is(b, "communityb");
	assert_false(state_now().away);
}

static void
server_restart_costs_nothing_to_those_who_come_after(void **state)
{
	(void)state;
	in_task(restart_task, NULL);
}

static void
restart_later(void *argument)
{
	(void)argument;
	while (!state_now().away)
		task_sleep(clock_monotonic() + 10 * MILLISECOND);
	server_restart();
}

static void
away_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct name name = {NULL};
	int64_t began;

	(void)argument;
	connect_task(NULL);
	server_kill();
	/* Who comes now waits a little: it may be a restart. */
	began = clock_monotonic();
	assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
	assert_int_equal(db_failure(db), DB_FAILURE_UNAVAILABLE);
	assert_true(clock_monotonic() - began >= 800 * MILLISECOND);
	assert_true(state_now().away);
	task_sleep(clock_monotonic() + 100 * MILLISECOND);
	/* By now it is known: no more waiting, which would take 16 seconds. */
	began = clock_monotonic();
	for (int i = 0; i < 20; i++) {
		assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
		task_sleep(clock_monotonic() + 20 * MILLISECOND);
	}
	assert_true(clock_monotonic() - began < 12 * CLOCK_SECOND);
	/* Back while somebody waits. */
	server_restart();
	connect_task(NULL);
	assert_false(state_now().away);
	/* A short absence is waited through. */
	server_kill();
	task_start(server_loop, "restart", 0, restart_later, NULL);
	use_pool(2, 2, PATIENCE);
	db = db_scope_open(pool, arena, &account_a);
	assert_is(db, "communitya");
}

static unsigned
occurrences(FILE *file, const char *text)
{
	char line[1024];
	unsigned count = 0;

	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strstr(line, text) != NULL)
			count++;
	return count;
}

static FILE *log_file;
static int kept_stderr;

static int
set_up_log(void **state)
{
	log_file = tmpfile();
	kept_stderr = dup(STDERR_FILENO);
	assert_non_null(log_file);
	assert_int_equal(dup2(fileno(log_file), STDERR_FILENO), STDERR_FILENO);
	log_open("test", LOG_DAEMON, LOG_NOTICE, true);
	return set_up(state);
}

/* Shows the log, and with it which assertion failed. */
static int
tear_down_log(void **state)
{
	char line[1024];

	assert_int_equal(dup2(kept_stderr, STDERR_FILENO), STDERR_FILENO);
	close(kept_stderr);
	rewind(log_file);
	while (fgets(line, sizeof(line), log_file) != NULL)
		fputs(line, stderr);
	fclose(log_file);
	return tear_down(state);
}

static void
an_absence_is_logged_once_and_recovered_from(void **state)
{
	(void)state;
	use_pool(2, 2, 800 * MILLISECOND);
	in_task(away_task, NULL);
	/* Once for each of the two absences. */
	assert_int_equal(occurrences(log_file, "event=database.away"), 2);
	assert_int_equal(occurrences(log_file, "event=database.back"), 2);
	assert_int_equal(occurrences(log_file, "event=database.error"), 0);
}

/* All connections that the server takes beyond those that are open. */
static MYSQL *fillers[64];

static void
fill_server(void)
{
	for (size_t i = 0; i < COUNT_OF(fillers); i++) {
		fillers[i] = mysql_init(NULL);
		if (mysql_real_connect(fillers[i], NULL, "root", "", NULL, 0,
			    server_address.socket, 0) != NULL)
			continue;
		assert_int_equal(mysql_errno(fillers[i]), 1040);
		mysql_close(fillers[i]);
		fillers[i] = NULL;
		return;
	}
	fail_msg("the server has no end");
}

static void
empty_server(void)
{
	for (size_t i = 0; fillers[i] != NULL; i++) {
		mysql_close(fillers[i]);
		fillers[i] = NULL;
	}
}

static void
full_task(void *argument)
{
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *b = db_scope_open(pool, arena, &account_b);
	int64_t until = clock_monotonic() + PATIENCE;

	(void)argument;
	fill_server();
	/* One of a's is closed for others; b has one of the rest. */
	assert_is(b, "communityb");
	assert_int_equal(state_now().failures, 1);
	assert_int_equal(state_now().switches, 1);
	assert_int_equal(state_now().connections, 11);
	for (int i = 0; i < 5; i++) {
		assert_is(a, "communitya");
		assert_is(b, "communityb");
	}
	/* It was not asked again, and is not away. */
	assert_int_equal(state_now().failures, 1);
	assert_int_equal(state_now().switches, 1);
	assert_false(state_now().away);
	empty_server();
	/* After a while it is. */
	while (state_now().connects == 12) {
		struct db *c = db_scope_open(pool, arena, &account_c);

		assert_true(clock_monotonic() < until);
		assert_is(c, "communityc");
		db_pool_forget(pool, "communityc");
		task_sleep(clock_monotonic() + 1500 * MILLISECOND);
	}
}

static void
a_server_without_room_is_not_away(void **state)
{
	struct db_account account = account_a;

	(void)state;
	use_pool_with_idle(16, 20, 16);
	assert_crowd(&account, 0, 12);
	in_task(full_task, NULL);
	assert_int_equal(occurrences(log_file, "event=database.full"), 1);
	assert_int_equal(occurrences(log_file, "event=database.away"), 0);
	assert_int_equal(occurrences(log_file, "event=database.error"), 0);
}

static void
slow_connect_task(void *argument)
{
	struct holder *holders = argument;
	struct db *a = db_scope_open(pool, arena, &account_a);
	struct db *c = db_scope_open(pool, arena, &account_c);
	int64_t until = clock_monotonic() + PATIENCE;

	assert_is(a, "communitya");
	task_start(server_loop, "b", 0, holder_main, &holders[0]);
	while (state_now().waiting == 0)
		task_sleep(clock_monotonic() + MILLISECOND);
	/* No more than one may be opened at a time: c has a's at once. */
	assert_is(c, "communityc");
	assert_int_equal(holders[0].order, 0);
	assert_int_equal(state_now().switches, 1);
	/* And b waits for its own for a moment only. */
	while (holders[0].order == 0) {
		assert_true(clock_monotonic() < until);
		task_sleep(clock_monotonic() + MILLISECOND);
	}
	assert_int_equal(state_now().switches, 2);
	assert_int_equal(state_now().connects, 1);
	/* With its end the relay takes the one that waits. */
	while (state_now().idle == 0)
		task_sleep(clock_monotonic() + MILLISECOND);
	db_pool_forget(pool, "communityb");
	while (state_now().connects == 1)
		task_sleep(clock_monotonic() + MILLISECOND);
}

static void
nobody_waits_for_a_slow_connect(void **state)
{
	struct db_pool_limits limits = server_limits;
	struct holder holder = {.account = &account_b};

	(void)state;
	limits.connecting = 1;
	limits.idle_connections = 10;
	limits.wait = PATIENCE;
	relay_start();
	db_pool_free(pool);
	pool = db_pool_new(server_loop, &relay_address, &limits);
	served = 0;
	in_task(slow_connect_task, &holder);
	assert_int_equal(holder.result, 0);
	assert_string_equal(holder.name, "communityb");
	arena_free(arena);
	db_pool_free(pool);
	pool = NULL;
	arena = arena_new();
	relay_stop();
}

static unsigned ticks;
static struct task *frozen;

/* While the task waits for the server, the loop's timers go on. */
static void
tick(void *argument)
{
	(void)argument;
	if (frozen != NULL && ++ticks == 10)
		task_cancel(frozen);
}

static void
frozen_task(void *argument)
{
	struct db *db = db_scope_open(pool, arena, &account_a);
	struct name name = {NULL};

	(void)argument;
	assert_is(db, "communitya");
	server_freeze();
	frozen = task_current();
	assert_int_equal(db_row(db, &who, NULL, arena, &name), -1);
	frozen = NULL;
	assert_int_equal(db_failure(db), DB_FAILURE_CANCELLED);
	server_thaw();
}

static void
a_silent_server_does_not_stop_the_loop(void **state)
{
	struct loop_timer *timer;

	(void)state;
	ticks = 0;
	timer = loop_timer_new(
		server_loop, 10 * MILLISECOND, 10 * MILLISECOND, tick, NULL);
	in_task(frozen_task, NULL);
	loop_timer_free(timer);
	assert_int_equal(ticks, 10);
}

static void
leave_the_pool_first(void **state)
{
	struct db *db;

	(void)state;
	/* The pool may be freed before its scopes: the last one frees it. */
	db = db_scope_open(pool, arena, &account_a);
	assert_non_null(db);
	db_pool_free(pool);
	pool = NULL;
}

#define POOL_TEST(function)                                                    \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POOL_TEST(one_connection_serves_two_accounts),
		POOL_TEST(an_account_keeps_its_idle_connection),
		POOL_TEST(without_room_the_longest_unused_is_taken_over),
		POOL_TEST(an_idle_connection_keeps_few_statements),
		POOL_TEST(connections_stay_with_their_community),
		POOL_TEST(accounts_take_turns),
		POOL_TEST(who_holds_nothing_comes_first),
		POOL_TEST(the_last_connection_is_for_who_holds_none),
		POOL_TEST(nobody_starves),
		POOL_TEST(short_statements_share_a_log_in),
		POOL_TEST(an_account_may_have_a_cap_of_its_own),
		POOL_TEST(however_many_are_idle_so_many_are_at_work),
		POOL_TEST(idle_ones_are_no_reserve),
		POOL_TEST(idle_ones_count_for_the_cap_of_their_account),
		POOL_TEST(cap_of_an_account_leaves_room_for_others),
		POOL_TEST(a_wait_has_an_end),
		POOL_TEST(cancelled_while_waiting),
		POOL_TEST(what_is_granted_too_late_goes_back),
		POOL_TEST(nobody_sees_the_other_community),
		POOL_TEST(another_password_is_tried),
		POOL_TEST(wrong_password_closes_the_connection),
		POOL_TEST(locked_account_closes_the_connection),
		POOL_TEST(account_at_its_limit_closes_the_connection),
		POOL_TEST(refused_log_in_concerns_that_account_alone),
		POOL_TEST(read_only_refuses_writes),
		POOL_TEST(forgotten_accounts_are_logged_out),
		POOL_TEST(idle_connections_are_closed),
		POOL_TEST(cancelled_query_is_killed_on_the_server),
		POOL_TEST(deadline_ends_a_query_here_and_there),
		POOL_TEST(connection_killed_while_idle_costs_nothing),
		POOL_TEST(connection_killed_while_busy_costs_that_request),
		POOL_TEST(server_restart_costs_nothing_to_those_who_come_after),
		cmocka_unit_test_setup_teardown(
			an_absence_is_logged_once_and_recovered_from,
			set_up_log, tear_down_log),
		cmocka_unit_test_setup_teardown(
			a_server_without_room_is_not_away, set_up_log,
			tear_down_log),
		POOL_TEST(nobody_waits_for_a_slow_connect),
		POOL_TEST(a_silent_server_does_not_stop_the_loop),
		POOL_TEST(leave_the_pool_first),
	};
	return cmocka_run_group_tests(tests, set_up_group, tear_down_group);
}

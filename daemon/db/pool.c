#include "db/pool.h"

#include <errmsg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "db/client.h"
#include "db/failure.h"
#include "db/internal.h"
#include "db/prepared.h"
#include "loop/loop.h"
#include "loop/task.h"

/* How often unused connections are looked at. */
#define TEND_INTERVAL CLOCK_SECOND

/* A connection that comes free stays with its account for so long while that
 * has more to do and others wait: a log-in costs as much as a short statement,
 * and the prepared statements besides. µs */
#define TURN INT64_C(2000)

/* One in so many connections is kept for accounts that hold none. */
#define RESERVED 8U

/* Who has lain idle for so long keeps only so many statements, as a visitor
 * needs for some pages: each costs memory here and more in the server. */
#define REST	     CLOCK_SECOND
#define KEPT_AT_REST 16U

/* How often db_account.denied() is asked before a scope gives up. */
#define PASSWORDS_MOST 16U

static void tend(void *argument);

struct db_pool *
db_pool_new(struct loop *loop, const struct db_address *address,
	const struct db_pool_limits *limits)
{
	struct db_pool *pool = memory_new(1, sizeof(*pool));

	if (mysql_library_init(0, NULL, NULL) != 0)
		log_defect("db", "Connector/C cannot start");
	pool->loop = loop;
	pool->address = (struct db_address){
		.socket = address->socket ? memory_text(address->socket) : NULL,
		.host = address->host ? memory_text(address->host) : NULL,
		.port = address->port,
		.ca_file =
			address->ca_file ? memory_text(address->ca_file) : NULL,
	};
	pool->limits = *limits;
	for (int i = 0; i < CONNECTION_STATES; i++)
		TAILQ_INIT(&pool->connections[i]);
	TAILQ_INIT(&pool->waiters);
	TAILQ_INIT(&pool->kills);
	pool->lanes = map_new();
	pool->agreed = map_new();
	fair_init(&pool->turns);
	pool->users = 1;
	pool->tend_timer =
		loop_timer_new(loop, TEND_INTERVAL, TEND_INTERVAL, tend, pool);
	return pool;
}

static void
destroy(struct db_pool *pool)
{
	map_free(pool->lanes);
	map_free(pool->agreed);
	free((void *)(uintptr_t)pool->address.socket);
	free((void *)(uintptr_t)pool->address.host);
	free((void *)(uintptr_t)pool->address.ca_file);
	free(pool);
}

void
pool_hold(struct db_pool *pool)
{
	pool->users++;
}

void
pool_release(struct db_pool *pool)
{
	if (--pool->users == 0)
		destroy(pool);
}

void
pool_discard(struct db_pool *pool, struct connection *connection)
{
	lane_leave(pool, connection);
	connection_close(connection);
}

/* Closes the idle connections that were last used before `before` and are
 * logged in as `user` (NULL: anyone). */
static void
close_idle(struct db_pool *pool, int64_t before, const char *user)
{
	struct connection *connection, *next;

	connection = TAILQ_FIRST(&pool->connections[CONNECTION_IDLE]);
	for (; connection != NULL; connection = next) {
		next = TAILQ_NEXT(connection, next);
		if (connection->idle_since < before &&
			(user == NULL || strcmp(connection->user, user) == 0))
			pool_discard(pool, connection);
	}
}

void
pool_close_idle(struct db_pool *pool, unsigned count)
{
	for (; count > 0; count--)
		pool_discard(
			pool, TAILQ_FIRST(&pool->connections[CONNECTION_IDLE]));
}

static void
drop_statements(struct db_pool *pool)
{
	int64_t before = clock_monotonic() - REST;
	struct connection *connection;

	TAILQ_FOREACH (connection, &pool->connections[CONNECTION_IDLE], next) {
		if (connection->idle_since > before)
			return;
		prepared_keep(connection, KEPT_AT_REST);
	}
}

static void
tend(void *argument)
{
	struct db_pool *pool = argument;

	drop_statements(pool);
	close_idle(pool, clock_monotonic() - pool->limits.idle, NULL);
	/* What depends on the time: a connect that is slow by now, a server
	 * that was full. */
	pool_serve(pool);
}

void
db_pool_free(struct db_pool *pool)
{
	const struct failure failure = {CR_SERVER_GONE_ERROR, "closing"};
	struct connection_list *connecting;
	struct connection *connection;

	if (pool == NULL)
		return;
	connecting = &pool->connections[CONNECTION_CONNECTING];
	pool->closing = true;
	while (!TAILQ_EMPTY(&pool->waiters))
		pool_refuse(pool, TAILQ_FIRST(&pool->waiters), &failure);
	loop_timer_free(pool->tend_timer);
	loop_timer_free(pool->retry_timer);
	pool->tend_timer = NULL;
	pool->retry_timer = NULL;
	close_idle(pool, INT64_MAX, NULL);
	TAILQ_FOREACH (connection, connecting, next)
		task_cancel(connection->connecting);
	kill_stop(pool);
	pool_release(pool);
}

void
db_pool_set_per_account(struct db_pool *pool, unsigned per_account)
{
	pool->limits.per_account = per_account;
}

void
db_pool_set_read_only(struct db_pool *pool, bool read_only)
{
	pool->read_only = read_only;
}

void
db_pool_forget(struct db_pool *pool, const char *user)
{
	struct connection *connection;

	close_idle(pool, INT64_MAX, user);
	TAILQ_FOREACH (connection, &pool->connections[CONNECTION_BUSY], next)
		if (strcmp(connection->user, user) == 0)
			connection->forget = true;
}

void
db_pool_state(const struct db_pool *pool, struct db_pool_state *state)
{
	*state = (struct db_pool_state){
		.connections = pool->counts[CONNECTION_IDLE] +
			       pool->counts[CONNECTION_BUSY],
		.idle = pool->counts[CONNECTION_IDLE],
		.waiting = pool->waiting,
		.switches = pool->switches,
		.connects = pool->connects,
		.failures = pool->failures,
		.waits = pool->waits,
		.waited = pool->waited,
		.away = pool->away_since != 0,
	};
}

/* How many connections the account may hold. */
static unsigned
cap_of(const struct db_pool *pool, const struct db_account *account)
{
	unsigned cap = account->connections != 0 ? account->connections
						 : pool->limits.per_account;

	return cap < pool->limits.connections ? cap : pool->limits.connections;
}

/* An idle connection for the lane's first waiter, its own or one of others,
 * whose server has not gone meanwhile. */
static struct connection *
find_living(struct db_pool *pool, const struct pool_lane *lane, bool own)
{
	const struct db_account *account = lane_waiter(lane)->account;
	struct connection *connection;

	while ((connection = own ? lane_own(lane, account)
				 : lane_other(pool, lane)) != NULL) {
		if (connection_is_alive(connection))
			return connection;
		pool_discard(pool, connection);
	}
	return NULL;
}

static void
end_wait(struct db_pool *pool, struct waiter *waiter)
{
	struct pool_lane *lane = (struct pool_lane *)(void *)waiter->item.lane;

	if (lane == NULL)
		return;
	fair_leave(&pool->turns, &waiter->item);
	lane_drop(pool, lane);
	TAILQ_REMOVE(&pool->waiters, waiter, next);
	pool->waiting--;
	if (waiter->parked)
		task_wake(waiter->task);
	waiter->parked = false;
}

void
pool_refuse(struct db_pool *pool, struct waiter *waiter,
	const struct failure *failure)
{
	waiter->failure = *failure;
	end_wait(pool, waiter);
}

static void
grant(struct db_pool *pool, struct pool_lane *lane,
	struct connection *connection)
{
	struct waiter *waiter = lane_waiter(lane);

	lane_move(pool, connection, lane, CONNECTION_BUSY);
	lane->grants++;
	waiter->granted = connection;
	end_wait(pool, waiter);
}

/* How many more may be at work. */
static unsigned
room_to_work(const struct db_pool *pool)
{
	return pool->limits.connections - pool->counts[CONNECTION_BUSY] -
	       pool->counts[CONNECTION_CONNECTING];
}

/* Whether what is left is kept for accounts that hold nothing: their first
 * request should meet no slow statement of others. */
static bool
is_held_back(const struct db_pool *pool, const struct pool_lane *lane)
{
	return lane->turn.active > 0 &&
	       room_to_work(pool) <= pool->limits.connections / RESERVED;
}

/* Its first waiter gets an idle connection, when there is one. */
static bool
grant_idle(struct db_pool *pool, struct pool_lane *lane, bool own)
{
	struct connection *connection = find_living(pool, lane, own);

	if (connection == NULL)
		return false;
	connection->turn_until = clock_monotonic() + TURN;
	grant(pool, lane, connection);
	return true;
}

/* A connection is opened for it, when that may be. */
static bool
open_one(struct db_pool *pool, struct pool_lane *lane)
{
	if (lane_is_full(lane) || !connect_is_allowed(pool))
		return false;
	connect_start(pool, lane);
	return true;
}

/*
 * Its own idle connection; else a new one, so that the others keep theirs with
 * what they have prepared; else, where none may be opened or that takes its
 * time, one of others. False: none now.
 */
static bool
serve_lane(struct db_pool *pool, struct pool_lane *lane)
{
	/* One is being opened for each that waits. */
	bool is_served = lane->turn.waiting <= lane->connecting;
	bool slow = connect_is_slow(pool);

	if (grant_idle(pool, lane, true))
		return true;
	if (!slow && (is_served || open_one(pool, lane)))
		return !is_served;
	if (grant_idle(pool, lane, false))
		return true;
	return !is_served && open_one(pool, lane);
}

/* Serves the first lane that can be; as few are passed over as connections are
 * opened at a time. Whether there was one. */
static bool
serve_next(struct db_pool *pool)
{
	const struct fair_lane *turn = fair_first(&pool->turns);

	if (room_to_work(pool) == 0)
		return false;
	for (; turn != NULL; turn = fair_after(&pool->turns, turn)) {
		struct pool_lane *lane = (struct pool_lane *)(uintptr_t)turn;

		/* The others in turn hold as much or more. */
		if (is_held_back(pool, lane))
			return false;
		if (serve_lane(pool, lane))
			return true;
		/* What it cannot have, nobody can. */
		if (turn->waiting > lane->connecting)
			return false;
	}
	return false;
}

void
pool_serve(struct db_pool *pool)
{
	while (serve_next(pool))
		continue;
}

/* Whether its account holds all that it may, and they go from hand to hand: a
 * server that answers nobody is no crowd. */
static bool
is_crowded(const struct pool_lane *lane, uint64_t grants)
{
	return lane->turn.most != 0 && lane->turn.active >= lane->turn.most &&
	       lane->grants != grants;
}

/* Parks until served, refused or too late. */
static void
wait_for_grant(struct db_pool *pool, struct waiter *waiter)
{
	int64_t began = clock_monotonic(), until = began + pool->limits.wait;
	const struct pool_lane *lane =
		(const struct pool_lane *)(const void *)waiter->item.lane;
	uint64_t grants;
	bool stray = false;

	if (lane == NULL)
		return;
	pool->waits++;
	grants = lane->grants;

	while (waiter->item.lane != NULL) {
		waiter->parked = true;
		if (task_park("database connection", until) != TASK_READY)
			break;
		stray = stray || waiter->item.lane != NULL;
	}
	waiter->parked = false;
	if (stray)
		task_wake(waiter->task); /* meant for the next task_park() */
	waiter->crowded = waiter->item.lane != NULL && is_crowded(lane, grants);
	end_wait(pool, waiter);
	pool->waited += clock_monotonic() - began;
}

/* A connection of the pool, logged in as whomever; NULL: none, unless it is to
 * be tried `again`. */
static struct connection *
take_any(struct db *db, bool *again)
{
	struct db_pool *pool = db->pool;
	struct waiter waiter = {
		.account = db->account,
		.task = task_current(),
	};
	struct pool_lane *lane;

	if (connect_is_hopeless(pool)) {
		scope_fail_as(db, DB_FAILURE_UNAVAILABLE);
		return NULL;
	}
	lane = lane_of(pool, db->account->user);
	fair_limit(&pool->turns, &lane->turn, cap_of(pool, db->account));
	fair_wait(&pool->turns, &lane->turn, &waiter.item);
	TAILQ_INSERT_TAIL(&pool->waiters, &waiter, next);
	pool->waiting++;
	pool_serve(pool);
	wait_for_grant(pool, &waiter);
	if (waiter.granted != NULL && task_is_over()) {
		pool_give(pool, waiter.granted);
		waiter.granted = NULL;
	}
	if (waiter.granted != NULL)
		return waiter.granted;
	*again = waiter.again && !task_is_over();
	if (*again)
		return NULL;
	if (waiter.failure.number != 0)
		scope_fail(db, "connect", &waiter.failure);
	else
		scope_fail_as(db, task_is_over()   ? DB_FAILURE_CANCELLED
				  : waiter.crowded ? DB_FAILURE_CROWDED
						   : DB_FAILURE_UNAVAILABLE);
	return NULL;
}

/* Logs in as the scope's account. Any error costs the connection: the server
 * has left it logged in as the account before. */
static int
log_in(struct db *db, struct connection *connection, bool *again)
{
	struct failure failure = {0};
	struct login login;
	bool outdated;
	int result;

	if (connection_serves(connection, db->account))
		return 0;
	db->pool->switches++;
	login_fill(&login, db->account);
	result = connection_switch(connection, &login, &failure);
	outdated = result != 0 &&
		   login_is_outdated(&login, db->account, failure.number);
	login_wipe(&login);
	if (result == 0)
		return 0;
	db->pool->failures++;
	pool_discard(db->pool, connection);
	pool_serve(db->pool);
	*again = (outdated || failure_is_gone(failure.number)) &&
		 !task_is_over();
	/* A password that has just been rotated is nobody's fault. */
	return outdated && *again ? -1 : scope_fail(db, "log-in", &failure);
}

struct connection *
pool_take(struct db *db)
{
	/* Of connections that died unnoticed there may be several, and some
	 * passwords to try. */
	unsigned tries = db->pool->limits.connections +
			 db->pool->limits.idle_connections + 1 + PASSWORDS_MOST;
	struct connection *connection;
	bool again;

	if (db->pool->closing) {
		scope_fail_as(db, DB_FAILURE_UNAVAILABLE);
		return NULL;
	}
	do {
		again = false;
		connection = take_any(db, &again);
		if (connection == NULL)
			continue;
		if (log_in(db, connection, &again) == 0) {
			db->failure = DB_FAILURE_NONE;
			return connection;
		}
	} while (again && --tries > 0);
	if (again)
		scope_fail_as(db, DB_FAILURE_UNAVAILABLE);
	return NULL;
}

/* Whether its account goes on with it, before others that wait: within its
 * turn. */
static bool
goes_on(struct db_pool *pool, struct connection *connection)
{
	struct pool_lane *lane = connection->lane;

	if (!lane->turn.queued ||
		connection->idle_since >= connection->turn_until ||
		!connection_serves(connection, lane_waiter(lane)->account))
		return false;
	grant(pool, lane, connection);
	return true;
}

void
pool_give(struct db_pool *pool, struct connection *connection)
{
	struct failure failure;

	if (!connection->lost && connection->unread > 0)
		connection_settle(connection, &failure);
	if (connection->lost || connection->forget || pool->closing) {
		pool_discard(pool, connection);
	} else {
		connection->idle_since = clock_monotonic();
		/* Whose it is when nobody has logged in since. */
		lane_move(pool, connection, lane_of(pool, connection->user),
			CONNECTION_IDLE);
		if (goes_on(pool, connection))
			return;
	}
	pool_serve(pool);
}

void
pool_add(struct db_pool *pool, struct connection *connection)
{
	struct pool_lane *lane = connection->lane;

	if (lane->turn.waiting == 0 || pool->closing) {
		pool_give(pool, connection);
		return;
	}
	connection->turn_until = clock_monotonic() + TURN;
	grant(pool, lane, connection);
	/* Others may open theirs now. */
	pool_serve(pool);
}

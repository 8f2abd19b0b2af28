/* connect.c: new connections, each opened in a task of its own, so that a
 * visitor who leaves does not spoil one; and what is done while the server is
 * away. */
#include "db/internal.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/failure.h"
#include "loop/loop.h"
#include "loop/task.h"

/* Longest time to connect and log in. */
#define CONNECT_LIMIT (10 * CLOCK_SECOND)

/* Between attempts while the server is away: doubled up to the longest. */
#define RETRY_FIRST   (50 * INT64_C(1000))
#define RETRY_LONGEST (2 * CLOCK_SECOND)

/* Opening one takes a few milliseconds: those who wait for this long have one
 * that lies idle instead. */
#define SLOW (100 * INT64_C(1000))

/* Longer than others that have none wait between their attempts. */
#define FULL_PAUSE (5 * RETRY_LONGEST)

/* Of the idle ones this part is left to others when the server is full. */
#define LEFT_TO_OTHERS 8U

/* It may be full for days: said so often. */
#define FULL_TOLD (10 * CLOCK_MINUTE)

struct attempt {
	struct db_pool *pool;
	struct connection *connection;
	struct login login;
};

static unsigned
living(const struct db_pool *pool)
{
	return pool->counts[CONNECTION_IDLE] + pool->counts[CONNECTION_BUSY];
}

/* Whether another may be open, besides those that are and will be. */
static bool
has_room(const struct db_pool *pool)
{
	return living(pool) + pool->counts[CONNECTION_CONNECTING] <
	       pool->limits.connections + pool->limits.idle_connections;
}

bool
connect_is_allowed(const struct db_pool *pool)
{
	unsigned connecting = pool->counts[CONNECTION_CONNECTING];

	if (pool->closing || !has_room(pool) ||
		connecting >= pool->limits.connecting)
		return false;
	if (living(pool) > 0 && clock_monotonic() < pool->full_until)
		return false;
	/* While it is away, one knock at a time. */
	return pool->failed_in_row == 0 ||
	       (connecting == 0 && clock_monotonic() >= pool->retry_at);
}

bool
connect_is_slow(const struct db_pool *pool)
{
	/* The first of the list began first. */
	const struct connection *oldest =
		TAILQ_FIRST(&pool->connections[CONNECTION_CONNECTING]);

	return oldest != NULL && clock_monotonic() - oldest->begun_at > SLOW;
}

bool
connect_is_hopeless(const struct db_pool *pool)
{
	int64_t now = clock_monotonic();

	return pool->away_since != 0 && living(pool) == 0 &&
	       now - pool->away_since > pool->limits.wait &&
	       now < pool->retry_at;
}

static void retry_later(struct db_pool *pool);

static void
retry(void *argument)
{
	struct db_pool *pool = argument;

	loop_timer_free(pool->retry_timer);
	pool->retry_timer = NULL;
	/* The loop's clock is coarse: it may be some milliseconds early. */
	if (clock_monotonic() < pool->retry_at)
		retry_later(pool);
	else
		pool_serve(pool);
}

/* Those who wait by then are looked after at retry_at. */
static void
retry_later(struct db_pool *pool)
{
	if (pool->retry_timer == NULL)
		pool->retry_timer = loop_timer_new(pool->loop,
			pool->retry_at - clock_monotonic(), 0, retry, pool);
}

/* One line an incident: when it begins. */
static void
note_away(struct db_pool *pool, const struct failure *failure)
{
	if (pool->away_since != 0)
		return;
	pool->away_since = clock_monotonic();
	log_event(LOG_ERR, NULL, "database.away", "server",
		pool->address.socket != NULL ? pool->address.socket
					     : pool->address.host,
		"number", log_integer(failure->number), "error", failure->text,
		NULL);
}

/* And when it ends. */
static void
note_back(struct db_pool *pool)
{
	pool->failed_in_row = 0;
	if (pool->away_since == 0)
		return;
	log_event(LOG_NOTICE, NULL, "database.back", "server",
		pool->address.socket != NULL ? pool->address.socket
					     : pool->address.host,
		"away_ms",
		log_integer((clock_monotonic() - pool->away_since) / 1000),
		NULL);
	pool->away_since = 0;
}

/* The server did not let anybody in: try again later; those who have waited
 * long enough already are told. */
static void
server_failed(struct db_pool *pool, const struct failure *failure)
{
	int64_t delay = RETRY_FIRST
			<< (pool->failed_in_row < 6 ? pool->failed_in_row : 6);
	int64_t now = clock_monotonic();
	struct waiter *waiter;

	note_away(pool, failure);
	pool->failed_in_row++;
	if (delay > RETRY_LONGEST)
		delay = RETRY_LONGEST;
	delay += now % (delay / 4); /* not all machines at once */
	pool->retry_at = now + delay;
	if (living(pool) == 0 && now - pool->away_since > pool->limits.wait)
		while ((waiter = TAILQ_FIRST(&pool->waiters)) != NULL)
			pool_refuse(pool, waiter, failure);
	retry_later(pool);
}

/* It is there, and has no room for another: one goes on with those one has.
 * Some idle ones are closed for who has none at all, as the next worker, the
 * courier or an operator may. */
static void
server_is_full(struct db_pool *pool, const struct failure *failure)
{
	int64_t now = clock_monotonic();

	pool->full_until = now + FULL_PAUSE;
	pool_close_idle(pool, pool->counts[CONNECTION_IDLE] / LEFT_TO_OTHERS);
	if (pool->full_told != 0 && now - pool->full_told < FULL_TOLD)
		return;
	pool->full_told = now;
	log_event(LOG_WARNING, NULL, "database.full", "server",
		pool->address.socket != NULL ? pool->address.socket
					     : pool->address.host,
		"number", log_integer(failure->number), "open",
		log_integer(living(pool)), NULL);
}

static void
attempt_failed(const struct attempt *attempt, const struct failure *failure)
{
	struct db_pool *pool = attempt->pool;
	struct connection *connection = attempt->connection;
	struct waiter *waiter = lane_waiter(connection->lane);

	pool->failures++;
	pool_discard(pool, connection);
	if (pool->closing)
		return;
	if (failure_is_full(failure->number) && living(pool) > 0) {
		server_is_full(pool, failure);
	} else if (!failure_is_of_account(failure->number)) {
		server_failed(pool, failure);
	} else if (waiter != NULL) {
		/* While it waits, its account is there. */
		waiter->again = login_is_outdated(
			&attempt->login, waiter->account, failure->number);
		pool_refuse(pool, waiter, failure);
	}
}

static void
attempt_main(void *argument)
{
	struct attempt *attempt = argument;
	struct db_pool *pool = attempt->pool;
	struct connection *connection = attempt->connection;
	struct failure failure = {0};
	int opened;

	opened = connection_open(
		connection, &pool->address, &attempt->login, &failure);
	if (opened == 0) {
		pool->connects++;
		note_back(pool);
		pool_add(pool, connection);
	} else {
		attempt_failed(attempt, &failure);
		pool_serve(pool);
	}
	login_wipe(&attempt->login);
	free(attempt);
	pool_release(pool);
}

void
connect_start(struct db_pool *pool, struct pool_lane *lane)
{
	struct attempt *attempt = memory_new(1, sizeof(*attempt));
	struct connection *connection = connection_new(pool->agreed);

	attempt->pool = pool;
	attempt->connection = connection;
	login_fill(&attempt->login, lane_waiter(lane)->account);
	connection->begun_at = clock_monotonic();
	lane_enter(pool, connection, lane, CONNECTION_CONNECTING);
	pool_hold(pool);
	connection->connecting = task_start(pool->loop, "db.connect",
		clock_monotonic() + CONNECT_LIMIT, attempt_main, attempt);
}

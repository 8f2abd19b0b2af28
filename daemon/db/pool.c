#include "db/pool.h"

#include <errmsg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "db/client.h"
#include "db/failure.h"
#include "db/internal.h"
#include "loop/loop.h"
#include "loop/task.h"

/* How often unused connections are looked at. */
#define TEND_INTERVAL CLOCK_SECOND

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
	pool->users = 1;
	pool->tend_timer =
		loop_timer_new(loop, TEND_INTERVAL, TEND_INTERVAL, tend, pool);
	return pool;
}

static void
destroy(struct db_pool *pool)
{
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
pool_move(struct db_pool *pool, struct connection *connection,
	enum connection_state state)
{
	TAILQ_REMOVE(&pool->connections[connection->state], connection, next);
	pool->counts[connection->state]--;
	connection->state = state;
	TAILQ_INSERT_TAIL(&pool->connections[state], connection, next);
	pool->counts[state]++;
}

void
pool_discard(struct db_pool *pool, struct connection *connection)
{
	TAILQ_REMOVE(&pool->connections[connection->state], connection, next);
	pool->counts[connection->state]--;
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

static void
tend(void *argument)
{
	struct db_pool *pool = argument;

	close_idle(pool, clock_monotonic() - pool->limits.idle, NULL);
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
		.away = pool->away_since != 0,
	};
}

/* Connections that count for an account, in every state. */
static unsigned
count_of(const struct db_pool *pool, const char *user)
{
	const struct connection *connection;
	unsigned count = 0;

	for (int i = 0; i < CONNECTION_STATES; i++)
		TAILQ_FOREACH (connection, &pool->connections[i], next)
			if (strcmp(connection->owner, user) == 0)
				count++;
	return count;
}

/* An idle connection that counts for the account, whatever its schema. */
static struct connection *
find_idle_of(const struct db_pool *pool, const char *user)
{
	struct connection *connection;

	TAILQ_FOREACH (connection, &pool->connections[CONNECTION_IDLE], next)
		if (strcmp(connection->owner, user) == 0)
			return connection;
	return NULL;
}

/*
 * The idle connection that suits the account best: the one it used last, else
 * the one that others have not used for longest. NULL: none, or none that the
 * account's cap allows.
 */
static struct connection *
find_idle(const struct db_pool *pool, const struct db_account *account)
{
	struct connection *connection;

	TAILQ_FOREACH_REVERSE(connection, &pool->connections[CONNECTION_IDLE],
		connection_list, next)
	if (connection_serves(connection, account))
		return connection;
	if (count_of(pool, account->user) >= pool->limits.per_account)
		return find_idle_of(pool, account->user);
	return TAILQ_FIRST(&pool->connections[CONNECTION_IDLE]);
}

/* The same, but for those whose server has gone meanwhile. */
static struct connection *
find_living(struct db_pool *pool, const struct db_account *account)
{
	struct connection *connection;

	while ((connection = find_idle(pool, account)) != NULL) {
		if (connection_is_alive(connection))
			return connection;
		pool_discard(pool, connection);
	}
	return NULL;
}

static void
end_wait(struct db_pool *pool, struct waiter *waiter)
{
	if (!waiter->queued)
		return;
	TAILQ_REMOVE(&pool->waiters, waiter, next);
	waiter->queued = false;
	pool->waiting--;
	if (waiter->expected != NULL)
		waiter->expected->waiter = NULL;
	waiter->expected = NULL;
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
grant(struct db_pool *pool, struct waiter *waiter,
	struct connection *connection)
{
	pool_move(pool, connection, CONNECTION_BUSY);
	connection_own(connection, waiter->account->user);
	waiter->granted = connection;
	end_wait(pool, waiter);
}

void
pool_serve(struct db_pool *pool)
{
	struct waiter *waiter, *next;
	struct connection *connection;

	for (waiter = TAILQ_FIRST(&pool->waiters); waiter != NULL;
		waiter = next) {
		/* Nothing to give: hundreds may wait, do not ask for each. */
		if (pool->counts[CONNECTION_IDLE] == 0 &&
			!connect_is_allowed(pool))
			break;
		next = TAILQ_NEXT(waiter, next);
		connection = find_living(pool, waiter->account);
		if (connection != NULL)
			grant(pool, waiter, connection);
		else if (waiter->expected == NULL && connect_is_allowed(pool) &&
			 count_of(pool, waiter->account->user) <
				 pool->limits.per_account)
			connect_start(pool, waiter);
	}
}

/* Parks until served, refused or too late. */
static void
wait_for_grant(struct db_pool *pool, struct waiter *waiter)
{
	int64_t until = clock_monotonic() + pool->limits.wait;
	bool stray = false;

	while (waiter->queued) {
		waiter->parked = true;
		if (task_park("database connection", until) != TASK_READY)
			break;
		stray = stray || waiter->queued;
	}
	waiter->parked = false;
	if (stray)
		task_wake(waiter->task); /* meant for the next task_park() */
	end_wait(pool, waiter);
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
		.queued = true,
	};

	if (connect_is_hopeless(pool)) {
		scope_fail_as(db, DB_FAILURE_UNAVAILABLE);
		return NULL;
	}
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
		scope_fail_as(db, task_is_over() ? DB_FAILURE_CANCELLED
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
	unsigned tries = db->pool->limits.connections + 1 + PASSWORDS_MOST;
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
		connection_own(connection, connection->user);
		pool_move(pool, connection, CONNECTION_IDLE);
	}
	pool_serve(pool);
}

void
pool_add(struct db_pool *pool, struct connection *connection)
{
	struct waiter *waiter = connection->waiter;

	if (waiter != NULL && !pool->closing) {
		grant(pool, waiter, connection);
		/* Others may open theirs now. */
		pool_serve(pool);
		return;
	}
	pool_move(pool, connection, CONNECTION_BUSY);
	pool_give(pool, connection);
}

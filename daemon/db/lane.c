/* lane.c: what belongs to one account: its waiters and its connections. */
#include "db/internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

struct pool_lane *
lane_of(struct db_pool *pool, const char *user)
{
	struct pool_lane *lane = map_get(pool->lanes, user);

	if (lane != NULL)
		return lane;
	lane = memory_new(1, sizeof(*lane));
	fair_lane_init(&lane->turn);
	TAILQ_INIT(&lane->idle);
	snprintf(lane->user, sizeof(lane->user), "%s", user);
	map_set(pool->lanes, lane->user, lane);
	return lane;
}

void
lane_drop(struct db_pool *pool, struct pool_lane *lane)
{
	if (lane->turn.active > 0 || lane->idle_count > 0 ||
		lane->turn.waiting > 0)
		return;
	map_remove(pool->lanes, lane->user);
	free(lane);
}

struct waiter *
lane_waiter(const struct pool_lane *lane)
{
	return (struct waiter *)(void *)TAILQ_FIRST(&lane->turn.items);
}

void
lane_enter(struct db_pool *pool, struct connection *connection,
	struct pool_lane *lane, enum connection_state state)
{
	connection->lane = lane;
	connection->state = state;
	TAILQ_INSERT_TAIL(&pool->connections[state], connection, next);
	pool->counts[state]++;
	if (state == CONNECTION_IDLE) {
		TAILQ_INSERT_TAIL(&lane->idle, connection, idle);
		lane->idle_count++;
		return;
	}
	lane->connecting += state == CONNECTION_CONNECTING;
	fair_begin(&pool->turns, &lane->turn);
}

static void
take_out(struct db_pool *pool, struct connection *connection)
{
	struct pool_lane *lane = connection->lane;

	TAILQ_REMOVE(&pool->connections[connection->state], connection, next);
	pool->counts[connection->state]--;
	if (connection->state == CONNECTION_IDLE) {
		TAILQ_REMOVE(&lane->idle, connection, idle);
		lane->idle_count--;
		return;
	}
	lane->connecting -= connection->state == CONNECTION_CONNECTING;
	fair_end(&pool->turns, &lane->turn);
}

void
lane_leave(struct db_pool *pool, struct connection *connection)
{
	struct pool_lane *lane = connection->lane;

	take_out(pool, connection);
	connection->lane = NULL;
	lane_drop(pool, lane);
}

void
lane_move(struct db_pool *pool, struct connection *connection,
	struct pool_lane *lane, enum connection_state state)
{
	struct pool_lane *before = connection->lane;

	take_out(pool, connection);
	lane_enter(pool, connection, lane, state);
	if (before != lane)
		lane_drop(pool, before);
}

bool
lane_is_full(const struct pool_lane *lane)
{
	return lane->turn.active + lane->idle_count >= lane->turn.most;
}

struct connection *
lane_own(const struct pool_lane *lane, const struct db_account *account)
{
	struct connection *connection;

	TAILQ_FOREACH_REVERSE(connection, &lane->idle, connection_list, idle)
	if (connection_serves(connection, account))
		return connection;
	return NULL;
}

struct connection *
lane_other(const struct db_pool *pool, const struct pool_lane *lane)
{
	if (lane_is_full(lane) && lane->idle_count > 0)
		return TAILQ_FIRST(&lane->idle);
	return TAILQ_FIRST(&pool->connections[CONNECTION_IDLE]);
}

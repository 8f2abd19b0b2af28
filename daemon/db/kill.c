/*
 * kill.c: a task that gave up on an answer closes its connection, but the
 * server works on, with locks held. One task of the pool logs in as the same
 * account (which may end its own sessions) and ends that session. Its
 * connection is beyond the pool's limit, and short.
 */
#include "db/internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "loop/task.h"

/* Longest time for one session. */
#define KILL_LIMIT (5 * CLOCK_SECOND)

/* More than this waiting: the server does not answer anyhow. */
#define KILLS_MOST 256U

struct kill {
	TAILQ_ENTRY(kill) next;
	struct login login;
	unsigned long thread;
};

static void
kill_free(struct db_pool *pool, struct kill *entry)
{
	TAILQ_REMOVE(&pool->kills, entry, next);
	login_wipe(&entry->login);
	free(entry);
}

static void
kill_one(struct db_pool *pool, const struct kill *entry)
{
	struct connection *connection = connection_new(NULL);
	struct failure failure = {0};
	char sql[64];

	snprintf(sql, sizeof(sql), "KILL %lu", entry->thread);
	if (connection_open(
		    connection, &pool->address, &entry->login, &failure) == 0 &&
		connection_say(connection, sql, &failure) == 0)
		connection_settle(connection, &failure);
	/* That it has ended by itself meanwhile is as good. */
	if (failure.number != 0)
		log_event(LOG_DEBUG, NULL, "database.kill", "number",
			log_integer(failure.number), NULL);
	connection_close(connection);
}

static void
killer_main(void *argument)
{
	struct db_pool *pool = argument;
	struct kill *entry;

	while ((entry = TAILQ_FIRST(&pool->kills)) != NULL) {
		task_set_deadline(
			task_current(), clock_monotonic() + KILL_LIMIT);
		kill_one(pool, entry);
		kill_free(pool, entry);
	}
	pool->killer = NULL;
	pool_release(pool);
}

void
kill_start(struct db_pool *pool, const struct db_account *account,
	unsigned long thread)
{
	struct kill *entry, *other;
	unsigned waiting = 0;

	TAILQ_FOREACH (other, &pool->kills, next)
		waiting++;
	if (pool->closing || waiting >= KILLS_MOST)
		return;
	entry = memory_new(1, sizeof(*entry));
	entry->thread = thread;
	login_fill(&entry->login, account);
	TAILQ_INSERT_TAIL(&pool->kills, entry, next);
	if (pool->killer != NULL)
		return;
	pool_hold(pool);
	pool->killer = task_start(pool->loop, "db.kill",
		clock_monotonic() + KILL_LIMIT, killer_main, pool);
}

void
kill_stop(struct db_pool *pool)
{
	struct kill *entry, *next;

	/* The first one is in the killer's hands. */
	entry = TAILQ_FIRST(&pool->kills);
	if (entry != NULL && pool->killer != NULL)
		entry = TAILQ_NEXT(entry, next);
	for (; entry != NULL; entry = next) {
		next = TAILQ_NEXT(entry, next);
		kill_free(pool, entry);
	}
}

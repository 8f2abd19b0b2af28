/*
 * internal.h: the pool and its scopes, as the files of this folder see them.
 */
#ifndef MISSIOND_DB_INTERNAL_H
#define MISSIOND_DB_INTERNAL_H

#include <sys/queue.h>

#include "base/fair.h"
#include "db/connection.h"
#include "db/db.h"
#include "db/pool.h"

struct kill;
struct loop_timer;
struct map;
struct run;
struct task;

/* A scope that waits for a connection; on its task's stack. */
struct waiter {
	struct fair_item item; /* first; in its account's lane while it waits */
	TAILQ_ENTRY(waiter) next;
	const struct db_account *account;
	struct task *task;
	bool parked;
	struct connection *granted; /* what it waited for */
	struct failure failure;	    /* number not 0: will not get one */
	bool again;		    /* but with another password it might */
	bool crowded;		    /* it waited behind its own account's */
};

TAILQ_HEAD(connection_list, connection);

/*
 * An account, while it has connections or waiters. What its lane holds are the
 * connections that work for it or are being opened for it; those that are idle
 * and still logged in as it count for its cap, too, but are there for its next
 * waiter: so a lane below its cap of held ones can always be served.
 */
struct pool_lane {
	struct fair_lane turn; /* first */
	struct connection_list idle;
	unsigned idle_count;
	unsigned connecting;
	uint64_t grants; /* how many waiters got one */
	char user[LOGIN_USER_SIZE];
};

struct db_pool {
	struct loop *loop;
	struct db_address address; /* copies */
	struct db_pool_limits limits;
	struct connection_list connections[CONNECTION_STATES];
	unsigned counts[CONNECTION_STATES];
	struct map *lanes;  /* account's name → struct pool_lane */
	struct map *agreed; /* see prepared_has_agreed() */
	struct fair turns;
	TAILQ_HEAD(waiter_list, waiter) waiters; /* of all lanes */
	unsigned waiting;
	struct loop_timer *tend_timer;
	struct loop_timer *retry_timer; /* NULL: not armed */
	uint64_t switches, connects, failures, waits;
	int64_t waited;	    /* µs */
	int64_t away_since; /* 0: the server answers */
	int64_t retry_at;
	unsigned failed_in_row;
	int64_t full_until; /* the server has no room for another */
	int64_t full_told;  /* when that was logged last; 0: never */
	bool read_only;
	bool closing;
	unsigned users; /* scopes and tasks that hold the pool */
	TAILQ_HEAD(kill_list, kill) kills;
	struct task *killer;
};

/* What of the last call is told by db_failure(). */
struct db {
	struct db_pool *pool;
	const struct db_account *account;
	struct connection *connection; /* of the transaction */
	enum db_failure failure;
	unsigned failed; /* number behind `failure` */
	bool undone;	 /* the server undid the transaction (1213, 1205) */
	bool held;	 /* reads only, db_hold() */
	bool broken;	 /* the transaction's connection is lost */
};

/* pool.c */

/* Takes a connection logged in as the scope's account; NULL with the scope's
 * failure set. */
struct connection *pool_take(struct db *db);

/* Back to the pool, or closed when it is lost. */
void pool_give(struct db_pool *pool, struct connection *connection);

/* A new connection: for the lane it was opened for, if somebody waits there. */
void pool_add(struct db_pool *pool, struct connection *connection);

/* Takes it off its lists and closes it. */
void pool_discard(struct db_pool *pool, struct connection *connection);

/* Closes so many of those that nobody has used for longest. */
void pool_close_idle(struct db_pool *pool, unsigned count);

/* Serves the waiters that can be served, lane by lane. */
void pool_serve(struct db_pool *pool);

/* Ends a waiter's wait without a connection. */
void pool_refuse(struct db_pool *pool, struct waiter *waiter,
	const struct failure *failure);

void pool_hold(struct db_pool *pool);
void pool_release(struct db_pool *pool);

/* lane.c */

/* The account's lane, made when there is none. */
struct pool_lane *lane_of(struct db_pool *pool, const char *user);

/* Frees it when it has neither connections nor waiters. */
void lane_drop(struct db_pool *pool, struct pool_lane *lane);

/* Who waits longest in it; NULL: nobody. */
struct waiter *lane_waiter(const struct pool_lane *lane);

/* A new connection of a lane, or the end of one: on the lists of its state and
 * in the counts, or off them. */
void lane_enter(struct db_pool *pool, struct connection *connection,
	struct pool_lane *lane, enum connection_state state);
void lane_leave(struct db_pool *pool, struct connection *connection);

/* From where it is to a state, perhaps of another lane. */
void lane_move(struct db_pool *pool, struct connection *connection,
	struct pool_lane *lane, enum connection_state state);

/* Whether it has as many connections as it may, idle ones included. */
bool lane_is_full(const struct pool_lane *lane);

/* Its idle connection that is logged in as the account, the one used last;
 * NULL: none. */
struct connection *lane_own(
	const struct pool_lane *lane, const struct db_account *account);

/* The idle one to be taken over: that nobody has used for longest, unless the
 * lane is full: then one of its own, whatever its schema. NULL: none. */
struct connection *lane_other(
	const struct db_pool *pool, const struct pool_lane *lane);

/* connect.c */

/* Whether another connection may be opened now. */
bool connect_is_allowed(const struct db_pool *pool);

/* Whether one that is being opened takes longer than it should. */
bool connect_is_slow(const struct db_pool *pool);

/* Whether the server has been away for so long that nobody should wait. */
bool connect_is_hopeless(const struct db_pool *pool);

/* Opens a connection in a task of its own, as the lane's first waiter. */
void connect_start(struct db_pool *pool, struct pool_lane *lane);

/* kill.c */

/* Ends the session of a connection that is given up while the server still
 * works for it. */
void kill_start(struct db_pool *pool, const struct db_account *account,
	unsigned long thread);
void kill_stop(struct db_pool *pool);

/* db.c */

/* Notes a failure in the scope, logs what is a defect; returns -1. */
int scope_fail(
	struct db *db, const char *statement, const struct failure *failure);
int scope_fail_as(struct db *db, enum db_failure kind);

/* Whether a write may run; forgets the last failure. */
int scope_begin(struct db *db, enum db_kind kind);

/* Gives back a connection of the scope; when the task gave up on an answer,
 * the server is told. */
void scope_give(struct db *db, struct connection *connection);

/* Notes a failed run inside a transaction, and what it means for that. */
int scope_fail_inside(struct db *db, const struct run *run);

/*
 * Whether what failed outside a transaction may run again: the server has
 * undone it, never got it, or it only reads. Sleeps where it should.
 */
struct repetition {
	unsigned conflicts;
	bool was_lost;
};
bool scope_may_repeat(
	unsigned number, bool only_reads, struct repetition *so_far);

/* Sleeps before a repetition after a conflict; -1 when the task is over. */
int scope_back_off(unsigned attempt);

/* How often a conflict is tried again. */
#define CONFLICT_TRIES 6U

#endif

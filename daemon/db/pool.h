/*
 * pool.h: connections to one cluster, and the scopes (db.h) that borrow them.
 * A connection serves another account only after COM_CHANGE_USER; any error of
 * it closes the connection.
 *
 * How many may be at work at a time is one thing, how many may be open another:
 * one that lies idle stays logged in, with its statements prepared, for the
 * next scope of its account. An account that has none gets a new one while
 * there is room; only then, or where opening takes its time, the one that
 * nobody has used for longest is taken over. A server that has no room for
 * another (1040) is not asked for more for ten seconds; one goes on with those
 * that are open.
 *
 * Scopes of one account wait in a lane of their own (base/fair.h): a place at
 * work that comes free goes to the account that holds the fewest, among equals
 * to the one that has waited longest. An account goes on with its connection
 * for at most 2 ms while others wait, so that where they have none of their own
 * not every statement costs a log-in. One in eight places is kept for accounts
 * that hold none.
 *
 * So an account that holds none waits, at worst, for as many ends of statements
 * or transactions as there are others like it before it, and 2 ms. How long one
 * holds a connection is bounded by its request's deadline, and in practice by
 * innodb_lock_wait_timeout (5 s).
 */
#ifndef MISSIOND_DB_POOL_H
#define MISSIOND_DB_POOL_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct db;
struct db_pool;
struct error;
struct loop;

/* Where a cluster is: a Unix socket, or a numeric address and a port. */
struct db_address {
	const char *socket; /* NULL: TCP */
	const char *host;
	unsigned port;
	const char *ca_file; /* TCP only; NULL: no TLS */
};

/* Statements kept prepared on a connection; the server's
 * max_prepared_stmt_count counts those of all connections. */
#define DB_STATEMENTS_MOST 96U

struct db_pool_limits {
	unsigned connections;	   /* at work or being opened */
	unsigned idle_connections; /* that may be open besides these */
	unsigned per_account;	   /* of one account that does not say */
	unsigned connecting;	   /* connects in flight, below back_log */
	int64_t wait;		   /* longest wait for a connection, µs */
	int64_t idle;		   /* an unused connection closes after, µs */
};

/* Whom to log in as. The password is asked for at each log-in, written into
 * `password`, used and wiped: it is never kept. */
struct db_account {
	const char *user;
	const char *schema; /* NULL: none */
	void (*password)(const void *owner, char password[128]);
	/* The server did not take `password` (1045): whether password() now
	 * gives another that is worth a try. NULL: there is none. */
	bool (*denied)(const void *owner, const char *password);
	const void *owner;
	const char *log_name; /* community slug or "registry", for log lines */
	unsigned connections; /* it may hold; 0: the pool's per_account */
};

struct db_pool *db_pool_new(struct loop *loop, const struct db_address *address,
	const struct db_pool_limits *limits);

/* Closes what is idle now and the rest as it comes back; the pool must
 * outlive every scope. */
void db_pool_free(struct db_pool *pool);

/* A scope in the arena; the account's pointers must live as long. Ends with
 * the arena (db_scope_close is registered there). */
struct db *db_scope_open(struct db_pool *pool, struct arena *arena,
	const struct db_account *account);

/* From now on; what is held already stays. */
void db_pool_set_per_account(struct db_pool *pool, unsigned per_account);

/* While set, every DB_WRITE statement fails with DB_FAILURE_READ_ONLY. */
void db_pool_set_read_only(struct db_pool *pool, bool read_only);

/* Closes idle connections of an account (its password was rotated, its
 * community left). */
void db_pool_forget(struct db_pool *pool, const char *user);

struct db_pool_state {
	unsigned connections, idle, waiting;
	uint64_t switches, connects, failures;
	uint64_t waits; /* for a connection, that were not served at once */
	int64_t waited; /* together, µs */
	bool away;	/* the last attempts to connect failed */
};
void db_pool_state(const struct db_pool *pool, struct db_pool_state *state);

#endif

/*
 * connection.h: one connection to a server, logged in as one account. mysql.h
 * is only included in this folder. All functions here run in a task and end at
 * its deadline, but for connection_close() and connection_is_alive().
 *
 * Responses are read explicitly (MARIADB_OPT_SKIP_READ_RESPONSE), so that
 * several commands can be under way: connection_say() only sends, and whoever
 * next needs an answer calls connection_settle() first.
 */
#ifndef MISSIOND_DB_CONNECTION_H
#define MISSIOND_DB_CONNECTION_H

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "db/client.h"

struct db_account;
struct db_address;
struct db_pool;
struct map;
struct pool_lane;
struct prepared;
struct task;

/* Lengths of the server's identifiers, in bytes of utf8mb4. */
#define LOGIN_USER_SIZE	    129
#define LOGIN_SCHEMA_SIZE   65
#define LOGIN_PASSWORD_SIZE 128

/* A copy of an account with its password, for the length of a log-in. */
struct login {
	char user[LOGIN_USER_SIZE];
	char schema[LOGIN_SCHEMA_SIZE]; /* "": none */
	char password[LOGIN_PASSWORD_SIZE];
};
void login_fill(struct login *login, const struct db_account *account);

/* The server refused it: whether the account has another password meanwhile. */
bool login_is_outdated(const struct login *login,
	const struct db_account *account, unsigned number);
void login_wipe(struct login *login);

/* What went wrong last: the server's or the client library's number. */
struct failure {
	unsigned number;
	char text[256];
};

enum connection_state {
	CONNECTION_CONNECTING,
	CONNECTION_IDLE,
	CONNECTION_BUSY,
	CONNECTION_STATES
};

struct connection {
	TAILQ_ENTRY(connection) next; /* in its state's list of the pool */
	TAILQ_ENTRY(connection) idle; /* in its lane's list, while idle */
	enum connection_state state;
	struct task *connecting; /* who opens it */
	int64_t begun_at;	 /* when that began */
	struct pool_lane *lane;	 /* for whose cap it counts */
	MYSQL *handle;
	char user[LOGIN_USER_SIZE];	/* logged in; "": nobody for sure */
	char schema[LOGIN_SCHEMA_SIZE]; /* where; "": in none */
	unsigned long thread;		/* the server's id of it, for KILL */
	unsigned unread;		/* responses to connection_say() */
	bool in_flight; /* a command is sent and not wholly answered */
	bool lost;	/* not to be used again */
	bool forget;	/* to be closed when it comes back */
	int64_t idle_since;
	int64_t turn_until; /* so long its lane may keep it while others wait */
	TAILQ_HEAD(prepared_list, prepared) prepared; /* latest used first */
	unsigned prepared_count;
	unsigned begun;	    /* of them: their preparation is not answered */
	uint32_t sent;	    /* statements sent to be prepared, ever */
	uint32_t ahead;	    /* the server's number of the last, less `sent` */
	uint32_t freed;	    /* the last number that was made free */
	struct map *agreed; /* of the pool: see prepared_has_agreed() */
};

/* Not connected yet, and in no pool. `agreed` may be NULL where no statements
 * are prepared; else it must live as long. */
struct connection *connection_new(struct map *agreed);

/* Connects and logs in; how the session took its settings is read along with
 * the next answer, and a failure of it is that statement's. 0, or -1 with
 * `failure`; to be closed either way. */
int connection_open(struct connection *connection,
	const struct db_address *address, const struct login *login,
	struct failure *failure);

/* Whether it is logged in as the account, in the account's schema: the steward
 * has one account and works in many. */
bool connection_serves(
	const struct connection *connection, const struct db_account *account);

/*
 * Logs in as another account and drops the statements. After a failure the
 * server leaves the old account logged in: the connection is marked lost.
 */
int connection_switch(struct connection *connection, const struct login *login,
	struct failure *failure);

/* Ends it, whatever its condition; NULL is allowed. */
void connection_close(struct connection *connection);

/* Whether the server has neither said anything unasked nor gone. */
bool connection_is_alive(const struct connection *connection);

/* Sends a text without result set; its response is left to be read. */
int connection_say(struct connection *connection, const char *sql,
	struct failure *failure);

/* Reads what is unread; -1 when the server refused one of it. */
int connection_read(struct connection *connection, struct failure *failure);

/* The same for what sets up the session or the transaction. A refusal here
 * means that the session is not as it should be: the connection is marked lost.
 */
int connection_settle(struct connection *connection, struct failure *failure);

/* Notes the library's last error, and whether the connection survived it.
 * Returns -1. */
int connection_failed(struct connection *connection, struct failure *failure);

/* The same for a statement's error. */
int statement_failed(struct connection *connection, MYSQL_STMT *statement,
	struct failure *failure);

#endif

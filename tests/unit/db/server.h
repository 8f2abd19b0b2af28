/*
 * server.h: a private mariadbd for tests: in a directory of its own below
 * $TMPDIR, on a Unix socket, ended and removed by server_stop(), or when the
 * test ends without it. Meanwhile $TMPDIR is that directory. Two
 * communities' schemas and accounts are there: "communitya", "communityb", each
 * with the password "secret-" and its name.
 */
#ifndef MISSIOND_TESTS_SERVER_H
#define MISSIOND_TESTS_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "db/pool.h"

void server_start(void);
void server_stop(void);

/* Kills it (SIGKILL); starts it again on the same data. */
void server_kill(void);
void server_restart(void);

/* SIGSTOP and SIGCONT: there, but silent. */
void server_freeze(void);
void server_thaw(void);

/* Starts it again with TCP and TLS: on server_tcp, which has the certificate
 * authority's file. server_other_authority is one that it does not have. */
void server_use_tls(void);
extern struct db_address server_tcp;
extern const char *server_other_authority;

/* Runs SQL as root, outside the pool; aborts the test on an error. */
void server_sql(const char *sql);

/*
 * Runs SQL as root in a transaction that stays open, with its locks, until
 * server_let_go() commits it; meanwhile server_wait_for_waiter() returns when
 * somebody waits for such a lock, or false when nobody did for a minute.
 */
void server_hold(const char *sql);
void server_let_go(void);
bool server_wait_for_waiter(void);

/* The statements of a file below the source folder, in a schema. */
void server_script(const char *schema, const char *path);

/* What a new community's schema has. */
void server_tenant_tables(const char *schema);

/* The first column of the first row, as a number; -1 without row. */
int64_t server_number(const char *sql);

/* The first column of the first row as text, "" without row; valid until the
 * next call. */
const char *server_text(const char *sql);

extern struct db_address server_address;
extern const struct db_pool_limits server_limits;
extern const struct db_account account_a, account_b;

/* Of a registry that the test makes: user, schema "missiond_registry", password
 * "registry". */
extern const struct db_account registry_account;

/* Runs `run` in a task, and the loop until all tasks have ended. */
struct loop;
extern struct loop *server_loop;
void in_task(void (*run)(void *argument), void *argument);

#endif

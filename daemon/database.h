/*
 * database.h: the private MariaDB below the data directory: made at the first
 * start, reached over a Unix socket only, started and supervised like a child,
 * told at each start about accounts and procedures (schema/bootstrap.sql).
 */
#ifndef MISSIOND_DATABASE_H
#define MISSIOND_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "crypto/digest.h"

struct account;
struct arena;
struct buffer;
struct error;
struct settings;

/*
 * The SQL that sets up a cluster: SHARE/schema/bootstrap.sql with the passwords
 * derived from the secret. 0 or −1.
 */
int database_bootstrap_sql(const char *share,
	const unsigned char secret[DIGEST_SIZE], struct buffer *output,
	struct error *error);

/* Whether mariadbd and mariadb-install-db are there; makes the folders and, at
 * the first start, the system tables (under a second). 0 or −1. */
int database_prepare(const struct settings *settings,
	const struct account *account, struct error *error);

/* Starts it; the process id or −1. `log` gets what it prints. */
pid_t database_start(const struct settings *settings,
	const struct account *account, const unsigned char secret[DIGEST_SIZE],
	struct error *error);

/* Whether it greets on its socket: then the bootstrap SQL has run. Does not
 * wait. */
bool database_answers(const struct settings *settings);

#endif

/* failure.h: what the server's and the client library's error numbers mean. */
#ifndef MISSIOND_DB_FAILURE_H
#define MISSIOND_DB_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "db/db.h"

enum db_failure failure_kind(unsigned number);

/* The connection is not to be used after it. */
bool failure_is_loss(unsigned number);

/* The transaction was undone by the server and may be run again. */
bool failure_is_conflict(unsigned number);

/* The server went away, or ended the session, at any time. */
bool failure_is_gone(unsigned number);

/* A new connection was refused by a server that has no room for one. */
bool failure_is_full(unsigned number);

/* The account is refused, or at its own limits; others may do better. */
bool failure_is_of_account(unsigned number);

/* The password is not the account's, or the account is not there. */
bool failure_is_of_password(unsigned number);

/* Nothing was sent to the server. */
bool failure_is_unsent(unsigned number);

/* Whether the server's words can be logged: they contain names of ours, never
 * a value that somebody typed. */
bool failure_text_is_safe(unsigned number);

#endif

/*
 * statement.h: one run of a db_statement on a connection, in two halves so
 * that several runs can share a round trip.
 *
 * The first run on a connection is sent together with the preparation, before
 * its answer is known, where nothing can be lost by it: of what reads; and of
 * what writes, once the server has prepared it as its records say and when no
 * other answer is to come: that to the session's settings decides whether it
 * should run at all. Large parameters are sent when the statement is known to
 * be in order.
 */
#ifndef MISSIOND_DB_STATEMENT_H
#define MISSIOND_DB_STATEMENT_H

#include "base/record.h"
#include "db/connection.h"
#include "db/db.h"

struct run {
	const struct db_statement *statement;
	const void *parameters;
	struct arena *arena; /* for the rows; NULL: there are none */

	struct record_list rows; /* results */
	int64_t affected;

	struct prepared *prepared;
	struct failure failure; /* number 0: a defect of ours, logged */
	bool again; /* it was not run, for the server numbers in another way */
};

/* Bytes sent up to which nothing need be read meanwhile: well below a socket's
 * buffers, so that client and server never both wait to write. */
#define RUN_TOGETHER_MOST ((size_t)32 * 1024)

/* About how many bytes are sent for it. */
size_t run_bytes(const struct run *run);

/* Whether it can be sent before its statement is prepared. */
bool run_needs_no_answer(
	const struct connection *connection, const struct run *run);

/* Whether it must wait, for its statement is being prepared with another. */
bool run_must_wait(struct connection *connection, const struct run *run);

/* Sends it; 0, or -1 with run->failure. run_receive() must follow a 0. */
int run_send(struct connection *connection, struct run *run);

/* Reads the answer and all rows; 0, or -1 with run->failure or run->again: then
 * it is to be sent again when all answers have been read. */
int run_receive(struct connection *connection, struct run *run);

/* Both, one after the other, and again where that is to follow. */
int run_whole(struct connection *connection, struct run *run);

#endif

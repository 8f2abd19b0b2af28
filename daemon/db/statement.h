/*
 * statement.h: one run of a db_statement on a connection, in two halves so
 * that several runs can share a round trip.
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
};

/* Sends it; 0, or -1 with run->failure. run_receive() must follow a 0. */
int run_send(struct connection *connection, struct run *run);

/* Reads the answer and all rows; 0, or -1 with run->failure. */
int run_receive(struct connection *connection, struct run *run);

/* Both. */
int run_whole(struct connection *connection, struct run *run);

#endif

/*
 * relay.h: a socket in front of the test server (server.h), for a pool whose
 * connection is to break at an exact point. One connection at a time.
 */
#ifndef MISSIOND_TESTS_RELAY_H
#define MISSIOND_TESTS_RELAY_H

#include <stdbool.h>

#include "db/pool.h"

/* Passes on from now, to server_address, until stopped: by then whoever
 * connected must have closed. */
void relay_start(void);
void relay_stop(void);

enum relay_cut {
	RELAY_WHOLE,
	RELAY_CUT_COMMAND, /* the next one never reaches the server */
	RELAY_CUT_ANSWER   /* to the next one, which the server carries out */
};

/* Where the connection that is open ends; the next one is whole. */
void relay_cut(enum relay_cut cut);

/* The next command (1), or the one behind it (2), a statement as text, is none
 * that the server understands; what is sent behind it is as it was. */
void relay_spoil(unsigned command);

/*
 * While on, answers are kept back until the client has been silent for a
 * quarter of a second: it waits for one. How often it did since the last call
 * is what relay_trips() says.
 */
void relay_count(bool on);
unsigned relay_trips(void);

extern struct db_address relay_address;

#endif

/*
 * tickets.h: keys of TLS session tickets (RFC 5077; RFC 8446, 4.6.1), so that
 * a visitor who comes back is spared the whole handshake by whichever worker
 * takes the connection. The supervisor makes them at random, keeps them in
 * memory alone and hands them to its workers; a new one takes the place of the
 * oldest once an hour. Nothing that is on a disk or derived from the host's
 * secret opens a recorded connection later.
 */
#ifndef MISSIOND_HTTP_TICKETS_H
#define MISSIOND_HTTP_TICKETS_H

#include <stdint.h>

#include "base/clock.h"

struct ssl_ctx_st;

/* The first seals, all open: with three a ticket opens for the two intervals
 * at least that a session lasts. */
#define TICKET_KEYS	3
#define TICKET_INTERVAL CLOCK_HOUR
#define TICKET_LIFETIME (2 * CLOCK_HOUR)

struct ticket_key {
	unsigned char name[16];
	unsigned char cipher[32]; /* AES-256-CBC */
	unsigned char mac[32];	  /* HMAC-SHA256 */
};

struct tickets {
	struct ticket_key keys[TICKET_KEYS];
};

void tickets_make(struct tickets *tickets);
void tickets_rotate(struct tickets *tickets);
void tickets_wipe(struct tickets *tickets);

/* Sessions of the context are kept by the visitor, sealed. `tickets` is looked
 * at for each, and must outlive the context. 0 or −1. */
int tickets_use(struct ssl_ctx_st *context, const struct tickets *tickets);

#endif

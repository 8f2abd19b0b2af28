/*
 * address.h: mail to an address that nobody has proven to be theirs. An address
 * belongs to whoever confirms it first; until then the member who typed it is
 * "unconfirmed" and learns nothing about it. What such a member asks for is
 * mailed to the address when it is free, and when it is somebody's, its owner
 * is told instead: the same work and the same answer in both cases. Somebody
 * whose application was declined may apply again: their address counts as free,
 * and leaves the declined row when it is confirmed anew. Whoever takes it there
 * waits for an admin's word, however the account was made: else an invitation
 * or an account from before, of the same person, would get round the refusal.
 * That is known by the declined row alone, while it is there: nothing removes
 * it yet; by schema/data-map.yaml it goes three years after the application.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_ADDRESS_H
#define MISSIOND_TENANTS_ACCOUNTS_ADDRESS_H

#include <stdbool.h>

#include "tenants/accounts/links.h"

struct account;
struct db;
struct request;

/*
 * Inside a transaction: makes a link for the unconfirmed member (LINK_CONFIRM
 * or LINK_RESET) and mails it, or mails the address's owner that they are a
 * member already. Nothing is mailed when the address had too many of late. 0 or
 * -1.
 */
int address_mail(struct request *request, struct db *db,
	const struct account *member, enum link_purpose purpose);

/*
 * Makes the address of an unconfirmed member theirs, in the account's next
 * state; nothing happens to who is past it. `ret_pending`: whether that state
 * is to wait for an admin. 0 or -1: db_failure() is DB_FAILURE_DUPLICATE when
 * somebody else confirmed it before.
 */
int address_confirm(struct request *request, struct db *db,
	const struct account *member, bool *ret_pending);

/* Inside a transaction: takes the address from a member who was declined, if it
 * is one's: 1, else 0; or -1. */
int address_release(struct db *db, const char *email);

/* The answer to a link whose address somebody else has confirmed: 409. */
int address_reply_taken(struct request *request);

#endif

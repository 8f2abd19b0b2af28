/*
 * links.h: links that are mailed to a member: used once, good for a time. A
 * new link of a purpose ends the member's older ones.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_LINKS_H
#define MISSIOND_TENANTS_ACCOUNTS_LINKS_H

#include "base/clock.h"
#include "base/record.h"

struct db;
struct request;

enum link_purpose {
	LINK_CONFIRM,
	LINK_RESET,
	LINK_CLAIM /* made by the steward; it has no member */
};

#define LINK_CONFIRM_LIFETIME (3 * CLOCK_DAY)
#define LINK_RESET_LIFETIME   CLOCK_HOUR

/* For a mail; the address is in the request's arena. */
struct link {
	const char *address;
	struct timestamp until; /* TIME_NONE: for good */
};

/* Inside a transaction: makes one. 0 or -1. */
int link_make(struct request *request, struct db *db, struct uuid member,
	enum link_purpose purpose, struct link *ret_link);

/* Whose link this is (none for a claim): 1, 0 (unknown, used or expired) or
 * -1. */
int link_find(struct request *request, struct db *db, const char *token,
	enum link_purpose purpose, struct uuid *ret_member);

/* Uses it up: 1, 0 when somebody else did just now, or -1. */
int link_use(struct request *request, struct db *db, const char *token);

#endif

/* actor.h: who asks: the logged-in person of this request. */
#ifndef MISSIOND_TENANTS_ACTOR_H
#define MISSIOND_TENANTS_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "crypto/token.h"

enum member_state {
	MEMBER_UNCONFIRMED, /* address not confirmed */
	MEMBER_PENDING,	    /* confirmed, waits for approval */
	MEMBER_ACTIVE,
	MEMBER_SUSPENDED,
	MEMBER_LEFT /* erased or gone; no log-in */
};

struct actor {
	struct uuid member;
	struct uuid pseudonym; /* in the audit list; none: not asked yet */
	struct uuid session;   /* or the API token's id */
	unsigned char digest[DIGEST_SIZE]; /* of the token that came with it */
	const char *username;
	const char *name;
	enum member_state state;
	bool founder;
	unsigned scopes;	    /* enum scope; all for the founder */
	bool overruled;		    /* lost the permission while acting */
	bool terms_current;	    /* has accepted the terms now in force */
	bool by_token;		    /* API token, not a browser session */
	char csrf[TOKEN_TEXT_SIZE]; /* this session's form token */
};

/* Whether the actor (not NULL) holds every one of the scopes. */
bool actor_holds(const struct actor *actor, unsigned scopes);

#endif

/*
 * invitations.h: links that let people join: how many times, until when, and as
 * what (a member, or an admin with scopes that the inviter holds). Only the
 * SHA-256 of the token is stored; the link is shown once, when it is made.
 */
#ifndef MISSIOND_TENANTS_INVITATIONS_INVITATIONS_H
#define MISSIOND_TENANTS_INVITATIONS_INVITATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "crypto/token.h"
#include "tenants/features.h"

struct request;

extern const struct feature invitations_feature;

/* Most invitations that are shown and may be open at a time. */
#define INVITATION_LIMIT     200
#define INVITATION_USES_MOST 1000
#define INVITATION_DAYS_MOST 365

struct invitation {
	struct uuid id;
	const char *note;   /* for whom; the inviter's own words, or NULL */
	const char *scopes; /* "" for members */
	int64_t uses;	    /* how often it may be used */
	int64_t used;
	struct timestamp expires;
	struct timestamp created;
	const char *created_by; /* user name, NULL when that member left */
};
extern const struct record invitation_record;

struct invitation_draft {
	const char *note;
	unsigned scopes; /* 0: invites members */
	int64_t uses;
	int64_t days;
};

/* Open invitations, newest first (struct invitation). 0 or -1. */
int invitations_list(struct request *request, struct record_list *ret_list);

/*
 * Makes one; `ret_path` gets "/join/<token>" in the request's arena. Refused
 * (1) for scopes the actor does not hold and beyond INVITATION_LIMIT.
 */
int invitation_make(struct request *request,
	const struct invitation_draft *draft, struct uuid *ret_id,
	const char **ret_path, const char **ret_reason);

/*
 * Ends it at once. 1 when there is no such open invitation (no reason is
 * given), or it gives scopes that the actor does not hold (with a reason).
 */
int invitation_withdraw(
	struct request *request, struct uuid id, const char **ret_reason);

/*
 * Whether a token is of an open invitation: 1 and the row, 0, or -1. For the
 * join page.
 */
int invitation_find(struct request *request, const char *token,
	struct invitation *ret_invitation);

/*
 * Uses an invitation up by one for a member who joins, inside the caller's
 * transaction, and appoints the member when the invitation is for admins, its
 * maker still holds those scopes and there is room for one more admin. 1 when
 * it is no longer open, else 0 or -1.
 */
int invitation_accept(
	struct request *request, const char *token, struct uuid member);

#endif

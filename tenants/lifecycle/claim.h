/*
 * claim.h: the link by which the founder takes over a community
 * (tenants/accounts/claim.h): made when it is provisioned, and again on demand.
 * Of the token only the SHA-256 is stored; the link itself is in the mail that
 * waits in the community's outbox, and in the answer to the operator.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_CLAIM_H
#define MISSIOND_TENANTS_LIFECYCLE_CLAIM_H

#include <stdbool.h>

#include "base/record.h"

struct arena;
struct batch;
struct control_community;
struct db;
struct error;
struct lifecycle_settings;
struct page;
struct work_community;

/* Days that a claim link is good for. */
#define CLAIM_LINK_DAYS 14

extern const struct page mail_claim_link;

/*
 * A link and its mail to the founder, not written yet. Drawn again for the same
 * job they have the same ids, so that there is one of each however often. Lives
 * in the arena.
 */
struct claim_draft;
struct claim_draft *claim_draw(
	struct work_community *community, struct arena *arena, struct uuid job);

/* Whether there is a founder, or this link already: then nothing is to be
 * written. Under the community's account. 1, 0 or -1. */
int claim_is_made(struct db *db, const struct claim_draft *draft);

/* Writes them and ends older links, in the transaction in which it was asked
 * whether they are made; DB_FAILURE_DUPLICATE when a twin puts them in just
 * now. The caller moves the epoch. 0 or -1. */
int claim_add(struct batch *batch, const struct claim_draft *draft);

/*
 * How far the claim of an active community is: "claimed", "open" (a link is
 * good, until `open_until`) or "lapsed" (none is: make a new one). It is asked
 * under the community's account and tells nothing of the founder. 0; 1 when it
 * cannot be told (not active, or its account does not get in).
 */
struct claim_standing {
	const char *word;
	struct timestamp open_until;
};
int claim_standing(const struct lifecycle_settings *settings,
	struct arena *arena, const struct control_community *row,
	struct claim_standing *ret_standing);

/*
 * Makes a new link, ends the older ones, and tells the host's audit list who
 * asked. With `mail` it is mailed to the founder too. 0 and the link; 1 refused
 * with a text (no such community, not provisioned yet, there is a founder); -1.
 * `control` is a scope of missiond_control.
 */
struct claim_order {
	const char *slug;
	const char *operator;
	bool mail;
};
int claim_link(const struct lifecycle_settings *settings, struct db *control,
	struct arena *arena, const struct claim_order *order,
	const char **ret_link, struct error *refusal);

#endif

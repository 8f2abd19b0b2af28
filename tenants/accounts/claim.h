/*
 * claim.h: becoming the founder. The steward mails a claim link to the client's
 * founder (config.h); who opens it first makes the founder's account, or, when
 * logged in, becomes founder with the account that is there. A community has
 * one founder.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_CLAIM_H
#define MISSIOND_TENANTS_ACCOUNTS_CLAIM_H

struct join_input;
struct page;
struct request;
struct session_draft;

extern const struct page claim_page;

/* Whether the link is good: 1, 0 or -1. */
int claim_find(struct request *request, const char *token);

/* The link no longer works. */
#define CLAIM_LINK_DEAD 2

/*
 * Makes the founder's account with the address that the link was mailed to; it
 * needs no confirmation. The input is join_form_read()'s. `session` is begun
 * with it, or NULL. 0; 1 after form_fail(); CLAIM_LINK_DEAD; −1.
 */
int claim_new(struct request *request, const char *token,
	const struct join_input *input, const struct session_draft *session);

/* Makes the actor, an active member, the founder. 0, CLAIM_LINK_DEAD or −1. */
int claim_own(struct request *request, const char *token);

/* GET and POST /claim/{token}, POST /claim/{token}/own */
int claim_page_show(struct request *request);
int claim_page_send(struct request *request);
int claim_page_send_own(struct request *request);

/* POST /api/v1/claims/{token}, with bearer token …/own */
int claim_api(struct request *request);
int claim_api_own(struct request *request);

#endif

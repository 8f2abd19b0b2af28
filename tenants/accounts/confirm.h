/* confirm.h: confirming an e-mail address. The link shows a page with a button:
 * a mail scanner that opens every link uses nothing up. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_CONFIRM_H
#define MISSIOND_TENANTS_ACCOUNTS_CONFIRM_H

#include <stdbool.h>

struct page;
struct request;

extern const struct page confirm_page;
extern const struct page unconfirmed_page;

/*
 * Uses the link up and confirms its member's address. 0 done; *ret_pending says
 * whether an admin must approve the member now. 1: the link is used, expired or
 * unknown. 2: somebody else confirmed the address before. −1.
 */
int confirm(struct request *request, const char *token, bool *ret_pending);

/* Mails the actor, who is unconfirmed, a new link (address.h). 0 or -1. */
int confirm_again(struct request *request);

/* GET and POST /confirm/{token} */
int confirm_page_show(struct request *request);
int confirm_page_send(struct request *request);

/* GET and POST /confirm: for those who are logged in and unconfirmed. */
int unconfirmed_page_show(struct request *request);
int unconfirmed_page_send(struct request *request);

/* POST /api/v1/confirmations/{token}, /api/v1/account/confirmation */
int confirm_api(struct request *request);
int confirm_again_api(struct request *request);

#endif

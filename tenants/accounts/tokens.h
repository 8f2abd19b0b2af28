/* tokens.h: access tokens for the JSON API. A token is shown once, when it is
 * made; its SHA-256 is stored. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_TOKENS_H
#define MISSIOND_TENANTS_ACCOUNTS_TOKENS_H

#include "base/record.h"

struct page;
struct request;

/* A member has so many at most. */
#define TOKENS_MOST 20

extern const struct page tokens_page;

/* The actor's tokens (struct token_row), newest first. 0 or -1. */
int tokens_list(struct request *request, struct record_list *ret_tokens);

/* Makes one for the member, good for `days`; 0 and the token, 1 after
 * form_fail() when there are too many, or −1. */
int token_make(struct request *request, struct uuid member, const char *name,
	int64_t days, struct uuid *ret_id, const char **ret_token);

/* Ends one of the actor's: 1, 0 (no such) or -1. */
int token_end(struct request *request, struct uuid token);

/* GET and POST /account/tokens, POST /account/tokens/{id}/end */
int tokens_page_show(struct request *request);
int tokens_page_make(struct request *request);
int tokens_page_end(struct request *request);

/*
 * POST /api/v1/tokens (with name and password: a program's log-in; a token
 * cannot make further ones), GET /api/v1/account/tokens, DELETE …/{id}
 */
int tokens_api_log_in(struct request *request);
int tokens_api_list(struct request *request);
int tokens_api_end(struct request *request);

#endif

/* tokens.h: access tokens for the JSON API. A token is shown once, when it is
 * made; its SHA-256 is stored. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_TOKENS_H
#define MISSIOND_TENANTS_ACCOUNTS_TOKENS_H

#include "base/record.h"

struct db;
struct page;
struct request;

/* A member has so many at most. */
#define TOKENS_MOST 20

extern const struct page tokens_page;

/* The actor's tokens (struct token_row), newest first. 0 or -1. */
int tokens_list(struct request *request, struct record_list *ret_tokens);

/* A token to be made. */
struct token_draft {
	struct uuid id;
	const char *token;
	const char *name;
	int64_t days; /* it is good for */
};

/* A fresh id and token, in the request's arena. */
void token_draft(struct request *request, const char *name, int64_t days,
	struct token_draft *draft);

/* Inside a transaction: stores it for the member. 0, 1 after form_fail() when
 * there are too many, or −1. */
int token_insert(struct request *request, struct db *db, struct uuid member,
	const struct token_draft *draft);

/* The same for the actor, in a transaction of its own. */
int token_make(struct request *request, const struct token_draft *draft);

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

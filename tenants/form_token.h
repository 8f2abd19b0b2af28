/*
 * form_token.h: the token every state-changing form carries against forgery
 * from other sites (sibling communities on one parent domain are same-site, so
 * SameSite does not separate them). It is an HMAC, bound to the community and
 * to the session, or, for visitors who are not logged in, to a random cookie.
 */
#ifndef MISSIOND_TENANTS_FORM_TOKEN_H
#define MISSIOND_TENANTS_FORM_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/token.h"

struct request;

/* The visitor's cookie; lives as long as the browser runs. */
#define FORM_TOKEN_COOKIE "form"

/* The token bound to `secret` (a session's digest, a cookie's value). */
void form_token_of(struct request *request, const void *secret, size_t length,
	char token[TOKEN_TEXT_SIZE]);

/* This request's token for the forms of the page to be shown, in the arena;
 * sends an anonymous visitor the cookie when one is needed. */
const char *form_token_show(struct request *request);

/*
 * Who fills a form in, as its hidden field "author" says: the same for all of a
 * member's sessions, worth nothing to anybody else and not to be told from
 * another's. "" for a visitor. In the arena.
 */
const char *form_author(struct request *request);

/* Whether the form that was sent is the actor's own: visitors' forms are
 * anybody's. */
bool form_author_check(struct request *request);

/* Whether the body's "csrf" is this visitor's token; in constant time. */
bool form_token_check(struct request *request);

#endif

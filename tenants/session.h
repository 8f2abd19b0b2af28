/*
 * session.h: browsers that are logged in, and API tokens. Only the SHA-256 of
 * a token is stored. A session ends when it is unused for the service's
 * session_idle, at session_lifetime after its log-in, or when it is ended; each
 * log-in makes a new one, so that a token planted before is worth nothing
 * after.
 */
#ifndef MISSIOND_TENANTS_SESSION_H
#define MISSIOND_TENANTS_SESSION_H

#include <stddef.h>

#include "base/clock.h"
#include "base/record.h"
#include "crypto/token.h"
#include "tenants/actor.h"

struct community;
struct db;
struct db_query;
struct request;

#define SESSION_COOKIE "session"

/* seen_at is written at most this often. */
#define SESSION_SEEN_INTERVAL (5 * CLOCK_MINUTE)

/* A session to be begun: its token goes to the browser. */
struct session_draft {
	struct uuid id;
	char token[TOKEN_TEXT_SIZE];
};

/* A fresh id and token. */
void session_draft(struct session_draft *draft);

/*
 * Inside a transaction: the statements that store the session, count the
 * log-in (P5) and end the session whose cookie came with this request, if any;
 * SESSION_ACTS at most, into `acts`. Returns how many. Does not wait.
 */
#define SESSION_ACTS 3
size_t session_begin(struct request *request, const struct session_draft *draft,
	struct uuid member, struct db_query *acts);

/* The same, carried out. 0 or -1. */
int session_insert(struct request *request, struct db *db,
	const struct session_draft *draft, struct uuid member);

/* Inside a transaction: the request's session goes on under the draft's token;
 * the old one is worth nothing. 0 or -1. */
int session_renew(struct request *request, struct db *db,
	const struct session_draft *draft);

/* After the commit: sends the cookie. */
void session_send(struct request *request, const struct session_draft *draft);

/* The request goes on as one of the session just begun. 0 or -1. */
int session_enter(struct request *request, const struct session_draft *draft);

/* Ends the request's session and takes its cookie away. 0 or -1. */
int session_end(struct request *request);

/*
 * Who asks: fills request->actor from the bearer token (API routes) or from
 * the session cookie (all others); leaves NULL for an anonymous visitor, a
 * token unknown or expired. Moves seen_at. 0 or -1.
 */
int session_find(struct request *request);

/* A member's state as its column says it; MEMBER_LEFT for who may not log in.
 */
enum member_state session_member_state(const char *word);

/*
 * Inside a transaction: the question for the actor's (not NULL) state and
 * scopes as they are now, whether the session goes on, and whether the terms of
 * `community` (a snapshot younger than the request's, perhaps) are accepted;
 * all of that is kept as it is until the transaction's end. Does not wait.
 */
struct db_query session_standing(
	struct request *request, const struct community *community);

/* Takes its answer: the actor is updated; of somebody who is gone or logged out
 * the state is MEMBER_LEFT. Does not wait. */
void session_stand(struct actor *actor, const struct db_query *answer);

#endif

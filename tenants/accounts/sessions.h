/* sessions.h: where a member is logged in, and ending that. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_SESSIONS_H
#define MISSIOND_TENANTS_ACCOUNTS_SESSIONS_H

#include "base/record.h"

struct page;
struct request;

/* The latest; a member with more ends the others all at once. */
#define SESSIONS_SHOWN 100

extern const struct page sessions_page;

/* The actor's sessions (struct session_row), the last used first. 0 or -1. */
int sessions_list(struct request *request, struct record_list *ret_sessions);

/* Ends one of the actor's sessions: 1, 0 (no such) or -1. */
int sessions_end_one(struct request *request, struct uuid session);

/* Ends all but the actor's present one. 0 or -1. */
int sessions_end_others(struct request *request);

/* GET /account/sessions, POST /account/sessions/{id}/end and …/end-others */
int sessions_page_show(struct request *request);
int sessions_page_end(struct request *request);
int sessions_page_end_others(struct request *request);

/* GET and DELETE /api/v1/account/sessions, DELETE …/{id} */
int sessions_api_list(struct request *request);
int sessions_api_end_all(struct request *request);
int sessions_api_end(struct request *request);

#endif

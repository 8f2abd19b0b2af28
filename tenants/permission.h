/* permission.h: who may use a route. The whole matrix is tested. */
#ifndef MISSIOND_TENANTS_PERMISSION_H
#define MISSIOND_TENANTS_PERMISSION_H

#include <stdbool.h>

struct actor;
struct community;
struct request;

enum permission {
	PERMIT_ANYONE,
	/* Reading the community's contents: anyone where the community is
	 * readable by visitors, else members. */
	PERMIT_READER,
	/* Only those who are not logged in (join, log-in); others are sent
	   home. */
	PERMIT_VISITOR,
	/* Anyone logged in, also unconfirmed, pending or before the terms. */
	PERMIT_SIGNED_IN,
	/* An active member: confirmed, approved, not suspended, terms accepted.
	 */
	PERMIT_MEMBER,
	/* Active members who hold a scope (the founder holds all). */
	PERMIT_SCOPE_MEMBERS,
	PERMIT_SCOPE_CONTENT,
	PERMIT_SCOPE_SETTINGS,
	PERMIT_SCOPE_HANDOVER,
	PERMIT_SCOPE_LEGAL,
	/* The founder or any admin, whatever the scopes. */
	PERMIT_STAFF,
	PERMIT_FOUNDER
};

/* Scopes of an appointment; a bit each, stored as a SET column. */
enum scope {
	SCOPE_MEMBERS = 1,
	SCOPE_CONTENT = 2,
	SCOPE_SETTINGS = 4,
	SCOPE_HANDOVER = 8,
	SCOPE_LEGAL = 16
};
#define SCOPE_ALL 31U

enum verdict {
	VERDICT_ALLOWED,
	VERDICT_LOG_IN,	 /* 401, pages: to the log-in page */
	VERDICT_CONFIRM, /* e-mail not confirmed yet */
	VERDICT_PENDING, /* waits for approval */
	VERDICT_SUSPENDED,
	VERDICT_TERMS,	   /* must accept the current terms first */
	VERDICT_FORBIDDEN, /* 403 */
	VERDICT_ALREADY_IN /* PERMIT_VISITOR and logged in */
};

/* A pure rule; `before_terms` is the route's flag. `actor` NULL: anonymous. */
enum verdict permission_decide(enum permission permission, bool before_terms,
	const struct community *community, const struct actor *actor);

/* The same, of a request: its route and its actor. */
enum verdict permission_of(const struct request *request);

#endif

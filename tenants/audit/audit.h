/*
 * audit.h: the community's append-only list of who did what, on whom, when and
 * from where. Founder and admins read it. The row is written in the same
 * transaction as the act. It names people by a pseudonym that goes with their
 * member row; address and details stand apart, where erasure can empty them.
 */
#ifndef MISSIOND_TENANTS_AUDIT_AUDIT_H
#define MISSIOND_TENANTS_AUDIT_AUDIT_H

#include "base/record.h"

struct db;
struct request;

struct audit_event {
	const char *action;  /* "appointment.granted", see audit/actions.c */
	struct uuid subject; /* member or thing acted on, or UUID_NONE */
	const char *details; /* words for the details table, or NULL */
};

/* Appends on behalf of the request's actor, from its address; call inside the
 * transaction. 0 or -1. */
int audit_append(struct request *request, struct db *db,
	const struct audit_event *event);

#endif

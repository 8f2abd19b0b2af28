/*
 * list.h: the audit list as founder and admins read it, acts of office and acts
 * of members apart: newest first, page by page before a sequence number, so
 * that new rows do not shift the pages.
 */
#ifndef MISSIOND_TENANTS_AUDIT_LIST_H
#define MISSIOND_TENANTS_AUDIT_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/features.h"

struct request;

extern const struct feature audit_feature;

#define AUDIT_PER_PAGE 50

struct audit_entry {
	int64_t sequence;
	struct uuid id;
	struct timestamp at;
	const char *actor;	/* user name; NULL: not logged in, or gone */
	const char *actor_name; /* or NULL */
	const char *action;
	/* member or thing acted on, or none; a pseudonym when erased */
	struct uuid subject;
	const char *subject_name; /* a member's; or NULL */
	const char *subject_username;
	const char *address; /* NULL: erased */
	const char *details; /* NULL: none, or erased */
};

/*
 * A page of entries, of acts of office or of those of members, below the
 * sequence number `before` (INT64_MAX: the newest). 0 or -1.
 */
int audit_list(struct request *request, bool office, int64_t before,
	struct record_list *ret_entries, bool *ret_more);

/* The query parameter "before": INT64_MAX when absent, 0 when it is not a
 * number (answer 404). */
int64_t audit_before(const struct request *request);

#endif

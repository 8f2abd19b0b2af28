/*
 * members.h: what admins with the scope "members" see and do: find members,
 * suspend and readmit them, and answer those who asked to join where the
 * community approves each one.
 */
#ifndef MISSIOND_TENANTS_MEMBERS_MEMBERS_H
#define MISSIOND_TENANTS_MEMBERS_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/features.h"

struct request;

extern const struct feature members_feature;

#define MEMBERS_PER_PAGE 25

struct member_row {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *state; /* "active", "suspended", … */
	bool founder;
	const char *scopes; /* NULL: not an admin */
	struct timestamp joined;
	struct timestamp last_login; /* none: never */
};
extern const struct record member_row_record;

/*
 * One page of members in order of user name, those whose user name, e-mail
 * address or a word of whose name begins with `search` ("" for all) and whose
 * state is `state` (NULL for all but those who left). `ret_more` says whether a
 * further page exists. 0 or -1.
 */
int members_search(struct request *request, const char *search,
	const char *state, int64_t page, struct record_list *ret_members,
	bool *ret_more);

/* One of them: 1, 0 or -1. */
int members_find(
	struct request *request, struct uuid id, struct member_row *ret_member);

struct application {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *message; /* their own words, or NULL */
	struct timestamp joined;
	struct timestamp declined; /* an earlier one of this address, or none */
	const char *declined_by;   /* user name, or NULL */
};
extern const struct record application_record;

/* Those who confirmed their address and wait, oldest first. 0 or -1. */
int applications_list(struct request *request, int64_t page,
	struct record_list *ret_applications, bool *ret_more);

/* How many wait. 0 or -1. */
int applications_count(struct request *request, int64_t *ret_count);

/*
 * The four acts. 0 done (in the audit list, the member told by mail), 1
 * refused with an N_() text, −1. Nobody suspends the founder, themselves, or
 * an admin who holds a scope that the actor does not.
 */
int member_suspend(struct request *request, struct uuid member,
	const char *reason, const char **ret_refusal);
int member_readmit(
	struct request *request, struct uuid member, const char **ret_refusal);
int application_approve(
	struct request *request, struct uuid member, const char **ret_refusal);
int application_decline(
	struct request *request, struct uuid member, const char **ret_refusal);

#endif

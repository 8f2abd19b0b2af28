/*
 * roles.h: appointments. The founder, and admins within what they hold
 * themselves, appoint an active member as admin with scopes, change the scopes
 * and take the appointment back. The founder's own role is not an appointment
 * and cannot be taken away here.
 */
#ifndef MISSIOND_TENANTS_ROLES_ROLES_H
#define MISSIOND_TENANTS_ROLES_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/record.h"
#include "tenants/features.h"

struct actor;
struct db;
struct request;

extern const struct feature roles_feature;

/* Most admins of one community: bounds the page and the API's list. */
#define ROLES_ADMIN_LIMIT 200

struct administrator {
	struct uuid member;
	const char *username;
	const char *name;
	const char *scopes; /* "members,content" */
	struct timestamp since;
	const char *appointed_by; /* user name, NULL when that member left */
};
extern const struct record administrator_record;

/* All admins in order of appointment (struct administrator). 0 or -1. */
int roles_list(struct request *request, struct record_list *ret_admins);

/*
 * Makes an active member admin with these scopes, or replaces the scopes.
 * Refused (1, with an N_() text) for the founder, for somebody who is not an
 * active member, for no scope at all, and for scopes, old or new, that the
 * actor does not hold.
 */
int roles_appoint(struct request *request, const char *username,
	unsigned scopes, const char **ret_reason);

/*
 * Takes the appointment back. Refused where there is none, or where it holds a
 * scope that the actor does not; everyone may give back their own.
 */
int roles_withdraw(
	struct request *request, struct uuid member, const char **ret_reason);

/* Inside a transaction: whether there are ROLES_ADMIN_LIMIT admins, which does
 * not change until its end. 1, 0 or -1. */
int roles_are_full(struct request *request, struct db *db);

/*
 * Appoints within a transaction of the caller, which has checked who may: an
 * invitation for admins was accepted. `by` is the inviter. 0 or -1.
 */
int roles_grant(struct request *request, struct uuid member, unsigned scopes,
	struct uuid by);

/* The pure rule: whether the actor may give or take away these scopes. */
bool roles_may_pass(const struct actor *actor, unsigned scopes);

#endif

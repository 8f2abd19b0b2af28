/*
 * visibility.h: who may see a voluntary detail (P3). The one rule for every
 * face: page, API, search, export.
 */
#ifndef MISSIOND_TENANTS_PROFILES_VISIBILITY_H
#define MISSIOND_TENANTS_PROFILES_VISIBILITY_H

#include <stdbool.h>

/* What the asker is to the member, from far to near. */
enum relation {
	RELATION_VISITOR,
	RELATION_MEMBER,      /* an active member of the community */
	RELATION_COUNTERPART, /* customer or provider in a common mission */
	RELATION_SELF
};

/* `visibility` is the column's value: "public", "members", "counterparts",
 * "self". What is none of these nobody but the member sees. No role sees more:
 * an admin is a member here. */
bool visibility_allows(const char *visibility, enum relation relation);

#endif

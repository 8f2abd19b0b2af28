/*
 * profiles.h: members as others see them, and as they describe themselves (P3,
 * P5). What the asker may not see is dropped when it is read, before any page
 * or document gets hold of it.
 */
#ifndef MISSIOND_TENANTS_PROFILES_PROFILES_H
#define MISSIOND_TENANTS_PROFILES_PROFILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/features.h"
#include "tenants/profiles/visibility.h"

struct request;

extern const struct feature profiles_feature;

/* A profile, cut to what the asker may see; NULL and none for the rest. */
struct profile {
	struct uuid id;
	const char *username;
	const char *name;
	struct timestamp joined;
	enum relation relation; /* of the asker */

	const char *phone;
	const char *phone_visibility;
	const char *address;
	const char *address_visibility;
	const char *description; /* Markdown */
	const char *description_visibility;

	/* The member's own only. */
	const char *email;
	const char *language;
	int64_t login_count;
	struct timestamp last_login;
};

/* By user name: 1, 0 (no active member of that name) or -1. */
int profile_find(struct request *request, const char *username,
	struct profile *ret_profile);

/* The asker's own: 1 or -1. */
int profile_own(struct request *request, struct profile *ret_profile);

/* What a member says of themselves: the form's and the API's fields. */
struct profile_input {
	const char *name;
	const char *language;
	const char *phone;
	const char *phone_visibility;
	const char *address;
	const char *address_visibility;
	const char *description;
	const char *description_visibility;
};

/* Saves the asker's own; an absent detail is erased. 0 or -1. */
int profile_edit(struct request *request, const struct profile_input *input);

#endif

/*
 * community.h: a community as a worker sees it: an immutable, reference-counted
 * snapshot of its registry row, its applied configuration and its settings.
 * A newer epoch makes a new snapshot; requests keep the one they began with.
 */
#ifndef MISSIOND_TENANTS_COMMUNITY_H
#define MISSIOND_TENANTS_COMMUNITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "base/uuid.h"
#include "tenants/config.h"
#include "tenants/limits.h"
#include "text/catalogue.h"

struct db_account;
struct db_pool;
struct zone;

enum community_state {
	COMMUNITY_PENDING,
	COMMUNITY_ACTIVE,
	COMMUNITY_SUSPENDED,
	COMMUNITY_ARCHIVED,
	COMMUNITY_PURGE_SCHEDULED,
	COMMUNITY_PURGED
};

/* What founder and admins decide, from the community's own schema. */
struct community_settings {
	const char *name;
	const char *description; /* Markdown */
	const char *colour;	 /* "#rrggbb", the accent */
	const char *tagline;
	struct timestamp changed;
};

struct community {
	struct uuid id;
	char key[UUID_TEXT_SIZE];
	char schema[64]; /* "community" and the key; also the account */
	const char *slug;
	int64_t generation; /* of the account's password */
	int64_t schema_version;
	enum community_state state;
	const struct tenant_config *config;
	struct community_settings settings;
	const char *terms_version; /* of the terms now in force */
	/* Of the terms' body as shown in each language: that language's text,
	 * else the one in the community's own language, else the first. */
	unsigned char terms_sha256[LANGUAGE_COUNT][32];
	unsigned languages; /* bit per enum language */
	/* config->time_zone as it was when this was read; NULL when the machine
	 * has it no more: then times are shown in UTC. */
	const struct zone *zone;
	struct limits limits; /* its own */
	uint64_t epoch;	      /* at which this was read */
	struct db_pool *pool;
	const struct db_account *account;
};

const struct community *community_hold(const struct community *community);
void community_drop(const struct community *community);

/* Whether visitors may read listings and profiles. */
bool community_is_public(const struct community *community);

/* Whether its pages are to be had in the language. */
bool community_speaks(
	const struct community *community, enum language language);

#endif

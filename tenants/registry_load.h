/* registry_load.h: one community from the database into a snapshot; for
 * registry.c. */
#ifndef MISSIOND_TENANTS_REGISTRY_LOAD_H
#define MISSIOND_TENANTS_REGISTRY_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"

struct community;
struct db_account;
struct db_pool;
struct epoch_table;

struct registry_loader {
	struct db_pool *pool;
	const struct db_account *account; /* the registry's */
	const unsigned char *tenant_key;
	struct epoch_table *epochs;
	int64_t schema_oldest, schema_newest;
};

/* A host name and its community as the registry has them. */
struct registry_row {
	const char *domain; /* the host name */
	struct uuid id;
	const char *slug;
	const char *key;
	const char *state;
	int64_t generation;
	int64_t schema_version;
	const char *configuration;
};

extern const struct record registry_row_record;

/* Those of host names; what follows says which. */
#define REGISTRY_SELECT                                                        \
	"SELECT domain.domain, community.id, community.slug,\n"                \
	"	community.`key`, community.state, community.generation,\n"           \
	"	community.schema_version, community.configuration\n"                 \
	"FROM domain\n"                                                        \
	"JOIN community ON community.id = domain.community\n"

/* What is known of a host name: the row, when it is no older than the epoch;
 * else nothing but whose it was just now or before (row.id). */
struct registry_found {
	struct registry_row row;
	uint64_t epoch; /* epoch_settings() */
	bool current;
};

/* 1 and a snapshot that the caller holds, 0 when no community has this host,
 * −1 when the database failed. `known` saves a query when it is current, and
 * another when the host is still whose it was. Waits. */
int registry_load(const struct registry_loader *loader, const char *host,
	const struct registry_found *known,
	const struct community **ret_community);

#endif

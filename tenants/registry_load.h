/* registry_load.h: one community from the database into a snapshot; for
 * registry.c. */
#ifndef MISSIOND_TENANTS_REGISTRY_LOAD_H
#define MISSIOND_TENANTS_REGISTRY_LOAD_H

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

/* 1 and a snapshot that the caller holds, 0 when no community has this host,
 * −1 when the database failed. `expected` is whose host it was just now or
 * before: one query is saved when it still is. Waits. */
int registry_load(const struct registry_loader *loader, const char *host,
	struct uuid expected, const struct community **ret_community);

#endif

/*
 * registry.h: which community a host name is. Nothing is read at start:
 * a community is read when it is first asked for, kept as a snapshot
 * (community.h), read again when its settings epoch moved, and dropped when
 * nobody asked for it for a while. A host name that is nobody's is remembered
 * for two seconds: so long a community that is founded meanwhile may not be
 * seen by who asked before. Of these a thousand are remembered at most, and
 * names that are not known are asked for in a lane of their own
 * (registry_names.h): a flood of made-up names costs those who have a community
 * nothing.
 */
#ifndef MISSIOND_TENANTS_REGISTRY_H
#define MISSIOND_TENANTS_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

struct community;
struct db_account;
struct db_pool;
struct db_statement;
struct epoch_table;
struct loop;
struct registry;
struct request;

struct registry_setting {
	struct loop *loop;
	struct db_pool *pool; /* of the cluster */
	/* missiond_registry's account, in its schema of views */
	const struct db_account *account;
	struct epoch_table *epochs;
	/* "missiond tenant passwords" */
	const unsigned char *subkey;
	/* Schema versions whose settings can be read */
	int64_t schema_oldest, schema_newest;
};

/* The setting's pointers must outlive the registry. */
struct registry *registry_new(const struct registry_setting *setting);

/* Held snapshots live on until they are dropped. */
void registry_free(struct registry *registry);

/*
 * The community of a host name (lower case, without port): 1 and a snapshot
 * that the caller drops, 0 when there is none, -1 when the database cannot be
 * asked and there is no snapshot still good. Waits; the request's arena and log
 * context are used.
 */
int registry_find(struct registry *registry, struct request *request,
	const char *host, const struct community **ret_community);

/* How many host names are remembered, also those that are nobody's. */
size_t registry_remembered(const struct registry *registry);

/* How many requests wait to learn whether somebody has their host name. */
unsigned registry_waiting(const struct registry *registry);

/* For tests: the first two run as missiond_registry, the third as a community;
 * ends with NULL. */
extern const struct db_statement *const registry_statements[];

#endif

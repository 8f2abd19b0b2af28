/*
 * registry.h: which community a host name is. Nothing is read at start:
 * a community is read when it is first asked for, kept as a snapshot
 * (community.h), read again when its settings epoch moved, and dropped when
 * nobody asked for it for a while. A host name that is nobody's is remembered
 * for some seconds, so that it costs no query each time.
 */
#ifndef MISSIOND_TENANTS_REGISTRY_H
#define MISSIOND_TENANTS_REGISTRY_H

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

/* For tests: the first runs as missiond_registry, the second as a community;
 * ends with NULL. */
extern const struct db_statement *const registry_statements[];

#endif

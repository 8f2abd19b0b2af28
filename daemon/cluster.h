/* cluster.h: missiond.yaml's word on the database, as db/pool.h wants it. */
#ifndef MISSIOND_CLUSTER_H
#define MISSIOND_CLUSTER_H

struct arena;
struct child;
struct db_account;
struct db_pool;

/* A pool to the one cluster, with so many connections that may be open besides
 * those at work; its address lives as long as the process. */
struct db_pool *cluster_pool(struct child *child, unsigned idle_connections);

/* The accounts of the roles; the child must outlive them. */
void cluster_registry_account(
	const struct child *child, struct db_account *account);
void cluster_steward_account(
	const struct child *child, struct db_account *account);

#endif

/*
 * registry_names.h: which of the host names that nobody here has heard of are
 * communities', and of these the registry's rows; for registry.c. Visitors can
 * make up names: so these are asked for together, by one query at a time, and
 * never in the way of communities that are known. Who asks for a new community
 * waits for the query under way and for one of each sixteen names that came
 * before.
 */
#ifndef MISSIOND_TENANTS_REGISTRY_NAMES_H
#define MISSIOND_TENANTS_REGISTRY_NAMES_H

struct arena;
struct db_statement;
struct loop;
struct registry_found;
struct registry_loader;
struct registry_names;

/* The loader outlives it. */
struct registry_names *registry_names_new(
	struct loop *loop, const struct registry_loader *loader);

/* Nobody may wait; NULL is allowed. */
void registry_names_free(struct registry_names *names);

/* Whether some community has the host name: 1 and which, with its row in the
 * arena if nothing moved meanwhile; 0; or −1 when the database cannot be asked,
 * when too many ask, or when the task is over. Waits. */
int registry_names_find(struct registry_names *names, const char *host,
	struct arena *arena, struct registry_found *ret_found);

/* How many wait to be asked for. */
unsigned registry_names_waiting(const struct registry_names *names);

extern const struct db_statement registry_names_statement;

#endif

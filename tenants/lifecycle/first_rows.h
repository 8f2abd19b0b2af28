/* first_rows.h: what a community's own tables hold of its configuration. Under
 * its own account; all functions wait and return 0 or -1. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_FIRST_ROWS_H
#define MISSIOND_TENANTS_LIFECYCLE_FIRST_ROWS_H

struct arena;
struct batch;
struct control_before;
struct db;
struct tenant_config;

/* The settings row, unless there is one, and the legal texts. */
int first_rows_add(struct batch *batch, struct arena *arena,
	const struct tenant_config *config);

/* Has the server open the tables that a new community begins with, and find
 * room for its legal texts in their file: both would wait for the disk then. No
 * row stays. Of an empty schema. */
int first_rows_prepare(struct db *db);

/* The legal texts, and of the settings what the founder may not change or has
 * left as `before` says. */
int first_rows_follow(struct db *db, struct arena *arena,
	const struct tenant_config *config,
	const struct control_before *before);

#endif

/*
 * plan.h: what applying YAML files would change: each file against the
 * registry. Nothing is written. A file whose bytes are those that were applied
 * is known by its SHA-256; where the files are all there are, it is not even
 * parsed.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_PLAN_H
#define MISSIOND_TENANTS_LIFECYCLE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "conf/node.h"

struct arena;
struct db;
struct tenant_config;

/* As missionctl sends it. */
struct plan_file {
	const char *name; /* as the operator wrote it: errors begin with it */
	const char *path; /* absolute; NULL where there is none */
	const char *text;
};
extern const struct record plan_file_record;

struct plan_line {
	const char *file;   /* NULL: the community has no file any more */
	const char *slug;   /* NULL: the file is wrong */
	const char *change; /* "create", "update", "unchanged", "missing",
			       "wrong" */
	struct record_list details; /* texts: "joining: open → approval" */
	/* Which file made it what it is: of a missing one, and of one to be
	 * updated by another file than that (plan_moved.h). */
	const char *applied_file;
	const char
		*place; /* "file:line:column" of the slug, where that is so */
	/* For create and update; not in the record: */
	const struct tenant_config *config;
	const struct plan_file *source;
};
extern const struct record plan_line_record;

struct plan {
	struct record_list lines; /* in order of the files, then missing */
	int64_t creates, updates, unchanged, missing, wrong;
	const char *errors; /* "file:line:column: …" lines, "" when none */
};
extern const struct record plan_record;

/* Where communities are placed: the host's own words. */
struct plan_cluster {
	const char *name;
	const char *region;
};

/*
 * `whole`: the files are all there are, so that communities without one are
 * listed as missing. Waits, in a scope of missiond_control. 0 or -1.
 */
int plan_make(struct db *db, struct arena *arena,
	const struct plan_cluster *cluster, const struct record_list *files,
	bool whole, struct plan *ret_plan);

#endif

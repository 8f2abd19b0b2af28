/*
 * registry_write.h: the control schema's rows of communities and domains, for
 * the steward: what is there, and apply. All functions wait, in a scope of
 * missiond_control.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_REGISTRY_WRITE_H
#define MISSIOND_TENANTS_LIFECYCLE_REGISTRY_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/record.h"
#include "tenants/lifecycle/job.h"

struct arena;
struct db;
struct error;
struct tenant_config;

/* A community as the host sees it. */
struct control_community {
	struct uuid id;
	const char *slug;
	const char *key;
	const char *state;
	int64_t generation;
	int64_t schema_version;
	const char *cluster;
	const char *configuration; /* JSON of struct tenant_config */
	struct slice applied_sha256;
	const char *applied_file;
	const char *applied_by;
	struct timestamp applied_at;
	struct timestamp created_at;
};

/* With texts of the arena. */
struct control_community control_community_copy(
	struct arena *arena, const struct control_community *community);

/* Whether the file that it was applied from last had this SHA-256. */
bool control_has_applied(const struct control_community *community,
	const unsigned char sha256[32]);

/* 1, 0 when there is none, or -1. */
int control_find(struct db *db, struct arena *arena, const char *slug,
	struct control_community *ret_community);
int control_find_id(struct db *db, struct arena *arena, struct uuid id,
	struct control_community *ret_community);

/* A line of the list; without configuration, so that a page is small. */
struct control_line {
	struct uuid id;
	const char *slug;
	const char *state;
	int64_t schema_version;
	const char *domain; /* the main one, or NULL */
	const char *applied_file;
	struct slice applied_sha256;
	struct timestamp applied_at;
};
extern const struct record control_line_record;

/* Up to CONTROL_PAGE lines by slug, after the slug `after` ("": the first). 0
 * or -1. */
#define CONTROL_PAGE 200
int control_list(struct db *db, struct arena *arena, const char *after,
	struct record_list *ret_lines);

/* The line of the community whose file had this SHA-256 when it was applied: 1,
 * 0 or -1. */
int control_find_applied(struct db *db, struct arena *arena,
	const unsigned char sha256[32], struct control_line *ret_line);

/* The community of the slug, NULL when there is none or no slug, and in
 * `owners` the slug of the one that answers to each of the domains, NULL where
 * none does (so for a domain that is NULL): all of it with one round trip where
 * the domains are a dozen. 0 or -1. */
int control_find_with_owners(struct db *db, struct arena *arena,
	const char *slug, const struct record_list *domains,
	const struct control_community **ret_community, const char **owners);

/* A community's domains, the main one first (texts). 0 or -1. */
int control_domains(struct db *db, struct arena *arena, struct uuid community,
	struct record_list *ret_domains);

/* Bytes of the name of a file. */
#define CONTROL_FILE_LIMIT 1000

struct control_apply {
	const struct tenant_config *config;
	const char *text; /* of the file */
	const char *file; /* where it is, to be shown; CONTROL_FILE_LIMIT */
	const char *operator;
	/* A new one takes a schema made ahead of this version (warm.h). */
	int64_t schema_version;
	/* Who carries out what makes a new one, and for how long that is theirs
	 * (job_claim()); NULL: whoever claims the job. */
	const char *holder;
	int64_t lease;
};

struct control_applied {
	bool created;
	struct uuid community;
	struct uuid job;    /* UUID_NONE: nothing had changed */
	struct job claimed; /* as job_claim(); its kind NULL: it waits */
	/* Of a new one, as it is written, in the arena; else NULL. */
	const struct control_community *row;
};

/*
 * Writes the community, its domains, the job that carries it out and the host's
 * audit row, all or none. 0; 1 refused with a text (a domain is another
 * community's; a community past its life); or -1.
 */
int control_apply(struct db *db, struct arena *arena,
	const struct control_apply *apply, struct control_applied *ret_applied,
	struct error *refusal);

/* A row of the host's audit list; community may be UUID_NONE, details NULL. 0
 * or -1. */
struct control_audit {
	const char *operator;
	const char *action; /* "community.created" */
	struct uuid community;
	const char *details;
};
int control_audit(struct db *db, const struct control_audit *row);

/* What an update begins from, in the payload of its job: as configured before.
 */
struct control_before {
	const char *name;
	const char *description;
	const char *colour;
};
extern const struct record control_before_record;

#endif

/*
 * provision.h: founding a community: its schema, its account with the grants,
 * the tables, its first rows, a claim link mailed to the founder; then it is
 * active.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_PROVISION_H
#define MISSIOND_TENANTS_LIFECYCLE_PROVISION_H

struct job_kind;

#define PROVISION_KIND	"provision"
#define PROVISION_STEPS 5
/* How many come before the tables, and before the first rows. */
#define PROVISION_TABLES     2
#define PROVISION_FIRST_ROWS 3
extern const struct job_kind provision_kind;

#endif

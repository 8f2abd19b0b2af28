/*
 * update.h: carrying out a changed configuration inside the community. Name,
 * description and colour follow the file where the founder may not change them,
 * and where they still are as the file said before.
 */
#ifndef MISSIOND_TENANTS_LIFECYCLE_UPDATE_H
#define MISSIOND_TENANTS_LIFECYCLE_UPDATE_H

struct job_kind;

#define UPDATE_KIND  "update"
#define UPDATE_STEPS 3
extern const struct job_kind update_kind;

#endif

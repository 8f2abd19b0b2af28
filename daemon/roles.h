/* roles.h: the children that the supervisor starts (child.h). */
#ifndef MISSIOND_ROLES_H
#define MISSIOND_ROLES_H

struct role;

extern const struct role worker_role;
extern const struct role steward_role;
extern const struct role courier_role;

#endif

/* admit.h: before the body is read: is there such a community, is it open, who
 * asks, may they? Private to the service. */
#ifndef MISSIOND_TENANTS_ADMIT_H
#define MISSIOND_TENANTS_ADMIT_H

struct request;

/* See struct service in http/service.h. */
int service_admit(struct request *request);

/* Too many of the community's requests wait: replies with 429. Returns 1. */
int admit_refuse_crowd(struct request *request);

/* May the actor use the route? 0, or 1 when it has answered that they may not.
 */
int admit_check_permission(struct request *request);

/* The path of the log-in page that leads back to where the visitor was. */
const char *admit_login_path(struct request *request);

#endif

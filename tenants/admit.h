/* admit.h: before the body is read: is there such a community, is it open, who
 * asks, may they? For the core; features may call admit_refuse(). */
#ifndef MISSIOND_TENANTS_ADMIT_H
#define MISSIOND_TENANTS_ADMIT_H

#include <stdbool.h>

#include "tenants/metrics.h"
#include "tenants/permission.h"

struct request;

/* See struct service in http/service.h. */
int service_admit(struct request *request);

/* Too many of the community's requests or passwords wait, which is counted as
 * that: replies with 429. Returns 1. */
int admit_refuse_crowd(struct request *request, enum metrics_value reason);

/* May the actor use the route? 0, or 1 when it has answered that they may not.
 */
int admit_check_permission(struct request *request);

/*
 * The same once the body is there, for every form of a page: 0, 1 (replied) or
 * −1. Who may not go on is answered here at the latest; what they typed is kept
 * where something can be done about it (kept.h).
 */
int admit_check_body(struct request *request);

/* The answer to a verdict: 0 for VERDICT_ALLOWED, else 1. */
int admit_refuse(struct request *request, enum verdict verdict);

/* Whether the browser says that a page of ours sent this: stricter than what
 * admission asks, which lets old browsers go on that say nothing. */
bool admit_is_own_page(const struct request *request);

/* The path of the log-in page that leads back to where the visitor was. */
const char *admit_login_path(struct request *request);

#endif

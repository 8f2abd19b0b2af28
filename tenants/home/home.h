/* home.h: the front page, and the community as JSON. */
#ifndef MISSIOND_TENANTS_HOME_HOME_H
#define MISSIOND_TENANTS_HOME_HOME_H

#include "tenants/features.h"

struct page;
struct request;

extern const struct feature home_feature;

extern const struct page home_page;

int home_page_show(struct request *request); /* / */
int home_api_show(struct request *request);  /* /api/v1/community */

#endif

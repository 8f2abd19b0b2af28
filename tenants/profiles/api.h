/* api.h: profiles as JSON, under /api/v1/members and /api/v1/account. */
#ifndef MISSIOND_TENANTS_PROFILES_API_H
#define MISSIOND_TENANTS_PROFILES_API_H

struct request;

int profiles_api_show(struct request *request);
int profiles_api_account(struct request *request);
int profiles_api_change(struct request *request);

#endif

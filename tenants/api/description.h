/* description.h: the handler of GET /api/v1/openapi.yaml. */
#ifndef MISSIOND_TENANTS_API_DESCRIPTION_H
#define MISSIOND_TENANTS_API_DESCRIPTION_H

struct request;

int api_description_show(struct request *request);

#endif

/* api.h: /api/v1/administrators. */
#ifndef MISSIOND_TENANTS_ROLES_API_H
#define MISSIOND_TENANTS_ROLES_API_H

#include "http/route.h"

route_handler roles_api_list;
route_handler roles_api_appoint;
route_handler roles_api_withdraw;

#endif

/* api.h: /api/v1/invitations. */
#ifndef MISSIOND_TENANTS_INVITATIONS_API_H
#define MISSIOND_TENANTS_INVITATIONS_API_H

#include "http/route.h"

route_handler invitations_api_list;
route_handler invitations_api_make;
route_handler invitations_api_withdraw;

#endif

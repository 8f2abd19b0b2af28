/* api.h: members and applications below /api/v1, for admins. */
#ifndef MISSIOND_TENANTS_MEMBERS_API_H
#define MISSIOND_TENANTS_MEMBERS_API_H

#include "http/route.h"

route_handler members_api_list;
route_handler members_api_show;
route_handler members_api_suspend;
route_handler members_api_readmit;
route_handler applications_api_list;
route_handler applications_api_approve;
route_handler applications_api_decline;

#endif

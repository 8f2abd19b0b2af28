/* api.h: what founder and admins see and decide of their community. */
#ifndef MISSIOND_TENANTS_SETTINGS_API_H
#define MISSIOND_TENANTS_SETTINGS_API_H

#include "http/route.h"

/* GET /api/v1/checklist, GET /api/v1/settings */
route_handler settings_api_checklist;
route_handler settings_api_show;

/* PATCH /api/v1/community: absent fields stay as they are. */
route_handler settings_api_change;

#endif

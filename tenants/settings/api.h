/* api.h: changing /api/v1/community. */
#ifndef MISSIOND_TENANTS_SETTINGS_API_H
#define MISSIOND_TENANTS_SETTINGS_API_H

#include "http/route.h"

/* PATCH: absent fields stay as they are. */
route_handler settings_api_change;

#endif

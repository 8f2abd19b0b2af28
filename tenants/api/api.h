/*
 * api.h: the description of the JSON API (OpenAPI 3.1, docs/openapi.yaml),
 * served to programs at GET /api/v1/openapi.yaml. A test compares it with the
 * features' routes and with what they answer.
 */
#ifndef MISSIOND_TENANTS_API_API_H
#define MISSIOND_TENANTS_API_API_H

#include "tenants/features.h"

struct error;

extern const struct feature api_feature;

/*
 * Reads SHARE/openapi.yaml: at start and on reload. On failure the one read
 * before stays. What was given out stays valid until the second successful
 * load after it. 0 or -1.
 */
int api_description_load(const char *share, struct error *error);

#endif

#include "base/record.h"
#include "http/route.h"
#include "tenants/api/api.h"
#include "tenants/api/description.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/api/v1/openapi.yaml", "api.description", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_API | ROUTE_BEFORE_TERMS, 0,
		api_description_show, NULL},
};
// clang-format on

const struct feature api_feature = {
	.name = "api",
	.routes = routes,
	.route_count = COUNT_OF(routes),
};

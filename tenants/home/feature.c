#include "base/record.h"
#include "http/route.h"
#include "tenants/home/home.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/", "home.page", PERMIT_ANYONE, RATE_PAGE,
		ROUTE_CACHEABLE | ROUTE_BEFORE_TERMS, 0, home_page_show, NULL},
	{METHOD_GET, "/api/v1/community", "home.api", PERMIT_ANYONE,
		RATE_PAGE, ROUTE_API | ROUTE_BEFORE_TERMS, 0, home_api_show,
		NULL},
};
// clang-format on

static const struct page *const pages[] = {&home_page};

const struct feature home_feature = {
	.name = "home",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

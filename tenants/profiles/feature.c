#include "http/route.h"
#include "tenants/permission.h"
#include "tenants/profiles/api.h"
#include "tenants/profiles/pages.h"
#include "tenants/profiles/profiles.h"
#include "tenants/profiles/statements.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/members/{username:word}", "profiles.show",
		PERMIT_READER, RATE_PAGE, ROUTE_CACHEABLE, 0,
		profiles_page_show, NULL},
	{METHOD_GET, "/account", "profiles.account", PERMIT_MEMBER,
		RATE_PAGE, 0, 0, profiles_page_account, NULL},
	{METHOD_POST, "/account", "profiles.change", PERMIT_MEMBER,
		RATE_WRITE, 0, ROUTE_FORM_LIMIT, profiles_page_change, NULL},

	{METHOD_GET, "/api/v1/members/{username:word}", "profiles.api.show",
		PERMIT_READER, RATE_PAGE, ROUTE_API, 0, profiles_api_show,
		NULL},
	{METHOD_GET, "/api/v1/account", "profiles.api.account",
		PERMIT_MEMBER, RATE_PAGE, ROUTE_API, 0, profiles_api_account,
		NULL},
	{METHOD_PUT, "/api/v1/account", "profiles.api.change", PERMIT_MEMBER,
		RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT, profiles_api_change,
		NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&profiles_by_username,
	&profiles_by_id,
	&profiles_details,
	&profiles_change,
	&profiles_set_detail,
	&profiles_drop_detail,
};

static const struct page *const pages[] = {
	&profiles_show_page,
	&profiles_account_page,
};

const struct feature profiles_feature = {
	.name = "profiles",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

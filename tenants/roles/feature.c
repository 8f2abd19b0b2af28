#include "base/record.h"
#include "http/form.h"
#include "http/route.h"
#include "tenants/features.h"
#include "tenants/permission.h"
#include "tenants/roles/api.h"
#include "tenants/roles/page.h"
#include "tenants/roles/roles.h"
#include "tenants/roles/statements.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/manage/administrators", "roles.page", PERMIT_STAFF,
		RATE_PAGE, 0, 0, roles_page_show, NULL},
	{METHOD_POST, "/manage/administrators", "roles.appoint", PERMIT_STAFF,
		RATE_WRITE, 0, ROUTE_FORM_LIMIT, roles_page_appoint, NULL},
	{METHOD_POST, "/manage/administrators/{id:uuid}/withdraw",
		"roles.withdraw", PERMIT_STAFF, RATE_WRITE, 0,
		ROUTE_FORM_LIMIT, roles_page_withdraw, NULL},
	{METHOD_GET, "/api/v1/administrators", "roles.api.list", PERMIT_STAFF,
		RATE_PAGE, ROUTE_API, 0, roles_api_list, NULL},
	{METHOD_POST, "/api/v1/administrators", "roles.api.appoint",
		PERMIT_STAFF, RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT,
		roles_api_appoint, NULL},
	{METHOD_DELETE, "/api/v1/administrators/{id:uuid}",
		"roles.api.withdraw", PERMIT_STAFF, RATE_WRITE, ROUTE_API, 0,
		roles_api_withdraw, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&roles_list_statement,
	&roles_count_statement,
	&roles_find_by_username_statement,
	&roles_find_statement,
	&roles_grant_statement,
	&roles_withdraw_statement,
};

static const struct page *const pages[] = {&roles_page};

const struct feature roles_feature = {
	.name = "roles",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

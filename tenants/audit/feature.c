#include "http/route.h"
#include "tenants/audit/list.h"
#include "tenants/audit/page.h"
#include "tenants/audit/statements.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/manage/audit", "audit.page", PERMIT_STAFF, RATE_PAGE,
		0, 0, audit_page_show, NULL},
	{METHOD_GET, "/manage/audit/members", "audit.members",
		PERMIT_SCOPE_CONTENT, RATE_PAGE, 0, 0, audit_page_show_members,
		NULL},
	{METHOD_GET, "/api/v1/audit", "audit.api", PERMIT_STAFF, RATE_PAGE,
		ROUTE_API, 0, audit_api_list, NULL},
	{METHOD_GET, "/api/v1/audit/members", "audit.api.members",
		PERMIT_SCOPE_CONTENT, RATE_PAGE, ROUTE_API, 0,
		audit_api_list_members, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&audit_insert_statement,
	&audit_detail_insert_statement,
	&audit_expire_statement,
	&audit_pseudonym_statement,
	&audit_list_statement,
};

static const struct page *const pages[] = {&audit_page};

const struct feature audit_feature = {
	.name = "audit",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

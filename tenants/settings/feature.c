#include "http/route.h"
#include "tenants/permission.h"
#include "tenants/settings/api.h"
#include "tenants/settings/marks.h"
#include "tenants/settings/pages.h"
#include "tenants/settings/settings.h"
#include "tenants/settings/statements.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/manage", "settings.checklist", PERMIT_STAFF, RATE_PAGE,
		0, 0, settings_page_checklist, NULL},
	{METHOD_GET, "/manage/settings", "settings.page",
		PERMIT_SCOPE_SETTINGS, RATE_PAGE, 0, 0, settings_page_show,
		NULL},
	{METHOD_POST, "/manage/settings", "settings.change",
		PERMIT_SCOPE_SETTINGS, RATE_WRITE, ROUTE_REFILLS,
		ROUTE_FORM_LIMIT, settings_page_change, NULL},
	{METHOD_GET, "/api/v1/checklist", "settings.api.checklist",
		PERMIT_STAFF, RATE_PAGE, ROUTE_API, 0, settings_api_checklist,
		NULL},
	{METHOD_GET, "/api/v1/settings", "settings.api.show",
		PERMIT_SCOPE_SETTINGS, RATE_PAGE, ROUTE_API, 0,
		settings_api_show, NULL},
	{METHOD_PATCH, "/api/v1/community", "settings.api.change",
		PERMIT_SCOPE_SETTINGS, RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT,
		settings_api_change, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&settings_read_statement,
	&settings_lock_statement,
	&settings_update_statement,
	&settings_mark_statements[MARK_DESCRIBED],
	&settings_mark_statements[MARK_COLOURED],
	&settings_mark_statements[MARK_APPOINTED],
	&settings_mark_statements[MARK_INVITED],
};

static const struct page *const pages[] = {
	&settings_checklist_page,
	&settings_page,
};

const struct feature settings_feature = {
	.name = "settings",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

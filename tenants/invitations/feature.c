#include "base/record.h"
#include "http/form.h"
#include "http/route.h"
#include "tenants/features.h"
#include "tenants/invitations/accept.h"
#include "tenants/invitations/api.h"
#include "tenants/invitations/invitations.h"
#include "tenants/invitations/page.h"
#include "tenants/invitations/statements.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/manage/invitations", "invitations.page",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, 0, 0, invitations_page_show,
		NULL},
	{METHOD_POST, "/manage/invitations", "invitations.make",
		PERMIT_SCOPE_MEMBERS, RATE_WRITE, ROUTE_REFILLS,
		ROUTE_FORM_LIMIT, invitations_page_make, NULL},
	{METHOD_POST, "/manage/invitations/{id:uuid}/withdraw",
		"invitations.withdraw", PERMIT_SCOPE_MEMBERS, RATE_WRITE, 0,
		ROUTE_FORM_LIMIT, invitations_page_withdraw, NULL},
	{METHOD_GET, "/api/v1/invitations", "invitations.api.list",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, ROUTE_API, 0,
		invitations_api_list, NULL},
	{METHOD_POST, "/api/v1/invitations", "invitations.api.make",
		PERMIT_SCOPE_MEMBERS, RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT,
		invitations_api_make, NULL},
	{METHOD_DELETE, "/api/v1/invitations/{id:uuid}",
		"invitations.api.withdraw", PERMIT_SCOPE_MEMBERS, RATE_WRITE,
		ROUTE_API, 0, invitations_api_withdraw, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&invitations_list_statement,
	&invitations_count_statement,
	&invitation_make_statement,
	&invitation_lock_statement,
	&invitation_withdraw_statement,
	&invitation_find_statement,
	&invitation_offer_statement,
	&invitation_use_statement,
};

static const struct page *const pages[] = {&invitations_page};

const struct feature invitations_feature = {
	.name = "invitations",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

#include "http/route.h"
#include "tenants/members/api.h"
#include "tenants/members/mails.h"
#include "tenants/members/members.h"
#include "tenants/members/pages.h"
#include "tenants/members/statements.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/manage/members", "members.list", PERMIT_SCOPE_MEMBERS,
		RATE_PAGE, 0, 0, members_page_list, NULL},
	{METHOD_GET, "/manage/members/{id:uuid}", "members.show",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, 0, 0, members_page_show, NULL},
	{METHOD_POST, "/manage/members/{id:uuid}/suspend", "members.suspend",
		PERMIT_SCOPE_MEMBERS, RATE_WRITE, ROUTE_REFILLS,
		ROUTE_FORM_LIMIT, members_page_suspend, NULL},
	{METHOD_POST, "/manage/members/{id:uuid}/readmit", "members.readmit",
		PERMIT_SCOPE_MEMBERS, RATE_WRITE, 0, ROUTE_FORM_LIMIT,
		members_page_readmit, NULL},
	{METHOD_GET, "/manage/applications", "members.applications",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, 0, 0, applications_page_list,
		NULL},
	{METHOD_POST, "/manage/applications/{id:uuid}/approve",
		"members.approve", PERMIT_SCOPE_MEMBERS, RATE_WRITE, 0,
		ROUTE_FORM_LIMIT, applications_page_approve, NULL},
	{METHOD_POST, "/manage/applications/{id:uuid}/decline",
		"members.decline", PERMIT_SCOPE_MEMBERS, RATE_WRITE, 0,
		ROUTE_FORM_LIMIT, applications_page_decline, NULL},

	{METHOD_GET, "/api/v1/members", "members.api.list",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, ROUTE_API, 0,
		members_api_list, NULL},
	{METHOD_GET, "/api/v1/members/{id:uuid}/membership",
		"members.api.show", PERMIT_SCOPE_MEMBERS, RATE_PAGE, ROUTE_API,
		0, members_api_show, NULL},
	{METHOD_POST, "/api/v1/members/{id:uuid}/suspend",
		"members.api.suspend", PERMIT_SCOPE_MEMBERS, RATE_WRITE,
		ROUTE_API, ROUTE_FORM_LIMIT, members_api_suspend, NULL},
	{METHOD_POST, "/api/v1/members/{id:uuid}/readmit",
		"members.api.readmit", PERMIT_SCOPE_MEMBERS, RATE_WRITE,
		ROUTE_API, ROUTE_FORM_LIMIT, members_api_readmit, NULL},
	{METHOD_GET, "/api/v1/applications", "members.api.applications",
		PERMIT_SCOPE_MEMBERS, RATE_PAGE, ROUTE_API, 0,
		applications_api_list, NULL},
	{METHOD_POST, "/api/v1/applications/{id:uuid}/approve",
		"members.api.approve", PERMIT_SCOPE_MEMBERS, RATE_WRITE,
		ROUTE_API, ROUTE_FORM_LIMIT, applications_api_approve, NULL},
	{METHOD_POST, "/api/v1/applications/{id:uuid}/decline",
		"members.api.decline", PERMIT_SCOPE_MEMBERS, RATE_WRITE,
		ROUTE_API, ROUTE_FORM_LIMIT, applications_api_decline, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&members_all_statement,
	&members_by_state_statement,
	&members_search_statement,
	&member_find_statement,
	&applications_list_statement,
	&applications_count_statement,
	&application_recent_statement,
	&application_readers_statement,
	&member_subject_statement,
	&member_set_state_statement,
	&member_end_sessions_statement,
	&member_end_tokens_statement,
	&member_end_links_statement,
};

static const struct page *const pages[] = {
	&members_page,
	&member_page,
	&applications_page,
	&mail_member_suspended,
	&mail_member_readmitted,
	&mail_application_waits,
	&mail_application_approved,
	&mail_application_declined,
};

const struct feature members_feature = {
	.name = "members",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

#include "http/form.h"
#include "http/route.h"
#include "tenants/kept.h"
#include "tenants/legal/acceptance.h"
#include "tenants/legal/legal.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/terms", "legal.terms", PERMIT_ANYONE, RATE_PAGE,
		ROUTE_BEFORE_TERMS | ROUTE_CACHEABLE, 0, legal_terms_show,
		NULL},
	{METHOD_GET, "/privacy", "legal.privacy", PERMIT_ANYONE, RATE_PAGE,
		ROUTE_BEFORE_TERMS | ROUTE_CACHEABLE, 0, legal_privacy_show,
		NULL},
	{METHOD_GET, "/terms/accept", "legal.accept_page", PERMIT_SIGNED_IN,
		RATE_PAGE, ROUTE_BEFORE_TERMS, 0, legal_accept_show, NULL},
	{METHOD_POST, "/terms/accept", "legal.accept", PERMIT_SIGNED_IN,
		RATE_WRITE, ROUTE_BEFORE_TERMS | ROUTE_REFILLS, KEPT_FORM_LIMIT,
		legal_accept_send, NULL},
	{METHOD_GET, "/api/v1/terms", "legal.api.terms", PERMIT_ANYONE,
		RATE_PAGE, ROUTE_API | ROUTE_BEFORE_TERMS, 0, legal_terms_api,
		NULL},
	{METHOD_GET, "/api/v1/privacy", "legal.api.privacy", PERMIT_ANYONE,
		RATE_PAGE, ROUTE_API | ROUTE_BEFORE_TERMS, 0,
		legal_privacy_api, NULL},
	{METHOD_POST, "/api/v1/account/terms", "legal.api.accept",
		PERMIT_SIGNED_IN, RATE_WRITE, ROUTE_API | ROUTE_BEFORE_TERMS,
		ROUTE_FORM_LIMIT, legal_accept_api, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&acceptance_insert_statement,
	&acceptance_last_statement,
};

static const struct page *const pages[] = {
	&legal_terms_page,
	&legal_privacy_page,
	&legal_accept_page,
};

const struct feature legal_feature = {
	.name = "legal",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

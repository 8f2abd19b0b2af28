#include "http/route.h"
#include "tenants/listings/api.h"
#include "tenants/listings/listings.h"
#include "tenants/listings/mails.h"
#include "tenants/listings/pages.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/listings", "listings.index", PERMIT_READER,
		RATE_PAGE, ROUTE_CACHEABLE, 0, listings_page_index, NULL},
	{METHOD_GET, "/listings/new", "listings.new", PERMIT_MEMBER,
		RATE_PAGE, 0, 0, listings_page_new, NULL},
	{METHOD_POST, "/listings/new", "listings.post", PERMIT_MEMBER,
		RATE_WRITE, ROUTE_REFILLS, ROUTE_FORM_LIMIT,
		listings_page_post, NULL},
	{METHOD_GET, "/listings/{id:uuid}", "listings.show", PERMIT_READER,
		RATE_PAGE, ROUTE_CACHEABLE, 0, listings_page_show, NULL},
	{METHOD_GET, "/listings/{id:uuid}/edit", "listings.edit",
		PERMIT_MEMBER, RATE_PAGE, 0, 0, listings_page_edit, NULL},
	{METHOD_POST, "/listings/{id:uuid}/edit", "listings.change",
		PERMIT_MEMBER, RATE_WRITE, ROUTE_REFILLS, ROUTE_FORM_LIMIT,
		listings_page_change, NULL},
	{METHOD_POST, "/listings/{id:uuid}/withdraw", "listings.withdraw",
		PERMIT_MEMBER, RATE_WRITE, 0, ROUTE_FORM_LIMIT,
		listings_page_withdraw, NULL},

	{METHOD_GET, "/api/v1/listings", "listings.api.index", PERMIT_READER,
		RATE_PAGE, ROUTE_API, 0, listings_api_index, NULL},
	{METHOD_POST, "/api/v1/listings", "listings.api.post", PERMIT_MEMBER,
		RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT, listings_api_post,
		NULL},
	{METHOD_GET, "/api/v1/listings/{id:uuid}", "listings.api.show",
		PERMIT_READER, RATE_PAGE, ROUTE_API, 0, listings_api_show,
		NULL},
	{METHOD_PUT, "/api/v1/listings/{id:uuid}", "listings.api.change",
		PERMIT_MEMBER, RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT,
		listings_api_change, NULL},
	{METHOD_DELETE, "/api/v1/listings/{id:uuid}",
		"listings.api.withdraw", PERMIT_MEMBER, RATE_WRITE, ROUTE_API,
		0, listings_api_withdraw, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {
	&listings_newest,
	&listings_of_kind,
	&listings_of_category,
	&listings_of_kind_and_category,
	&listings_latest,
	&listings_of_author,
	&listings_find,
	&listings_count_open,
	&listings_insert,
	&listings_update,
	&listings_withdraw,
	&listings_recipient,
};

static const struct page *const pages[] = {
	&listings_index_page,
	&listings_show_page,
	&listings_form_page,
	&listings_withdrawn_mail,
};

const struct feature listings_feature = {
	.name = "listings",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

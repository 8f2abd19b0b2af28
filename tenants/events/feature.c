#include "base/record.h"
#include "http/route.h"
#include "tenants/events/events.h"
#include "tenants/events/statements.h"
#include "tenants/permission.h"

// clang-format off
static const struct route routes[] = {
	{METHOD_GET, "/events", "events.stream", PERMIT_READER, RATE_PAGE,
		ROUTE_UNATTENDED, 0, events_stream_open, NULL},
};
// clang-format on

static const struct db_statement *const statements[] = {&events_sessions};

const struct feature events_feature = {
	.name = "events",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
};

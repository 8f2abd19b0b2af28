/*
 * list_routes: the whole surface, a line for each route: method, path, name,
 * rights ("anyone", "visitor", "reader" or "member" for all the rest), whether
 * it is of the API, and the limit of its body. For test_openapi.py.
 */
#include <stdio.h>

#include "http/route.h"
#include "tenants/features.h"
#include "tenants/permission.h"

static const char *
rights(int permission)
{
	switch (permission) {
	case PERMIT_ANYONE:
		return "anyone";
	case PERMIT_VISITOR:
		return "visitor";
	case PERMIT_READER:
		return "reader";
	default:
		return "member";
	}
}

int
main(void)
{
	for (size_t i = 0; features[i] != NULL; i++)
		for (size_t j = 0; j < features[i]->route_count; j++) {
			const struct route *route = &features[i]->routes[j];

			printf("%s %s %s %s %s %zu\n",
				route_method(route->method), route->path,
				route->name, rights(route->permission),
				(route->flags & ROUTE_API) != 0 ? "api"
								: "page",
				route->body_limit);
		}
	return fflush(stdout) == 0 ? 0 : 1;
}

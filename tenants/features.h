/*
 * features.h: the whole surface in one table. A feature is a folder below
 * tenants/ and one `struct feature` that lists its routes, statements and
 * pages; it appears here and nowhere else. The route matcher, the templates,
 * the statement tests and the attacks are all made from this table.
 */
#ifndef MISSIOND_TENANTS_FEATURES_H
#define MISSIOND_TENANTS_FEATURES_H

#include <stddef.h>

struct db_statement;
struct page;
struct route;

struct feature {
	const char *name; /* the folder: "listings" */
	const struct route *routes;
	size_t route_count;
	const struct db_statement *const *statements;
	size_t statement_count;
	const struct page *const *pages; /* pages and mails */
	size_t page_count;
};

/* Ends with NULL. */
extern const struct feature *const features[];

#endif

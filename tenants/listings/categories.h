/* categories.h: the categories of a community's configuration. */
#ifndef MISSIOND_TENANTS_LISTINGS_CATEGORIES_H
#define MISSIOND_TENANTS_LISTINGS_CATEGORIES_H

#include <stdbool.h>

#include "base/record.h"

struct community;
struct form_choice;
struct request;
struct tenant_category;

/* By slug, or NULL. */
const struct tenant_category *category_find(
	const struct community *community, const char *slug);

/* In the visitor's language; the slug itself for one that is gone. */
const char *category_label(const struct request *request, const char *slug);

/* For a select field, ending with {NULL, NULL}. */
const struct form_choice *category_choices(struct request *request);

/* For templates: one link or option each. */
struct category_view {
	const char *slug;
	const char *label;
	bool selected;
};
extern const struct record category_view_record;

struct record_list category_views(
	struct request *request, const char *selected_slug);

#endif

#include "tenants/listings/categories.h"

#include <string.h>

#include "base/arena.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/community.h"

static const struct field view_fields[] = {
	FIELD_TEXT(struct category_view, slug),
	FIELD_TEXT(struct category_view, label),
	FIELD_BOOLEAN(struct category_view, selected),
};
const struct record category_view_record =
	RECORD(struct category_view, view_fields);

const struct tenant_category *
category_find(const struct community *community, const char *slug)
{
	const struct record_list *list = &community->config->categories;
	const struct tenant_category *categories = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(categories[i].slug, slug) == 0)
			return &categories[i];
	return NULL;
}

static const char *
label_of(const struct request *request, const struct tenant_category *category)
{
	const char *label = request->language == LANGUAGE_FRENCH
				    ? category->name_fr
				    : category->name_en;

	if (label == NULL)
		label = category->name_en != NULL ? category->name_en
						  : category->name_fr;
	return label != NULL ? label : category->slug;
}

const char *
category_label(const struct request *request, const char *slug)
{
	const struct tenant_category *category =
		category_find(request->community, slug);

	return category == NULL ? slug : label_of(request, category);
}

const struct form_choice *
category_choices(struct request *request)
{
	const struct record_list *list =
		&request->community->config->categories;
	const struct tenant_category *categories = list->items;
	struct form_choice *choices =
		arena_array(request->arena, list->count + 1, sizeof(*choices));

	for (size_t i = 0; i < list->count; i++)
		choices[i] = (struct form_choice){
			categories[i].slug,
			label_of(request, &categories[i]),
		};
	return choices;
}

struct record_list
category_views(struct request *request, const char *selected_slug)
{
	const struct record_list *list =
		&request->community->config->categories;
	const struct tenant_category *categories = list->items;
	struct category_view *views =
		arena_array(request->arena, list->count, sizeof(*views));

	for (size_t i = 0; i < list->count; i++)
		views[i] = (struct category_view){
			.slug = categories[i].slug,
			.label = label_of(request, &categories[i]),
			.selected =
				selected_slug != NULL &&
				strcmp(selected_slug, categories[i].slug) == 0,
		};
	return (struct record_list){views, list->count};
}

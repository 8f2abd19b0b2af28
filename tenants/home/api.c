#include "tenants/home/home.h"

#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/listings/categories.h"

/* What a program needs to know before it shows or posts anything. */
struct api_community {
	const char *name;
	const char *tagline;
	const char *description; /* Markdown */
	const char *colour;
	const char *currency;
	const char *joining; /* "open", "approval", "invitation" */
	const char *reading; /* "public", "members" */
	const char *terms_version;
	struct record_list languages;
	struct record_list categories;
};

static const struct field category_fields[] = {
	FIELD_TEXT(struct category_view, slug),
	FIELD_TEXT(struct category_view, label),
};
static const struct record category_record =
	RECORD(struct category_view, category_fields);

static const struct field community_fields[] = {
	FIELD_TEXT(struct api_community, name),
	FIELD_TEXT(struct api_community, tagline),
	FIELD_TEXT(struct api_community, description),
	FIELD_TEXT(struct api_community, colour),
	FIELD_TEXT(struct api_community, currency),
	FIELD_TEXT(struct api_community, joining),
	FIELD_TEXT(struct api_community, reading),
	FIELD_TEXT(struct api_community, terms_version),
	FIELD_TEXTS(struct api_community, languages),
	FIELD_LIST(struct api_community, categories, category_record),
};
static const struct record community_record =
	RECORD(struct api_community, community_fields);

int
home_api_show(struct request *request)
{
	const struct community *community = request->community;
	struct api_community answer = {
		.name = community->settings.name,
		.tagline = community->settings.tagline,
		.description = community->settings.description,
		.colour = community->settings.colour,
		.currency = community->config->currency,
		.joining = community->config->joining,
		.reading = community->config->reading,
		.terms_version = community->terms_version,
		.languages = community->config->languages,
		.categories = category_views(request, NULL),
	};

	return reply_record(request, 200, &community_record, &answer);
}

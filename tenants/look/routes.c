#include "tenants/look/look.h"

#include <string.h>

#include "base/arena.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/service.h"
#include "http/template.h"
#include "tenants/community.h"
#include "tenants/look/again.h"
#include "tenants/look/assets.h"
#include "tenants/look/quilt.h"
#include "tenants/look/theme.h"
#include "tenants/permission.h"

/* The address names the version ("?v="): what it gives never changes. Without
 * it (typed by hand, old) the visitor asks again. */
static void
cache_by_version(struct request *request)
{
	const char *version = request_query(request, "v");

	reply_cache(request, version != NULL && version[0] != '\0'
				     ? "public, max-age=31536000, immutable"
				     : "public, max-age=300");
}

static int
show_asset(struct request *request)
{
	const struct asset *asset =
		assets_find(request_parameter(request, "file"));

	if (asset == NULL)
		return reply_not_found(request);
	cache_by_version(request);
	reply_etag(request, assets_version());
	return reply_bytes(
		request, 200, asset->type, asset->data, asset->length);
}

static int
show_theme(struct request *request)
{
	const char *colour = request->community->settings.colour;
	const char *css = theme_css(request->arena, colour);

	cache_by_version(request);
	reply_etag(request, theme_version(request->arena, colour));
	return reply_bytes(
		request, 200, "text/css; charset=utf-8", css, strlen(css));
}

static int
reply_svg(struct request *request, const char *svg)
{
	return reply_bytes(request, 200, "image/svg+xml", svg, strlen(svg));
}

static int
show_sign(struct request *request)
{
	const struct community *community = request->community;

	cache_by_version(request);
	return reply_svg(request, quilt_sign(request->arena, community->key,
					  community->settings.colour));
}

static int
show_banner(struct request *request)
{
	const struct community *community = request->community;

	cache_by_version(request);
	return reply_svg(request, quilt_banner(request->arena, community->key,
					  community->settings.colour));
}

/* Drawn from the name alone: whether there is such a member is not told. */
static int
show_avatar(struct request *request)
{
	const char *file = request_parameter(request, "file");
	size_t length = strlen(file);

	if (length <= 4 || strcmp(file + length - 4, ".svg") != 0)
		return reply_not_found(request);
	reply_cache(request, "public, max-age=86400");
	return reply_svg(
		request, quilt_avatar(request->arena,
				 arena_copy(request->arena, file, length - 4)));
}

// clang-format off
static const struct route rows[] = {
	{METHOD_GET, "/assets/{file:word}", "look.asset", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_ANY_HOST | ROUTE_BEFORE_TERMS, 0,
		show_asset, NULL},
	{METHOD_GET, "/theme.css", "look.theme", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_BEFORE_TERMS, 0, show_theme, NULL},
	{METHOD_GET, "/favicon.svg", "look.favicon", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_BEFORE_TERMS, 0, show_sign, NULL},
	{METHOD_GET, "/banner.svg", "look.banner", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_BEFORE_TERMS, 0, show_banner, NULL},
	{METHOD_GET, "/avatars/{file:word}", "look.avatar", PERMIT_ANYONE,
		RATE_ASSET, ROUTE_BEFORE_TERMS, 0, show_avatar, NULL},
	{METHOD_GET, "/language/{code:word}", "look.language", PERMIT_ANYONE,
		RATE_PAGE, ROUTE_BEFORE_TERMS, 0, look_language, NULL},
	{METHOD_POST, "/language/{code:word}", "look.language_store",
		PERMIT_SIGNED_IN, RATE_WRITE, ROUTE_BEFORE_TERMS,
		ROUTE_FORM_LIMIT, look_language_store, NULL},
	{METHOD_POST, "/api/v1/markdown", "look.api.preview", PERMIT_MEMBER,
		RATE_WRITE, ROUTE_API, ROUTE_FORM_LIMIT, look_api_preview,
		NULL},
};
// clang-format on

const struct page look_error_page = {"look/error.html", &error_view_record};

static const struct db_statement *const statements[] = {
	&look_language_statement,
};

static const struct page *const pages[] = {
	&look_error_page,
	&look_again_page,
	&look_again_plain_page,
};

const struct feature look_feature = {
	.name = "look",
	.routes = rows,
	.route_count = COUNT_OF(rows),
	.statements = statements,
	.statement_count = COUNT_OF(statements),
	.pages = pages,
	.page_count = COUNT_OF(pages),
};

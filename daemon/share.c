#include "share.h"

#include <stdio.h>

#include "http/service.h"
#include "http/template.h"
#include "settings.h"
#include "tenants/api/api.h"
#include "tenants/look/assets.h"
#include "tenants/service.h"
#include "tenants/site_view.h"
#include "text/catalogue.h"

#define PATH_SIZE 1100

struct template_set *
share_templates(const struct settings *settings, struct error *error)
{
	char path[PATH_SIZE];
	size_t count;
	const struct page *const *pages = service_pages(&count);

	snprintf(
		path, sizeof(path), "%.1000s/templates", settings->paths.share);
	return template_set_load(path, pages, count, &site_view_record, error);
}

int
share_texts(const struct settings *settings, struct error *error)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%.1000s/texts", settings->paths.share);
	if (catalogue_load(path, error) < 0)
		return -1;
	snprintf(
		path, sizeof(path), "%.1000s/templates", settings->paths.share);
	if (assets_load(path, error) < 0)
		return -1;
	return api_description_load(settings->paths.share, error);
}

struct template_set *
share_load(const struct settings *settings, struct error *error)
{
	struct template_set *templates = share_templates(settings, error);

	/* A look at them before anything changes: what they say is of the texts
	 * of before. */
	if (templates == NULL)
		return NULL;
	template_set_free(templates);
	return share_texts(settings, error) < 0
		       ? NULL
		       : share_templates(settings, error);
}

int
share_check(const struct settings *settings, struct error *error)
{
	struct template_set *templates;

	if (share_texts(settings, error) < 0)
		return -1;
	templates = share_templates(settings, error);
	template_set_free(templates);
	return templates == NULL ? -1 : 0;
}

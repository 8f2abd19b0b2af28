#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/settings/form.h"
#include "tenants/settings/pages.h"
#include "tenants/settings/settings.h"

struct settings_view {
	const struct form_view *form; /* NULL: the host decides everything */
};

static const struct field view_fields[] = {
	FIELD_OPTIONAL(
		struct settings_view, form, struct form_view, form_view_record),
};
static const struct record view_record =
	RECORD(struct settings_view, view_fields);

const struct page settings_page = {"settings/settings.html", &view_record};

static int
show(struct request *request, int status, const struct settings_input *values)
{
	struct settings_view view = {
		.form = form_show(
			request, &settings_form, "/manage/settings", values),
	};

	return reply_page(request, status, &settings_page, &view);
}

int
settings_page_show(struct request *request)
{
	struct settings_row row = {0};
	struct settings_view nothing = {0};

	if (!settings_form_prepare(request))
		return reply_page(request, 200, &settings_page, &nothing);
	if (settings_current(request, &row) < 0)
		return -1;
	return show(request, 200,
		&(struct settings_input){
			.name = row.name,
			.tagline = row.tagline,
			.description = row.description,
			.colour = row.colour,
		});
}

int
settings_page_change(struct request *request)
{
	struct settings_input input = {0};
	int outcome;

	if (!settings_form_prepare(request))
		return settings_page_show(request);
	outcome = settings_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return show(request, 422, NULL);
	if (settings_change(request, &input) < 0)
		return -1;
	return reply_redirect_notice(
		request, "/manage/settings", "settings-saved");
}

#include <stdint.h>
#include <string.h>

#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/members/members.h"
#include "tenants/permission.h"
#include "tenants/settings/pages.h"
#include "tenants/settings/settings.h"

/* A step without a right to take it is not shown; a step that the YAML leaves
 * no room for neither. */
struct checklist_view {
	bool shows_describe;
	bool described;
	bool shows_colour;
	bool coloured;
	bool appointed;
	bool shows_invite;
	bool invited;
	bool all_done;
	bool any_applications;
	int64_t applications;
};

static const struct field view_fields[] = {
	FIELD_BOOLEAN(struct checklist_view, shows_describe),
	FIELD_BOOLEAN(struct checklist_view, described),
	FIELD_BOOLEAN(struct checklist_view, shows_colour),
	FIELD_BOOLEAN(struct checklist_view, coloured),
	FIELD_BOOLEAN(struct checklist_view, appointed),
	FIELD_BOOLEAN(struct checklist_view, shows_invite),
	FIELD_BOOLEAN(struct checklist_view, invited),
	FIELD_BOOLEAN(struct checklist_view, all_done),
	FIELD_BOOLEAN(struct checklist_view, any_applications),
	FIELD_INTEGER(struct checklist_view, applications),
};
static const struct record view_record =
	RECORD(struct checklist_view, view_fields);

const struct page settings_checklist_page = {
	"settings/checklist.html", &view_record};

static bool
is_set(struct timestamp mark)
{
	return mark.microseconds != TIME_NONE.microseconds;
}

static void
fill(const struct request *request, const struct settings_row *row,
	struct checklist_view *view)
{
	const struct tenant_bounds *may =
		&request->community->config->founder_may_change;
	const struct actor *actor = request->actor;
	bool settings = actor_holds(actor, SCOPE_SETTINGS);

	view->shows_describe = settings && may->description;
	view->described = is_set(row->described);
	view->shows_colour = settings && may->theme;
	view->coloured = is_set(row->coloured);
	view->appointed = is_set(row->appointed);
	view->shows_invite = actor_holds(actor, SCOPE_MEMBERS);
	view->invited = is_set(row->invited);
	view->all_done = (view->described || !view->shows_describe) &&
			 (view->coloured || !view->shows_colour) &&
			 (view->invited || !view->shows_invite) &&
			 view->appointed;
}

int
settings_page_checklist(struct request *request)
{
	struct settings_row row = {0};
	struct checklist_view view = {0};

	if (settings_current(request, &row) < 0)
		return -1;
	fill(request, &row, &view);
	if (view.shows_invite &&
		applications_count(request, &view.applications) < 0)
		return -1;
	view.any_applications = view.applications > 0;
	return reply_page(request, 200, &settings_checklist_page, &view);
}

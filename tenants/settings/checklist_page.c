#include "tenants/settings/checklist.h"

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

static const struct field view_fields[] = {
	FIELD_BOOLEAN(struct checklist, shows_describe),
	FIELD_BOOLEAN(struct checklist, described),
	FIELD_BOOLEAN(struct checklist, shows_colour),
	FIELD_BOOLEAN(struct checklist, coloured),
	FIELD_BOOLEAN(struct checklist, appointed),
	FIELD_BOOLEAN(struct checklist, shows_invite),
	FIELD_BOOLEAN(struct checklist, invited),
	FIELD_BOOLEAN(struct checklist, all_done),
	FIELD_BOOLEAN(struct checklist, any_applications),
	FIELD_INTEGER(struct checklist, applications),
};
static const struct record view_record = RECORD(struct checklist, view_fields);

const struct page settings_checklist_page = {
	"settings/checklist.html", &view_record};

static bool
is_set(struct timestamp mark)
{
	return mark.microseconds != TIME_NONE.microseconds;
}

/* What the file that founded the community brought is done as well. */
static void
fill(const struct request *request, const struct settings_row *row,
	struct checklist *view)
{
	const struct tenant_bounds *may =
		&request->community->config->founder_may_change;
	const struct actor *actor = request->actor;
	bool settings = actor_holds(actor, SCOPE_SETTINGS);

	view->shows_describe = settings && may->description;
	view->described =
		is_set(row->described) ||
		(row->description != NULL && row->description[0] != '\0');
	view->shows_colour = settings && may->theme;
	view->coloured = is_set(row->coloured) ||
			 strcmp(row->colour, TENANT_COLOUR) != 0;
	view->appointed = is_set(row->appointed);
	view->shows_invite = actor_holds(actor, SCOPE_MEMBERS);
	view->invited = is_set(row->invited);
	view->all_done = (view->described || !view->shows_describe) &&
			 (view->coloured || !view->shows_colour) &&
			 (view->invited || !view->shows_invite) &&
			 view->appointed;
}

int
checklist_read(struct request *request, struct checklist *ret_checklist)
{
	struct settings_row row = {0};
	struct checklist checklist = {0};

	if (settings_current(request, &row) < 0)
		return -1;
	fill(request, &row, &checklist);
	if (checklist.shows_invite &&
		applications_count(request, &checklist.applications) < 0)
		return -1;
	checklist.any_applications = checklist.applications > 0;
	*ret_checklist = checklist;
	return 0;
}

int
settings_page_checklist(struct request *request)
{
	struct checklist view;

	if (checklist_read(request, &view) < 0)
		return -1;
	return reply_page(request, 200, &settings_checklist_page, &view);
}

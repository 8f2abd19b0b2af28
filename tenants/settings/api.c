#include "tenants/settings/api.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/settings/checklist.h"
#include "tenants/settings/form.h"
#include "tenants/settings/settings.h"

struct api_step {
	const char *name; /* "describe", "colour", "appoint", "invite" */
	bool done;
};

static const struct field step_fields[] = {
	FIELD_TEXT(struct api_step, name),
	FIELD_BOOLEAN(struct api_step, done),
};
static const struct record step_record = RECORD(struct api_step, step_fields);

struct api_checklist {
	struct record_list steps;
	bool all_done;
	int64_t applications;
};

static const struct field checklist_fields[] = {
	FIELD_LIST(struct api_checklist, steps, step_record),
	FIELD_BOOLEAN(struct api_checklist, all_done),
	FIELD_INTEGER(struct api_checklist, applications),
};
static const struct record checklist_record =
	RECORD(struct api_checklist, checklist_fields);

int
settings_api_checklist(struct request *request)
{
	struct checklist checklist;
	struct api_step steps[4];
	struct api_checklist answer = {.steps = {steps, 0}};

	if (checklist_read(request, &checklist) < 0)
		return -1;
	if (checklist.shows_describe)
		steps[answer.steps.count++] =
			(struct api_step){"describe", checklist.described};
	if (checklist.shows_colour)
		steps[answer.steps.count++] =
			(struct api_step){"colour", checklist.coloured};
	steps[answer.steps.count++] =
		(struct api_step){"appoint", checklist.appointed};
	if (checklist.shows_invite)
		steps[answer.steps.count++] =
			(struct api_step){"invite", checklist.invited};
	answer.all_done = checklist.all_done;
	answer.applications = checklist.applications;
	return reply_record(request, 200, &checklist_record, &answer);
}

struct api_settings {
	const char *name;
	const char *tagline;
	const char *description; /* Markdown */
	const char *colour;
	struct record_list changeable; /* names of those left to the founder */
};

static const struct field settings_fields[] = {
	FIELD_TEXT(struct api_settings, name),
	FIELD_TEXT(struct api_settings, tagline),
	FIELD_TEXT(struct api_settings, description),
	FIELD_TEXT(struct api_settings, colour),
	FIELD_TEXTS(struct api_settings, changeable),
};
static const struct record settings_record =
	RECORD(struct api_settings, settings_fields);

int
settings_api_show(struct request *request)
{
	const struct tenant_bounds *may =
		&request->community->config->founder_may_change;
	const char *changeable[4];
	struct settings_row row = {0};
	size_t count = 0;

	if (settings_current(request, &row) < 0)
		return -1;
	if (may->name)
		changeable[count++] = "name";
	if (may->description) {
		changeable[count++] = "tagline";
		changeable[count++] = "description";
	}
	if (may->theme)
		changeable[count++] = "colour";
	return reply_record(request, 200, &settings_record,
		&(struct api_settings){row.name, row.tagline, row.description,
			row.colour, {changeable, count}});
}

/* Fields that the body does not have are left out of the form; 0 when it has
 * none. */
static size_t
omit_absent(struct request *request)
{
	size_t present = 0;

	for (size_t i = 0; i < settings_form.count; i++) {
		const char *name = settings_form.fields[i].name;

		if (!form_was_sent(request, name))
			form_omit(request, name);
		else
			present++;
	}
	return present;
}

int
settings_api_change(struct request *request)
{
	struct settings_input input = {0};
	size_t present = omit_absent(request);
	int outcome;

	settings_form_prepare(request);
	outcome = settings_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome == 0 && present == 0)
		outcome = form_fail(request, "",
			N_("Send at least one field that is to change."));
	if (outcome > 0)
		return reply_form_errors(request);
	if (settings_change(request, &input) < 0)
		return -1;
	return reply_empty(request);
}

#include "tenants/invitations/form.h"

#include "http/form.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/invitations/invitations.h"
#include "tenants/roles/form.h"
#include "tenants/scopes.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct invitation_input, note),
	FIELD_INTEGER(struct invitation_input, uses),
	FIELD_INTEGER(struct invitation_input, days),
	FIELD_TEXTS(struct invitation_input, scopes),
};
static const struct record input_record =
	RECORD(struct invitation_input, input_fields);

static const struct form_field form_fields[] = {
	{
		.name = "note",
		.control = FORM_LINE,
		.label = N_("For whom"),
		.help = N_("For your own list, such as “people from the "
			   "market”. Those invited do not see it."),
		.most = 100,
		.autocomplete = "off",
	},
	{
		.name = "uses",
		.control = FORM_INTEGER,
		.label = N_("How many people may use it"),
		.required = true,
		.least = 1,
		.most = INVITATION_USES_MOST,
	},
	{
		.name = "days",
		.control = FORM_INTEGER,
		.label = N_("How many days it lasts"),
		.required = true,
		.least = 1,
		.most = INVITATION_DAYS_MOST,
	},
	{
		.name = "scopes",
		.control = FORM_CHOICES,
		.label = N_("Join as administrator with these scopes"),
		.help = N_("Choose none to invite members."),
	},
};

const struct form invitation_form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = N_("Make the link"),
};

void
invitation_form_prepare(struct request *request)
{
	form_choices(request, "scopes",
		scope_choices(request, request->actor->scopes));
}

int
invitation_form_read(struct request *request, struct invitation_input *input)
{
	int outcome = form_read(request, &invitation_form, input);

	if (outcome == 0 &&
		scopes_from_list(&input->scopes, &input->scope_bits) < 0)
		return form_fail(
			request, "scopes", N_("Choose from the scopes shown."));
	return outcome;
}

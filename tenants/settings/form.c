#include "tenants/settings/form.h"

#include "base/record.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/community.h"
#include "tenants/settings/settings.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct settings_input, name),
	FIELD_TEXT(struct settings_input, tagline),
	FIELD_TEXT(struct settings_input, description),
	FIELD_TEXT(struct settings_input, colour),
};
static const struct record input_record =
	RECORD(struct settings_input, input_fields);

static const struct form_field form_fields[] = {
	{
		.name = "name",
		.control = FORM_LINE,
		.label = N_("Name of the community"),
		.required = true,
		.most = SETTINGS_NAME_MOST,
		.autocomplete = "off",
	},
	{
		.name = "tagline",
		.control = FORM_LINE,
		.label = N_("In one sentence"),
		.help = N_("Stands large on the front page."),
		.most = SETTINGS_TAGLINE_MOST,
		.autocomplete = "off",
	},
	{
		.name = "description",
		.control = FORM_MARKDOWN,
		.label = N_("Description"),
		.help = N_("Who you are, whom it is for, what people do for "
			   "each other here."),
		.most = SETTINGS_DESCRIPTION_MOST,
	},
	{
		.name = "colour",
		.control = FORM_COLOUR,
		.label = N_("Colour"),
		.help = N_("Buttons, links and the sign of the community are "
			   "in this colour; it is darkened or lightened where "
			   "it could not be read."),
		.required = true,
	},
};

const struct form settings_form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = N_("Save the settings"),
};

bool
settings_form_prepare(struct request *request)
{
	const struct tenant_bounds *may =
		&request->community->config->founder_may_change;

	if (!may->name)
		form_omit(request, "name");
	if (!may->description) {
		form_omit(request, "tagline");
		form_omit(request, "description");
	}
	if (!may->theme)
		form_omit(request, "colour");
	return may->name || may->description || may->theme;
}

int
settings_form_read(struct request *request, struct settings_input *input)
{
	int outcome = form_read(request, &settings_form, input);

	if (outcome != 0)
		return outcome;
	if (input->tagline == NULL && form_value(request, "tagline") != NULL)
		input->tagline = "";
	if (input->description == NULL &&
		form_value(request, "description") != NULL)
		input->description = "";
	return 0;
}

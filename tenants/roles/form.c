#include "tenants/roles/form.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/request.h"
#include "tenants/actor.h"
#include "tenants/scopes.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct appointment_input, username),
	FIELD_TEXTS(struct appointment_input, scopes),
};
static const struct record input_record =
	RECORD(struct appointment_input, input_fields);

static const struct form_field form_fields[] = {
	{
		.name = "username",
		.control = FORM_USERNAME,
		.label = N_("User name of the member"),
		.help = N_("An active member of this community."),
		.required = true,
		.most = 32,
		.autocomplete = "off",
	},
	{
		.name = "scopes",
		.control = FORM_CHOICES,
		.label = N_("What this administrator may do"),
		.help = N_("You can pass on only the scopes that you hold. "
			   "To change an appointment, make it again."),
		.required = true,
	},
};

const struct form appointment_form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = N_("Appoint"),
};

const struct form_choice *
scope_choices(struct request *request, unsigned held)
{
	struct form_choice *choices = arena_array(
		request->arena, SCOPE_NAME_COUNT + 1, sizeof(*choices));
	size_t count = 0;

	for (size_t i = 0; i < SCOPE_NAME_COUNT; i++)
		if ((held & scope_names[i].scope) != 0)
			choices[count++] = (struct form_choice){
				scope_names[i].word,
				text_get(request->language,
					scope_names[i].label),
			};
	return choices;
}

struct record_list
scope_labels(struct request *request, unsigned scopes)
{
	const char **items =
		arena_array(request->arena, SCOPE_NAME_COUNT, sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < SCOPE_NAME_COUNT; i++)
		if ((scopes & scope_names[i].scope) != 0)
			items[count++] = text_get(
				request->language, scope_names[i].label);
	return (struct record_list){items, count};
}

void
appointment_form_prepare(struct request *request)
{
	form_choices(request, "scopes",
		scope_choices(request, request->actor->scopes));
}

int
appointment_form_read(struct request *request, struct appointment_input *input)
{
	int outcome = form_read(request, &appointment_form, input);

	if (outcome == 0 &&
		scopes_from_list(&input->scopes, &input->scope_bits) < 0)
		return form_fail(
			request, "scopes", N_("Choose from the scopes shown."));
	return outcome;
}

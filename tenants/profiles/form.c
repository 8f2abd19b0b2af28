#include "tenants/profiles/form.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"
#include "http/form.h"
#include "tenants/profiles/profiles.h"
#include "text/catalogue.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct profile_input, name),
	FIELD_TEXT(struct profile_input, language),
	FIELD_TEXT(struct profile_input, phone),
	FIELD_TEXT(struct profile_input, phone_visibility),
	FIELD_TEXT(struct profile_input, address),
	FIELD_TEXT(struct profile_input, address_visibility),
	FIELD_TEXT(struct profile_input, description),
	FIELD_TEXT(struct profile_input, description_visibility),
};
static const struct record input_record =
	RECORD(struct profile_input, input_fields);

static const struct form_choice visibilities[] = {
	{"self", N_("Only you")},
	{"counterparts", N_("You and those you work with in a mission")},
	{"members", N_("All members")},
	{"public", N_("Everybody")},
	{NULL, NULL},
};

/* Each language in its own words. */
static const struct form_choice languages[] = {
	{"en", N_("English")},
	{"fr", N_("French")},
	{NULL, NULL},
};

/* Columns of schema/tenant. */
#define NAME_MOST	 100
#define PHONE_MOST	 40
#define ADDRESS_MOST	 300
#define DESCRIPTION_MOST 3000

#define VOLUNTARY N_("What you may tell, if you like")

static const struct form_field fields[] = {
	{
		.name = "name",
		.control = FORM_LINE,
		.label = N_("Name"),
		.help = N_("As the other members see it."),
		.required = true,
		.most = NAME_MOST,
		.autocomplete = "name",
	},
	{
		.name = "language",
		.control = FORM_SELECT,
		.label = N_("Language"),
		.help = N_("Of pages and mails. Without a choice, your "
			   "browser's."),
		.choices = languages,
	},
	{
		.name = "phone",
		.control = FORM_LINE,
		.label = N_("Phone"),
		.most = PHONE_MOST,
		.autocomplete = "tel",
		.group = VOLUNTARY,
	},
	{
		.name = "phone_visibility",
		.control = FORM_SELECT,
		.label = N_("Who sees your phone number"),
		.help = N_("There are no missions here yet: until there are, "
			   "“you and those you work with in a mission” means "
			   "only you."),
		.required = true,
		.choices = visibilities,
		.group = VOLUNTARY,
	},
	{
		.name = "address",
		.control = FORM_TEXT,
		.label = N_("Street address"),
		.most = ADDRESS_MOST,
		.autocomplete = "street-address",
		.group = VOLUNTARY,
	},
	{
		.name = "address_visibility",
		.control = FORM_SELECT,
		.label = N_("Who sees your street address"),
		.required = true,
		.choices = visibilities,
		.group = VOLUNTARY,
	},
	{
		.name = "description",
		.control = FORM_MARKDOWN,
		.label = N_("About you"),
		.help = N_("What you do well, what you like, when you have "
			   "time."),
		.most = DESCRIPTION_MOST,
		.group = VOLUNTARY,
	},
	{
		.name = "description_visibility",
		.control = FORM_SELECT,
		.label = N_("Who sees what you say about you"),
		.required = true,
		.choices = visibilities,
		.group = VOLUNTARY,
	},
};

const struct form profile_form = {
	.record = &input_record,
	.fields = fields,
	.count = COUNT_OF(fields),
	.submit = N_("Save"),
};

static const char *
or_default(const char *visibility, const char *otherwise)
{
	return visibility == NULL ? otherwise : visibility;
}

struct profile_input
profile_input_of(const struct profile *profile)
{
	return (struct profile_input){
		.name = profile->name,
		.language = profile->language,
		.phone = profile->phone,
		.phone_visibility =
			or_default(profile->phone_visibility, "members"),
		.address = profile->address,
		.address_visibility =
			or_default(profile->address_visibility, "self"),
		.description = profile->description,
		.description_visibility =
			or_default(profile->description_visibility, "members"),
	};
}

const char *
visibility_label(const char *visibility)
{
	for (size_t i = 0; visibility != NULL && visibilities[i].value != NULL;
		i++)
		if (strcmp(visibilities[i].value, visibility) == 0)
			return visibilities[i].label;
	return NULL;
}

#include "tenants/members/form.h"

#include "base/record.h"
#include "http/form.h"
#include "text/catalogue.h"

static const struct field input_fields[] = {
	FIELD_TEXT(struct suspension_input, reason),
};
static const struct record input_record =
	RECORD(struct suspension_input, input_fields);

static const struct form_field form_fields[] = {
	{
		.name = "reason",
		.control = FORM_TEXT,
		.label = N_("Reason"),
		.help = N_("The member is told by mail, and it stands in the "
			   "audit list."),
		.required = true,
		.most = 1000,
	},
};

const struct form suspension_form = {
	.record = &input_record,
	.fields = form_fields,
	.count = COUNT_OF(form_fields),
	.submit = N_("Suspend this member"),
};

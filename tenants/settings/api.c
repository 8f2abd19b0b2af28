#include "tenants/settings/api.h"

#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/settings/form.h"
#include "tenants/settings/settings.h"

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

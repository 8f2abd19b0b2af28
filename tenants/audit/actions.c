#include "tenants/audit/actions.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"
#include "text/catalogue.h"

// clang-format off
static const struct {
	const char *action;
	const char *text;
} actions[] = {
	{"application.approved", N_("approved an application")},
	{"application.declined", N_("declined an application")},
	{"appointment.granted", N_("appointed an administrator")},
	{"appointment.withdrawn", N_("withdrew an appointment")},
	{"community.claimed", N_("became the founder")},
	{"invitation.made", N_("made an invitation")},
	{"invitation.withdrawn", N_("withdrew an invitation")},
	{"listing.withdrawn", N_("withdrew somebody’s offer or request")},
	{"member.readmitted", N_("readmitted a member")},
	{"member.suspended", N_("suspended a member")},
	{"settings.changed", N_("changed the settings")},
};
// clang-format on

const char *
audit_action_text(const char *action)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (strcmp(actions[i].action, action) == 0)
			return actions[i].text;
	return action;
}

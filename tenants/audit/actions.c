#include "tenants/audit/actions.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"
#include "text/catalogue.h"

struct action {
	const char *name;
	const char *text;
};

// clang-format off
static const struct action of_office[] = {
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

static const struct action of_members[] = {
	{"listing.changed", N_("changed an offer or request")},
	{"listing.posted", N_("posted an offer or request")},
	{"listing.taken-back", N_("withdrew an offer or request of theirs")},
};
// clang-format on

static const struct action *
find(const struct action *actions, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	return NULL;
}

const char *
audit_action_text(const char *action)
{
	const struct action *found =
		find(of_office, COUNT_OF(of_office), action);

	if (found == NULL)
		found = find(of_members, COUNT_OF(of_members), action);
	return found == NULL ? action : found->text;
}

bool
audit_action_is_office(const char *action)
{
	return find(of_members, COUNT_OF(of_members), action) == NULL;
}

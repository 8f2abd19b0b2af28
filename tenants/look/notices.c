#include "tenants/look/notices.h"

#include <stddef.h>
#include <string.h>

#include "base/record.h"
#include "text/catalogue.h"

// clang-format off
#define GOOD "notice-good", "check"

/* By feature; add yours. */
static const struct notice notices[] = {
	{"listing-posted", GOOD, N_("It is posted: the others can see it now.")},
	{"listing-changed", GOOD, N_("Your changes are saved.")},
	{"listing-withdrawn", GOOD, N_("It is withdrawn: nobody else sees it any more.")},
	{"address-confirmed", GOOD, N_("Your e-mail address is confirmed. Welcome!")},
	{"address-confirmed-pending", GOOD, N_("Your e-mail address is confirmed. The administrators will now decide about your membership.")},
	{"link-sent", GOOD, N_("A new link is on its way to your e-mail address.")},
	{"logged-out", GOOD, N_("You are logged out.")},
	{"logged-out-meanwhile", "notice-warn", "info", N_("You had been logged out. Please log in and do it once more.")},
	{"not-yours", "notice-warn", "info", N_("What was kept is somebody else’s: it is not shown to you.")},
	{"password-set", GOOD, N_("Your new password is set: log in with it.")},
	{"password-changed", GOOD, N_("Your password is changed, and your other sessions are ended.")},
	{"session-ended", GOOD, N_("The session is ended.")},
	{"sessions-ended", GOOD, N_("All your other sessions are ended.")},
	{"token-ended", GOOD, N_("The token no longer works.")},
	{"claimed", GOOD, N_("You are the founder now. Here is what to do first.")},
	{"appointed", GOOD, N_("The appointment stands.")},
	{"appointment-withdrawn", GOOD, N_("The appointment is withdrawn.")},
	{"stepped-down", GOOD, N_("You gave back your appointment.")},
	{"invitation-withdrawn", GOOD, N_("The invitation is withdrawn: its link no longer works.")},
	{"member-suspended", GOOD, N_("The member is suspended and told by mail.")},
	{"member-readmitted", GOOD, N_("The member is readmitted and told by mail.")},
	{"application-approved", GOOD, N_("The new member is in and told by mail.")},
	{"application-declined", GOOD, N_("The application is declined, and its sender told by mail.")},
	{"settings-saved", GOOD, N_("The settings are saved.")},
	{"profile-changed", GOOD, N_("Your profile is saved.")},
};
// clang-format on

const struct notice *
notice_find(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(notices); i++)
		if (strcmp(notices[i].name, name) == 0)
			return &notices[i];
	return NULL;
}

#include "tenants/features.h"

#include <stddef.h>

#include "tenants/accounts/accounts.h"
#include "tenants/api/api.h"
#include "tenants/audit/list.h"
#include "tenants/events/events.h"
#include "tenants/home/home.h"
#include "tenants/invitations/invitations.h"
#include "tenants/legal/legal.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/listings/listings.h"
#include "tenants/look/look.h"
#include "tenants/members/members.h"
#include "tenants/outbox/outbox.h"
#include "tenants/profiles/profiles.h"
#include "tenants/roles/roles.h"
#include "tenants/settings/settings.h"
#ifdef MISSIOND_PLANTED_LEAKS
#include "leaks/planted.h"
#endif

const struct feature *const features[] = {
	&accounts_feature,
	&api_feature,
	&audit_feature,
	&events_feature,
	&home_feature,
	&invitations_feature,
	&legal_feature,
	&lifecycle_feature,
	&listings_feature,
	&look_feature,
	&members_feature,
	&outbox_feature,
	&profiles_feature,
	&roles_feature,
	&settings_feature,
#ifdef MISSIOND_PLANTED_LEAKS
	&planted_feature,
#endif
	NULL,
};

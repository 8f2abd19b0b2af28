#include "tenants/features.h"

#include <stddef.h>

#include "tenants/accounts/accounts.h"
#include "tenants/home/home.h"
#include "tenants/legal/legal.h"
#include "tenants/lifecycle/lifecycle.h"
#include "tenants/listings/listings.h"
#include "tenants/look/look.h"
#include "tenants/outbox/outbox.h"
#include "tenants/profiles/profiles.h"

const struct feature *const features[] = {
	&accounts_feature,
	&home_feature,
	&legal_feature,
	&lifecycle_feature,
	&listings_feature,
	&look_feature,
	&outbox_feature,
	&profiles_feature,
	NULL,
};

#include "tenants/features.h"

#include <stddef.h>

#include "tenants/listings/listings.h"
#include "tenants/look/look.h"

const struct feature *const features[] = {
	&listings_feature,
	&look_feature,
	NULL,
};

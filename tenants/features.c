#include "tenants/features.h"

#include <stddef.h>

#include "tenants/look/look.h"

const struct feature *const features[] = {
	&look_feature,
	NULL,
};

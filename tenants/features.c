#include "tenants/features.h"

const struct feature *const features[] = {
	NULL,
};

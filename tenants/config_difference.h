/* config_difference.h: what differs between two configurations, in words. */
#ifndef MISSIOND_TENANTS_CONFIG_DIFFERENCE_H
#define MISSIOND_TENANTS_CONFIG_DIFFERENCE_H

#include "base/record.h"

struct arena;
struct tenant_config;

/* Texts such as "joining: open → approval"; long values are cut, lists of
 * mappings only named. In the arena. */
struct record_list config_difference(struct arena *arena,
	const struct tenant_config *before, const struct tenant_config *after);

#endif

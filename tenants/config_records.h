/* config_records.h: the records of tenant_config's parts, for config_table.c.
 */
#ifndef MISSIOND_TENANTS_CONFIG_RECORDS_H
#define MISSIOND_TENANTS_CONFIG_RECORDS_H

#include "base/record.h"

extern const struct record tenant_founder_record;
extern const struct record tenant_text_record;
extern const struct record tenant_terms_record;
extern const struct record tenant_register_record;
extern const struct record tenant_category_record;
extern const struct record tenant_bounds_record;
extern const struct record tenant_theme_record;

#endif

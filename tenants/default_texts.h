/* default_texts.h: what a community has when its YAML file says nothing:
 * categories, and short legal texts that a host should replace. */
#ifndef MISSIOND_TENANTS_DEFAULT_TEXTS_H
#define MISSIOND_TENANTS_DEFAULT_TEXTS_H

#include "tenants/config.h"

struct record_list default_categories(void);
struct tenant_terms default_terms(void);
struct tenant_terms default_privacy(void);

#endif

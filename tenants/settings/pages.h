/* pages.h: /manage and /manage/settings. */
#ifndef MISSIOND_TENANTS_SETTINGS_PAGES_H
#define MISSIOND_TENANTS_SETTINGS_PAGES_H

#include "http/route.h"

struct page;

extern const struct page settings_checklist_page;
extern const struct page settings_page;

route_handler settings_page_checklist;
route_handler settings_page_show;
route_handler settings_page_change;

#endif

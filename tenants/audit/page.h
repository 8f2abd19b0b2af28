/* page.h: /manage/audit and /api/v1/audit. */
#ifndef MISSIOND_TENANTS_AUDIT_PAGE_H
#define MISSIOND_TENANTS_AUDIT_PAGE_H

#include "http/route.h"

struct page;

extern const struct page audit_page;

route_handler audit_page_show;
route_handler audit_api_list;

#endif

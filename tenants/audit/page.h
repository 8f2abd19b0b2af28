/* page.h: /manage/audit and /api/v1/audit, acts of office; and below each
 * /members, what members did with what is theirs. */
#ifndef MISSIOND_TENANTS_AUDIT_PAGE_H
#define MISSIOND_TENANTS_AUDIT_PAGE_H

#include "http/route.h"

struct page;

extern const struct page audit_page;

route_handler audit_page_show;
route_handler audit_page_show_members;
route_handler audit_api_list;
route_handler audit_api_list_members;

#endif

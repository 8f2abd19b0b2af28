/* pages.h: /manage/members and /manage/applications. */
#ifndef MISSIOND_TENANTS_MEMBERS_PAGES_H
#define MISSIOND_TENANTS_MEMBERS_PAGES_H

#include "http/route.h"

struct page;

extern const struct page members_page;
extern const struct page member_page;
extern const struct page applications_page;

route_handler members_page_list;
route_handler members_page_show;
route_handler members_page_suspend;
route_handler members_page_readmit;
route_handler applications_page_list;
route_handler applications_page_approve;
route_handler applications_page_decline;

#endif

/* page.h: the page "Administrators" below /manage. */
#ifndef MISSIOND_TENANTS_ROLES_PAGE_H
#define MISSIOND_TENANTS_ROLES_PAGE_H

#include "http/route.h"

struct page;

extern const struct page roles_page;

route_handler roles_page_show;
route_handler roles_page_appoint;
route_handler roles_page_withdraw;

#endif

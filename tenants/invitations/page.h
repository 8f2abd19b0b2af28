/* page.h: the page "Invitations" below /manage. */
#ifndef MISSIOND_TENANTS_INVITATIONS_PAGE_H
#define MISSIOND_TENANTS_INVITATIONS_PAGE_H

#include "http/route.h"

struct page;

extern const struct page invitations_page;

route_handler invitations_page_show;
route_handler invitations_page_make;
route_handler invitations_page_withdraw;

#endif

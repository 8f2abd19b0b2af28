/* join_page.h: the pages and API calls of joining. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_JOIN_PAGE_H
#define MISSIOND_TENANTS_ACCOUNTS_JOIN_PAGE_H

struct page;
struct request;

extern const struct page join_page;
extern const struct page joined_page;

/* GET and POST /join, /join/{token}; GET /joined */
int join_page_show(struct request *request);
int join_page_send(struct request *request);
int joined_page_show(struct request *request);

/* POST /api/v1/members, /api/v1/invitations/{token}/members */
int join_api(struct request *request);

#endif

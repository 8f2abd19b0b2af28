/* pages.h: the pages of profiles. */
#ifndef MISSIOND_TENANTS_PROFILES_PAGES_H
#define MISSIOND_TENANTS_PROFILES_PAGES_H

struct page;
struct request;

extern const struct page profiles_show_page;
extern const struct page profiles_account_page;

int profiles_page_show(struct request *request);    /* /members/{username} */
int profiles_page_account(struct request *request); /* /account */
int profiles_page_change(struct request *request);  /* … POST */

#endif

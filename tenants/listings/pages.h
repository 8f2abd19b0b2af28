/* pages.h: the pages of listings. */
#ifndef MISSIOND_TENANTS_LISTINGS_PAGES_H
#define MISSIOND_TENANTS_LISTINGS_PAGES_H

struct page;
struct request;

extern const struct page listings_index_page;
extern const struct page listings_show_page;
extern const struct page listings_form_page;

int listings_page_index(struct request *request);    /* /listings */
int listings_page_show(struct request *request);     /* /listings/{id} */
int listings_page_new(struct request *request);	     /* /listings/new */
int listings_page_post(struct request *request);     /* … POST */
int listings_page_edit(struct request *request);     /* …/{id}/edit */
int listings_page_change(struct request *request);   /* … POST */
int listings_page_withdraw(struct request *request); /* …/{id}/withdraw */

#endif

/* mails.h: what authors are told by mail. */
#ifndef MISSIOND_TENANTS_LISTINGS_MAILS_H
#define MISSIOND_TENANTS_LISTINGS_MAILS_H

struct db;
struct listing;
struct page;
struct request;

extern const struct page listings_withdrawn_mail;

/* In the transaction of the act: tells the author that an admin withdrew the
 * listing. The caller moves EPOCH_MAIL. 0 or -1. */
int listing_tell_withdrawn(
	struct request *request, struct db *db, const struct listing *listing);

#endif

/* mails.h: the mails of this feature. */
#ifndef MISSIOND_TENANTS_ACCOUNTS_MAILS_H
#define MISSIOND_TENANTS_ACCOUNTS_MAILS_H

struct account;
struct db;
struct link;
struct page;
struct request;

extern const struct page mail_confirm;
extern const struct page mail_address_known;
extern const struct page mail_reset;
extern const struct page mail_password_changed;
extern const struct page mail_claimed;

/* Queues a mail to the member in the member's language. 0 or -1. */
int account_mail(struct request *request, struct db *db,
	const struct account *account, const struct page *page,
	const char *subject, const struct link *link);

#endif

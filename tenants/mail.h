/* mail.h: a mail of a community: put into its outbox table in the transaction
 * of the act that causes it; the courier delivers it. */
#ifndef MISSIOND_TENANTS_MAIL_H
#define MISSIOND_TENANTS_MAIL_H

#include "base/record.h"
#include "text/catalogue.h"

struct db;
struct page;
struct request;

struct mail_message {
	const char *to;	     /* one address */
	const char *to_name; /* or NULL */
	enum language language;
	const char *subject; /* N_() text, filled from the view */
	const struct page
		*page; /* plain-text template, "accounts/confirm.txt" */
	const void *view;
	struct uuid member; /* whom it is about, for erasure; or UUID_NONE */
};

/* Renders and queues; 0 or -1. */
int mail_queue(struct request *request, struct db *db,
	const struct mail_message *message);

#endif

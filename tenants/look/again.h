/* again.h: the page that keeps what was typed where nothing else can be shown:
 * it needs neither the form nor the database. A click sends the same once more.
 */
#ifndef MISSIOND_TENANTS_LOOK_AGAIN_H
#define MISSIOND_TENANTS_LOOK_AGAIN_H

#include "base/record.h"

struct again_view {
	int64_t status;
	const char *title;
	const char *detail;	   /* or NULL */
	const char *action;	   /* where it was sent */
	struct record_list fields; /* of form_hidden_view */
};

extern const struct page look_again_page;

/* The same where no community is known. */
extern const struct page look_again_plain_page;

#endif

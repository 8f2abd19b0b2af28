/* look.h: what all pages share: styles, icons, pictures, the error page. */
#ifndef MISSIOND_TENANTS_LOOK_LOOK_H
#define MISSIOND_TENANTS_LOOK_LOOK_H

#include "tenants/features.h"

struct db_statement;
struct page;
struct request;

extern const struct feature look_feature;

/* For struct service. */
extern const struct page look_error_page;

/* The cookie with a visitor's choice of language: a code ("fr"). */
#define LOOK_LANGUAGE_COOKIE "language"

/* GET /language/{code}?to=/path: keeps the choice on this browser, goes back.
 */
int look_language(struct request *request);

/* POST /language/{code}, "to": keeps the choice with the member, too, wherever
 * they log in and for the mails they get. */
int look_language_store(struct request *request);

/* POST /api/v1/markdown: what the preview below a field shows. */
int look_api_preview(struct request *request);

extern const struct db_statement look_language_statement;

#endif

/* legal.h: the terms of use, their acceptance, and the privacy notice. */
#ifndef MISSIOND_TENANTS_LEGAL_LEGAL_H
#define MISSIOND_TENANTS_LEGAL_LEGAL_H

#include "tenants/features.h"

struct page;
struct request;

extern const struct feature legal_feature;

extern const struct page legal_terms_page;
extern const struct page legal_privacy_page;
extern const struct page legal_accept_page;

/* GET /terms, /privacy and their API twins */
int legal_terms_show(struct request *request);
int legal_privacy_show(struct request *request);
int legal_terms_api(struct request *request);
int legal_privacy_api(struct request *request);

/* GET and POST /terms/accept, POST /api/v1/account/terms */
int legal_accept_show(struct request *request);
int legal_accept_send(struct request *request);
int legal_accept_api(struct request *request);

#endif

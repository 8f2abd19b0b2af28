/* api.h: listings as JSON, under /api/v1/listings. */
#ifndef MISSIOND_TENANTS_LISTINGS_API_H
#define MISSIOND_TENANTS_LISTINGS_API_H

struct request;

int listings_api_index(struct request *request);
int listings_api_show(struct request *request);
int listings_api_post(struct request *request);
int listings_api_change(struct request *request);
int listings_api_withdraw(struct request *request);

#endif

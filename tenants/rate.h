/*
 * rate.h: how often a visitor may try. Token buckets in this worker's memory,
 * of fixed number: a visitor who meets a bucket of another's (a collision, or
 * an old one) gets a full one. Keyed by community, so that what happens in one
 * slows nobody in another.
 */
#ifndef MISSIOND_TENANTS_RATE_H
#define MISSIOND_TENANTS_RATE_H

#include <stdbool.h>

struct rate_table;
struct request;

struct rate_table *rate_table_new(void);
void rate_table_free(struct rate_table *table);

/* Counts a request against its route's rate class and the visitor's address
 * (an IPv6 /64): NULL when it may go on, else after how many seconds. */
const char *rate_take(struct rate_table *table, const struct request *request);

/*
 * Guessing one account's password from many addresses: rate_open() tells
 * whether `account` (a user name or address as typed) may be tried,
 * rate_failed() counts a wrong password.
 */
bool rate_open(struct rate_table *table, const struct request *request,
	const char *account);
void rate_failed(struct rate_table *table, const struct request *request,
	const char *account);

/*
 * Filling somebody's mailbox through our forms, from many addresses: whether
 * one more mail that a stranger asked for may go to `email`; counts it.
 */
bool rate_mail(struct rate_table *table, const struct request *request,
	const char *email);

#endif

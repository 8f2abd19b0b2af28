/*
 * settle.h: the same time for a known and an unknown address. The work behind
 * an answer differs by some statements; the answer waits for a fixed moment
 * after the request began, so that the difference cannot be measured.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_SETTLE_H
#define MISSIOND_TENANTS_ACCOUNTS_SETTLE_H

struct request;

/* Waits until the next multiple of a quarter of a second since the task of the
 * request began. */
void settle(struct request *request);

#endif

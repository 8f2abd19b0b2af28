/*
 * courier.h: the process that delivers the communities' mail. It looks at a
 * community when its mail epoch moved (community_state, one query an interval
 * for all), when a mail of it comes due, after a start where the registry says
 * that mail waits, and in slow sweeps over all that remove what has expired and
 * find what a crash left behind. So what there is to do at a start does not
 * grow with the communities. One task serves one community at a time, under
 * that community's own account.
 */
#ifndef MISSIOND_COURIER_H
#define MISSIOND_COURIER_H

#include <stdint.h>

#include "base/record.h"
#include "crypto/digest.h"

struct courier;
struct db_account;
struct db_pool;
struct loop;
struct smtp_server;

struct courier_settings {
	/* Both the registry and the communities; the caller's. */
	struct db_pool *pool;
	const struct db_account *registry;
	unsigned char tenant_key[DIGEST_SIZE]; /* subkey of their passwords */

	/* Whose claims: the same for all couriers of one supervisor. */
	struct uuid holder;
	const char *from;   /* the sender's address, also of the envelope */
	const char *folder; /* write .eml files there, or */
	const struct smtp_server *smtp; /* send to that server */
	int64_t attempts;		/* before a mail is given up */

	unsigned
		side_by_side; /* communities; task_work() has as many threads */
	int64_t poll;	      /* between looks at community_state, µs */
	int64_t sweep;	      /* until a sweep over all communities, µs */
	int64_t pace;	      /* between two looks after a start, µs */
	int64_t cleaning_pace; /* between two of a sweep, µs */
	/* What became of mails is added here; NULL: nobody counts. */
	struct mail_counts *counts;
};

/* Starts; what `settings` points to must outlive it. smtp_start() and
 * task_work_start() have been called. */
struct courier *courier_new(
	struct loop *loop, const struct courier_settings *settings);

/* Gives up what is under way and begins nothing new; when the loop's tasks
 * have ended, courier_free() may be called. */
void courier_stop(struct courier *courier);
void courier_free(struct courier *courier);

#endif

/*
 * limits.h: what one community may take of a machine. The host's defaults for
 * all stand in missiond.yaml (community_limits), a community's own in its
 * tenant.yaml (limits), where each that is not given is the host's.
 */
#ifndef MISSIOND_TENANTS_LIMITS_H
#define MISSIOND_TENANTS_LIMITS_H

#include <stdint.h>

#include "base/record.h"

/* As the files say it: a number from 1 on, "off" or 0 for no limit, NULL where
 * nothing is said. */
struct limit_words {
	const char *requests_per_second;
	const char *burst;
	const char *connections;
	const char *concurrent_requests;
	const char *shared_requests;
	const char *waiting_passwords;
	const char *streams;
};

extern const struct record limit_words_record;

#define LIMIT_MOST  1000000
#define LIMIT_OFF   INT64_C(0)
#define LIMIT_UNSET INT64_C(-1) /* as the host says */

/* The same in numbers. */
struct limits {
	int64_t requests_per_second; /* of this machine */
	int64_t burst;		     /* that many at once beyond it */
	int64_t connections;	     /* to the database, of one worker */
	int64_t concurrent_requests; /* in work, of one worker */
	int64_t shared_requests;     /* while others are asked for, too */
	int64_t waiting_passwords;   /* for a thread of one worker */
	int64_t streams;	     /* of events, open in one worker */
};

/* For a key's `check`: NULL, or what was expected. */
const char *limit_check(const char *text);

/* The same for a burst, of which there is always some. */
const char *limit_check_burst(const char *text);

/* Words that were checked; none are allowed for, too. */
struct limits limits_read(const struct limit_words *words);

/* The community's own where it has some, else the host's. Without a burst it
 * is twice what a second gives. */
struct limits limits_join(const struct limits *own, const struct limits *host);

#endif

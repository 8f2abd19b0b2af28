/*
 * outbox.h: a community's mail that waits for the courier. A mail is put in by
 * the transaction of the act that causes it, so it is there exactly when the
 * act is. The courier claims it by a committed UPDATE on the server's clock
 * that raises its fence, sends it, and writes what became of it under that
 * fence: whoever lost the claim meanwhile writes nothing.
 *
 * Killed between sending and writing "sent", the courier sends that one mail
 * again, under the same Message-ID: a mail may come twice, none is lost. The
 * supervisor's next courier does so at once (outbox_reclaim()), another
 * machine's when the claim has run out.
 *
 * All functions wait; -1 means db_failure() says why.
 */
#ifndef MISSIOND_TENANTS_OUTBOX_OUTBOX_H
#define MISSIOND_TENANTS_OUTBOX_OUTBOX_H

#include "base/record.h"
#include "tenants/features.h"

struct arena;
struct db;
struct db_statement;

extern const struct feature outbox_feature;

/* How long a claim holds, in µs: longer than a delivery may take. */
#define OUTBOX_LEASE INT64_C(600000000)

/* Seconds between attempts, after the first, second, … */
#define OUTBOX_PAUSES 60, 300, 900, 3600, 7200, 14400, 28800

/* Days a sent or failed mail is kept, without its body. */
#define OUTBOX_KEPT_DAYS 30

struct outbox_new {
	struct uuid id;
	struct uuid member; /* whom it is about, or UUID_NONE */
	const char *recipient;
	const char *recipient_name; /* or NULL */
	const char *language;
	const char *subject;
	const char *body;
};

/* What queues one, for who sends it along with others. */
extern const struct db_statement outbox_put_statement;

/* Queues a mail; the caller moves the epoch (EPOCH_MAIL). 0 or -1. */
int outbox_put(struct db *db, const struct outbox_new *mail);

struct outbox_mail {
	struct uuid id;
	const char *recipient;
	const char *recipient_name;
	const char *language;
	const char *sender; /* the community's name */
	const char *subject;
	const char *body;
	struct timestamp created;
	int64_t attempts; /* this one included */
	int64_t fence;
};

/*
 * Claims the mail that is longest due, for `holder`: 1, 0 when none is, or -1.
 * Due is also what lies further ahead than any pause: the server's clock has
 * gone back since.
 */
int outbox_claim(struct db *db, struct arena *arena, struct uuid holder,
	struct outbox_mail *ret);

/* Frees what a courier of the same holder had claimed before it was killed. 0
 * or -1. */
int outbox_reclaim(struct db *db, struct uuid holder);

/* What became of a claimed mail; 0 or -1. When the claim was lost meanwhile,
 * nothing is written. `failure` is ours or the server's code, no address. */
int outbox_sent(struct db *db, const struct outbox_mail *mail);
int outbox_failed(
	struct db *db, const struct outbox_mail *mail, const char *failure);
int outbox_later(struct db *db, const struct outbox_mail *mail, int64_t delay,
	const char *failure);

/* Gives a claim back as if there had been none: the courier is stopping. */
int outbox_release(struct db *db, const struct outbox_mail *mail);

struct outbox_wait {
	/* Until a mail is due: 0 or less when one is, INTEGER_NONE when none
	 * waits. */
	int64_t microseconds;
	int64_t waiting; /* how many do */
};

/* 0 or -1. */
int outbox_next(struct db *db, struct arena *arena, struct outbox_wait *ret);

/* Removes what was finished long ago; how many rows, or -1. */
int64_t outbox_expire(struct db *db);

#endif

/* statements.h: the SQL of the outbox. */
#ifndef MISSIOND_TENANTS_OUTBOX_STATEMENTS_H
#define MISSIOND_TENANTS_OUTBOX_STATEMENTS_H

#include "base/record.h"

struct db_statement;

struct outbox_candidate {
	struct uuid id;
	int64_t fence;
};

struct outbox_claim_key {
	int64_t lease; /* µs */
	struct uuid holder;
	struct uuid id;
	int64_t fence; /* as the candidate had it */
};

struct outbox_holder {
	struct uuid holder;
};

struct outbox_finish_key {
	const char *failure; /* NULL: sent */
	struct uuid id;
	int64_t fence;
};

struct outbox_later_key {
	int64_t delay; /* µs */
	const char *failure;
	struct uuid id;
	int64_t fence;
};

struct outbox_age {
	int64_t days;
};

extern const struct db_statement outbox_candidate_statement;
extern const struct db_statement outbox_claim_statement;
extern const struct db_statement outbox_reclaim_statement;
extern const struct db_statement outbox_read_statement;
extern const struct db_statement outbox_sent_statement;
extern const struct db_statement outbox_failed_statement;
extern const struct db_statement outbox_later_statement;
extern const struct db_statement outbox_release_statement;
extern const struct db_statement outbox_next_statement;
extern const struct db_statement outbox_expire_statement;

#endif

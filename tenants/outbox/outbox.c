#include "tenants/outbox/outbox.h"

#include "db/db.h"
#include "tenants/outbox/statements.h"

/* Candidates to try for when other couriers are faster. */
#define CLAIM_ATTEMPTS 10

int
outbox_put(struct db *db, const struct outbox_new *mail)
{
	return db_execute(db, &outbox_put_statement, mail) < 0 ? -1 : 0;
}

/* 1 with the candidate's fence raised, 0 when another was faster, -1. */
static int
claim(struct db *db, struct uuid holder, struct outbox_candidate *candidate)
{
	const struct outbox_claim_key key = {
		OUTBOX_LEASE, holder, candidate->id, candidate->fence};
	int64_t changed = db_execute(db, &outbox_claim_statement, &key);

	candidate->fence++;
	return (int)changed;
}

int
outbox_claim(struct db *db, struct arena *arena, struct uuid holder,
	struct outbox_mail *ret)
{
	for (int i = 0; i < CLAIM_ATTEMPTS; i++) {
		struct outbox_candidate candidate;
		int found = db_row(db, &outbox_candidate_statement, NULL, arena,
			&candidate);

		if (found > 0)
			found = claim(db, holder, &candidate);
		else
			return found;
		if (found < 0)
			return -1;
		if (found > 0)
			return db_row(db, &outbox_read_statement, &candidate,
				arena, ret);
	}
	return 0;
}

int
outbox_reclaim(struct db *db, struct uuid holder)
{
	const struct outbox_holder key = {holder};

	return db_execute(db, &outbox_reclaim_statement, &key) < 0 ? -1 : 0;
}

int
outbox_sent(struct db *db, const struct outbox_mail *mail)
{
	const struct outbox_finish_key key = {NULL, mail->id, mail->fence};

	return db_execute(db, &outbox_sent_statement, &key) < 0 ? -1 : 0;
}

int
outbox_failed(
	struct db *db, const struct outbox_mail *mail, const char *failure)
{
	const struct outbox_finish_key key = {failure, mail->id, mail->fence};

	return db_execute(db, &outbox_failed_statement, &key) < 0 ? -1 : 0;
}

int
outbox_later(struct db *db, const struct outbox_mail *mail, int64_t delay,
	const char *failure)
{
	const struct outbox_later_key key = {
		delay, failure, mail->id, mail->fence};

	return db_execute(db, &outbox_later_statement, &key) < 0 ? -1 : 0;
}

int
outbox_release(struct db *db, const struct outbox_mail *mail)
{
	const struct outbox_candidate key = {mail->id, mail->fence};

	return db_execute(db, &outbox_release_statement, &key) < 0 ? -1 : 0;
}

int
outbox_next(struct db *db, struct arena *arena, struct outbox_wait *ret)
{
	return db_row(db, &outbox_next_statement, NULL, arena, ret) == 1 ? 0
									 : -1;
}

int64_t
outbox_expire(struct db *db)
{
	const struct outbox_age age = {OUTBOX_KEPT_DAYS};

	return db_execute(db, &outbox_expire_statement, &age);
}

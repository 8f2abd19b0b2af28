#include "tenants/outbox/statements.h"

#include "db/db.h"
#include "tenants/outbox/outbox.h"

#define TEXT(...)    #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)

/*
 * A mail waits for its time, or for the end of a claim. One that is further
 * ahead than it can be (a minute allowed) was written before the server's clock
 * went back: it has waited enough.
 */
#define LONGEST_PAUSE                                                          \
	"(60 + COALESCE(ELT(LEAST(attempts, 7), " TEXT_OF(                     \
		OUTBOX_PAUSES) "),"                                            \
			       " 0))"
#define LONGEST_CLAIM "(60 + 600)" /* OUTBOX_LEASE */
#define NOW_OR(time, longest)                                                  \
	"IF(" time " > UTC_TIMESTAMP(6) + INTERVAL " longest " SECOND,"        \
	" UTC_TIMESTAMP(6), " time ")"
#define DUE_AT	      NOW_OR("due_at", LONGEST_PAUSE)
#define CLAIMED_UNTIL NOW_OR("claimed_until", LONGEST_CLAIM)

_Static_assert(OUTBOX_LEASE == INT64_C(600000000), "LONGEST_CLAIM");

static const struct field new_fields[] = {
	FIELD_UUID(struct outbox_new, id),
	FIELD_UUID(struct outbox_new, member),
	FIELD_TEXT(struct outbox_new, recipient),
	FIELD_TEXT(struct outbox_new, recipient_name),
	FIELD_TEXT(struct outbox_new, language),
	FIELD_TEXT(struct outbox_new, subject),
	FIELD_TEXT(struct outbox_new, body),
};
static const struct record new_record = RECORD(struct outbox_new, new_fields);

static const struct field candidate_fields[] = {
	FIELD_UUID(struct outbox_candidate, id),
	FIELD_INTEGER(struct outbox_candidate, fence),
};
static const struct record candidate_record =
	RECORD(struct outbox_candidate, candidate_fields);

static const struct field claim_fields[] = {
	FIELD_INTEGER(struct outbox_claim_key, lease),
	FIELD_UUID(struct outbox_claim_key, holder),
	FIELD_UUID(struct outbox_claim_key, id),
	FIELD_INTEGER(struct outbox_claim_key, fence),
};
static const struct record claim_record =
	RECORD(struct outbox_claim_key, claim_fields);

static const struct field mail_fields[] = {
	FIELD_UUID(struct outbox_mail, id),
	FIELD_TEXT(struct outbox_mail, recipient),
	FIELD_TEXT(struct outbox_mail, recipient_name),
	FIELD_TEXT(struct outbox_mail, language),
	FIELD_TEXT(struct outbox_mail, sender),
	FIELD_TEXT(struct outbox_mail, subject),
	FIELD_TEXT(struct outbox_mail, body),
	FIELD_TIME(struct outbox_mail, created),
	FIELD_INTEGER(struct outbox_mail, attempts),
	FIELD_INTEGER(struct outbox_mail, fence),
};
static const struct record mail_record =
	RECORD(struct outbox_mail, mail_fields);

static const struct field holder_fields[] = {
	FIELD_UUID(struct outbox_holder, holder),
};
static const struct record holder_record =
	RECORD(struct outbox_holder, holder_fields);

static const struct field finish_fields[] = {
	FIELD_TEXT(struct outbox_finish_key, failure),
	FIELD_UUID(struct outbox_finish_key, id),
	FIELD_INTEGER(struct outbox_finish_key, fence),
};
static const struct record finish_record =
	RECORD(struct outbox_finish_key, finish_fields);

static const struct field later_fields[] = {
	FIELD_INTEGER(struct outbox_later_key, delay),
	FIELD_TEXT(struct outbox_later_key, failure),
	FIELD_UUID(struct outbox_later_key, id),
	FIELD_INTEGER(struct outbox_later_key, fence),
};
static const struct record later_record =
	RECORD(struct outbox_later_key, later_fields);

static const struct field wait_fields[] = {
	FIELD_INTEGER(struct outbox_wait, microseconds),
	FIELD_INTEGER(struct outbox_wait, waiting),
};
static const struct record wait_record =
	RECORD(struct outbox_wait, wait_fields);

static const struct field age_fields[] = {
	FIELD_INTEGER(struct outbox_age, days),
};
static const struct record age_record = RECORD(struct outbox_age, age_fields);

const struct db_statement outbox_put_statement = {
	.name = "outbox.put",
	.sql = "INSERT INTO outbox (id, member, recipient, recipient_name,"
	       " language, subject, body, created_at, due_at)"
	       " VALUES (?, ?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6),"
	       " UTC_TIMESTAMP(6))",
	.parameters = &new_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_candidate_statement = {
	.name = "outbox.candidate",
	.sql = "SELECT id, fence FROM outbox"
	       " WHERE state = 'waiting' AND " DUE_AT " <= UTC_TIMESTAMP(6)"
	       " AND (claimed_until IS NULL OR"
	       " " CLAIMED_UNTIL " <= UTC_TIMESTAMP(6))"
	       " ORDER BY due_at LIMIT 1",
	.row = &candidate_record,
	.kind = DB_READ,
};

const struct db_statement outbox_claim_statement = {
	.name = "outbox.claim",
	.sql = "UPDATE outbox SET fence = fence + 1, attempts = attempts + 1,"
	       " claimed_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,"
	       " claimed_by = ?"
	       " WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &claim_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_reclaim_statement = {
	.name = "outbox.reclaim",
	.sql = "UPDATE outbox SET claimed_until = NULL"
	       " WHERE state = 'waiting' AND claimed_until IS NOT NULL"
	       " AND claimed_by = ?",
	.parameters = &holder_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_read_statement = {
	.name = "outbox.read",
	.sql = "SELECT id, recipient, recipient_name, language,"
	       " (SELECT name FROM settings WHERE id = 1) AS sender,"
	       " subject, body, created_at AS created, attempts, fence"
	       " FROM outbox WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &candidate_record,
	.row = &mail_record,
	.kind = DB_READ,
};

/* The body may hold a link that opens an account: it goes at once. */
const struct db_statement outbox_sent_statement = {
	.name = "outbox.sent",
	.sql = "UPDATE outbox SET state = 'sent', body = '', failure = ?,"
	       " finished_at = UTC_TIMESTAMP(6), claimed_until = NULL"
	       " WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &finish_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_failed_statement = {
	.name = "outbox.failed",
	.sql = "UPDATE outbox SET state = 'failed', body = '', failure = ?,"
	       " finished_at = UTC_TIMESTAMP(6), claimed_until = NULL"
	       " WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &finish_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_later_statement = {
	.name = "outbox.later",
	.sql = "UPDATE outbox SET claimed_until = NULL,"
	       " due_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,"
	       " failure = ?"
	       " WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &later_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_release_statement = {
	.name = "outbox.release",
	.sql = "UPDATE outbox SET claimed_until = NULL,"
	       " attempts = attempts - 1"
	       " WHERE id = ? AND fence = ? AND state = 'waiting'",
	.parameters = &candidate_record,
	.kind = DB_WRITE,
};

const struct db_statement outbox_next_statement = {
	.name = "outbox.next",
	.sql = "SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6),"
	       " MIN(GREATEST(" DUE_AT ", COALESCE(" CLAIMED_UNTIL
	       ", UTC_TIMESTAMP(6)))))"
	       " AS microseconds, COUNT(*) AS waiting"
	       " FROM outbox WHERE state = 'waiting'",
	.row = &wait_record,
	.kind = DB_READ,
};

const struct db_statement outbox_expire_statement = {
	.name = "outbox.expire",
	.sql = "DELETE FROM outbox WHERE state <> 'waiting'"
	       " AND finished_at < UTC_TIMESTAMP(6) - INTERVAL ? DAY"
	       " LIMIT 1000",
	.parameters = &age_record,
	.kind = DB_WRITE,
};

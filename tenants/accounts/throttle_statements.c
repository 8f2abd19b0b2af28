#include "tenants/accounts/throttle_statements.h"

#include "db/db.h"
#include "tenants/accounts/throttle.h"

static const struct field charge_fields[] = {
	FIELD_INTEGER(struct attempt_charge, slot),
	FIELD_INTEGER(struct attempt_charge, first),
	FIELD_INTEGER(struct attempt_charge, most),
	FIELD_INTEGER(struct attempt_charge, step),
	FIELD_INTEGER(struct attempt_charge, limit),
	FIELD_INTEGER(struct attempt_charge, added),
};
static const struct record charge_record =
	RECORD(struct attempt_charge, charge_fields);

static const struct field charged_fields[] = {
	FIELD_BOOLEAN(struct attempt_charged, refused),
	FIELD_INTEGER(struct attempt_charged, ahead),
};
static const struct record charged_record =
	RECORD(struct attempt_charged, charged_fields);

static const struct field return_fields[] = {
	FIELD_INTEGER(struct attempt_return, step),
	FIELD_INTEGER(struct attempt_return, first),
	FIELD_INTEGER(struct attempt_return, second),
};
static const struct record return_record =
	RECORD(struct attempt_return, return_fields);

static const struct field place_fields[] = {
	FIELD_BYTES(struct place, digest),
	FIELD_BYTES(struct place, proof),
	FIELD_TIME(struct place, until),
};
static const struct record place_record = RECORD(struct place, place_fields);

static const struct field store_fields[] = {
	FIELD_RECORD(struct place_store, by_name, struct place, place_record),
	FIELD_RECORD(struct place_store, by_email, struct place, place_record),
};
static const struct record store_record =
	RECORD(struct place_store, store_fields);

/* No earlier than now, and no later than a clock that is right would say. */
#define FREE_FROM                                                              \
	"LEAST(GREATEST(free_at, UTC_TIMESTAMP(6)), "                          \
	"UTC_TIMESTAMP(6) + INTERVAL ? SECOND)"

/* From left to right: what is refused moves nothing. Affected rows would not
 * tell, because the connection counts rows found. */
const struct db_statement attempt_charge_statement = {
	.name = "accounts.attempt_charge",
	.sql = "INSERT INTO attempt (slot, refused, free_at) "
	       "VALUES (?, FALSE, UTC_TIMESTAMP(6) + INTERVAL ? SECOND) "
	       "ON DUPLICATE KEY UPDATE "
	       "free_at = " FREE_FROM ", "
	       "refused = free_at + INTERVAL ? SECOND > "
	       "UTC_TIMESTAMP(6) + INTERVAL ? SECOND, "
	       "free_at = IF(refused, free_at, free_at + INTERVAL ? SECOND) "
	       "RETURNING refused, "
	       "TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), free_at) AS ahead",
	.parameters = &charge_record,
	.row = &charged_record,
	.kind = DB_WRITE,
};

const struct db_statement attempt_return_statement = {
	.name = "accounts.attempt_return",
	.sql = "UPDATE attempt "
	       "SET free_at = free_at - INTERVAL ? SECOND "
	       "WHERE slot IN (?, ?)",
	.parameters = &return_record,
	.kind = DB_WRITE,
};

const struct db_statement attempt_expire_statement = {
	.name = "accounts.attempt_expire",
	.sql = "DELETE FROM attempt "
	       "WHERE free_at < UTC_TIMESTAMP(6) "
	       "LIMIT 10000",
	.kind = DB_WRITE,
};

const struct db_statement place_store_statement = {
	.name = "accounts.place_store",
	.sql = "INSERT INTO known_place (digest, proof, expires_at) "
	       "VALUES (?, ?, ?), (?, ?, ?) "
	       "ON DUPLICATE KEY UPDATE proof = VALUES(proof), "
	       "expires_at = VALUES(expires_at)",
	.parameters = &store_record,
	.kind = DB_WRITE,
};

const struct db_statement place_expire_statement = {
	.name = "accounts.place_expire",
	.sql = "DELETE FROM known_place "
	       "WHERE expires_at < UTC_TIMESTAMP(6) "
	       "ORDER BY expires_at LIMIT 1000",
	.kind = DB_WRITE,
};

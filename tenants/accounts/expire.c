#include "tenants/accounts/expire.h"

#include "db/db.h"
#include "tenants/accounts/statements.h"
#include "tenants/accounts/throttle.h"

static const struct field age_fields[] = {
	FIELD_INTEGER(struct account_age, days),
};
static const struct record age_record = RECORD(struct account_age, age_fields);

const struct db_statement session_expire_statement = {
	.name = "accounts.session_expire",
	.sql = "DELETE FROM session "
	       "WHERE expires_at < UTC_TIMESTAMP(6) "
	       "ORDER BY expires_at LIMIT 1000",
	.kind = DB_WRITE,
};

const struct db_statement token_expire_statement = {
	.name = "accounts.token_expire",
	.sql = "DELETE FROM api_token "
	       "WHERE expires_at < UTC_TIMESTAMP(6) "
	       "LIMIT 1000",
	.kind = DB_WRITE,
};

const struct db_statement link_expire_statement = {
	.name = "accounts.link_expire",
	.sql = "DELETE FROM link_token "
	       "WHERE expires_at < UTC_TIMESTAMP(6) - INTERVAL ? DAY "
	       "ORDER BY expires_at LIMIT 1000",
	.parameters = &age_record,
	.kind = DB_WRITE,
};

/* What hangs on the member goes with its root. Somebody who asked for another
 * link of late is still trying. Rows that a DELETE reads it locks: nobody
 * confirms meanwhile. */
const struct db_statement unconfirmed_expire_statement = {
	.name = "accounts.unconfirmed_expire",
	.sql = "DELETE root FROM (SELECT member.id FROM member "
	       "WHERE state = 'unconfirmed' "
	       "AND joined_at < UTC_TIMESTAMP(6) - INTERVAL ? DAY "
	       "AND NOT EXISTS (SELECT 1 FROM link_token "
	       "WHERE link_token.member = member.id "
	       "AND link_token.purpose = 'confirm' "
	       "AND link_token.used_at IS NULL "
	       "AND link_token.expires_at > UTC_TIMESTAMP(6)) "
	       "ORDER BY joined_at LIMIT 1000) AS expired "
	       "JOIN member_root AS root ON root.id = expired.id",
	.parameters = &age_record,
	.kind = DB_WRITE,
};

int
accounts_expire(struct db *db)
{
	const struct account_age link = {LINKS_KEPT_DAYS};
	const struct account_age unconfirmed = {UNCONFIRMED_KEPT_DAYS};

	if (db_execute(db, &session_expire_statement, NULL) < 0 ||
		db_execute(db, &attempt_expire_statement, NULL) < 0 ||
		db_execute(db, &place_expire_statement, NULL) < 0 ||
		db_execute(db, &token_expire_statement, NULL) < 0 ||
		db_execute(db, &link_expire_statement, &link) < 0 ||
		db_execute(db, &unconfirmed_expire_statement, &unconfirmed) < 0)
		return -1;
	return 0;
}

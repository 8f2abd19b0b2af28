#include "tenants/accounts/expire.h"

#include "base/arena.h"
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

struct root {
	struct uuid id;
};
static const struct field root_fields[] = {FIELD_UUID(struct root, id)};
static const struct record root_record = RECORD(struct root, root_fields);

/* Roots whose member an older program removed, which knows of no roots. Looked
 * for without a lock: mostly there are none. */
const struct db_statement root_stray_statement = {
	.name = "accounts.root_stray",
	.sql = "SELECT root.id "
	       "FROM member_root AS root "
	       "LEFT JOIN member ON member.id = root.id "
	       "WHERE member.id IS NULL "
	       "LIMIT 1",
	.row = &root_record,
	.kind = DB_READ,
};

/* Who joins at this moment has a root first: it is waited for, and then the
 * member is there. */
const struct db_statement root_expire_statement = {
	.name = "accounts.root_expire",
	.sql = "DELETE root FROM (SELECT stray.id "
	       "FROM member_root AS stray "
	       "LEFT JOIN member ON member.id = stray.id "
	       "WHERE member.id IS NULL "
	       "LIMIT 1000) AS expired "
	       "JOIN member_root AS root ON root.id = expired.id",
	.kind = DB_WRITE,
};

static int
expire_roots(struct db *db)
{
	struct arena *arena = arena_new();
	struct root stray;
	int found = db_row(db, &root_stray_statement, NULL, arena, &stray);

	arena_free(arena);
	if (found <= 0)
		return found;
	return db_execute(db, &root_expire_statement, NULL) < 0 ? -1 : 0;
}

int
accounts_expire(struct db *db)
{
	const struct account_age link = {LINKS_KEPT_DAYS};
	const struct account_age unconfirmed = {UNCONFIRMED_KEPT_DAYS};

	const struct {
		const struct db_statement *statement;
		const void *parameters;
	} removals[] = {
		{&session_expire_statement, NULL},
		{&attempt_expire_statement, NULL},
		{&place_expire_statement, NULL},
		{&token_expire_statement, NULL},
		{&link_expire_statement, &link},
		{&unconfirmed_expire_statement, &unconfirmed},
	};
	int result = 0;

	/* One that fails keeps the others from nothing. */
	for (size_t i = 0; i < COUNT_OF(removals); i++)
		if (db_execute(db, removals[i].statement,
			    removals[i].parameters) < 0)
			result = -1;
	return expire_roots(db) < 0 ? -1 : result;
}

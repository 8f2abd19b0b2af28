#include "courier_registry.h"

#include "base/uuid.h"
#include "db/db.h"

/* A page begins after a community, or with all of its moment when that is
 * none. As text: the id "none" would go to the server as NULL. */
struct position {
	struct timestamp at, same_at;
	const char *community;
};

static const struct field position_fields[] = {
	FIELD_TIME(struct position, at),
	FIELD_TIME(struct position, same_at),
	FIELD_TEXT(struct position, community),
};
static const struct record position_record =
	RECORD(struct position, position_fields);

struct latest {
	struct timestamp moved;
};
static const struct field latest_fields[] = {FIELD_TIME(struct latest, moved)};
static const struct record latest_record = RECORD(struct latest, latest_fields);

struct page_key {
	const char *after;
};
static const struct field page_key_fields[] = {
	FIELD_TEXT(struct page_key, after)};
static const struct record page_key_record =
	RECORD(struct page_key, page_key_fields);

static const struct field moved_fields[] = {
	FIELD_UUID(struct courier_moved, community),
	FIELD_INTEGER(struct courier_moved, mail_epoch),
	FIELD_TIME(struct courier_moved, moved),
};
static const struct record moved_record =
	RECORD(struct courier_moved, moved_fields);

static const struct field due_fields[] = {
	FIELD_UUID(struct courier_due, community),
	FIELD_TIME(struct courier_due, due),
};
static const struct record due_record = RECORD(struct courier_due, due_fields);

struct seen {
	struct uuid community;
	int64_t mail_epoch;
	int64_t microseconds;
};
static const struct field seen_fields[] = {
	FIELD_UUID(struct seen, community),
	FIELD_INTEGER(struct seen, mail_epoch),
	FIELD_INTEGER(struct seen, microseconds),
};
static const struct record seen_record = RECORD(struct seen, seen_fields);

static const struct field id_fields[] = {FIELD_UUID(struct courier_id, id)};
static const struct record id_record = RECORD(struct courier_id, id_fields);

static const struct field community_fields[] = {
	FIELD_TEXT(struct courier_community, slug),
	FIELD_TEXT(struct courier_community, key),
	FIELD_INTEGER(struct courier_community, generation),
	FIELD_INTEGER(struct courier_community, mail_epoch),
	FIELD_TIME(struct courier_community, due),
	FIELD_INTEGER(struct courier_community, schema_version),
};
static const struct record community_record =
	RECORD(struct courier_community, community_fields);

static const struct db_statement latest_statement = {
	.name = "courier.latest",
	.sql = "SELECT MAX(moved_at) AS moved FROM community_state",
	.row = &latest_record,
	.kind = DB_READ,
};

/* At most 500 rows each: COURIER_ROWS. */
static const struct db_statement moved_statement = {
	.name = "courier.moved",
	.sql = "SELECT community, mail_epoch, moved_at AS moved"
	       " FROM community_state WHERE moved_at > ?"
	       " OR (moved_at = ? AND community > CAST(? AS UUID))"
	       " ORDER BY moved_at, community LIMIT 500",
	.parameters = &position_record,
	.row = &moved_record,
	.kind = DB_READ,
	.limit = COURIER_ROWS,
};

static const struct db_statement due_statement = {
	.name = "courier.due",
	.sql = "SELECT community, due_at AS due"
	       " FROM community_state WHERE due_at > ?"
	       " OR (due_at = ? AND community > CAST(? AS UUID))"
	       " ORDER BY due_at, community LIMIT 500",
	.parameters = &position_record,
	.row = &due_record,
	.kind = DB_READ,
	.limit = COURIER_ROWS,
};

static const struct db_statement seen_statement = {
	.name = "courier.seen",
	.sql = "CALL community_mail_seen(?, ?, ?)",
	.parameters = &seen_record,
	.kind = DB_WRITE,
};

/* `pending` too: the founder's claim link goes out before the claim. Version 0
 * has no outbox yet. */
static const struct db_statement page_statement = {
	.name = "courier.page",
	.sql = "SELECT id FROM community"
	       " WHERE id > CAST(? AS UUID) AND state IN ('pending', 'active')"
	       " AND schema_version > 0 ORDER BY id LIMIT 500",
	.parameters = &page_key_record,
	.row = &id_record,
	.kind = DB_READ,
	.limit = COURIER_ROWS,
};

static const struct db_statement find_statement = {
	.name = "courier.find",
	.sql = "SELECT slug, `key`, generation, mail_epoch, due_at AS due,"
	       " schema_version FROM community LEFT JOIN community_state"
	       " ON community_state.community = community.id"
	       " WHERE id = ? AND state IN ('pending', 'active')"
	       " AND schema_version > 0",
	.parameters = &id_record,
	.row = &community_record,
	.kind = DB_READ,
};

const struct db_statement *const courier_registry_statements[] = {
	&latest_statement,
	&moved_statement,
	&due_statement,
	&seen_statement,
	&page_statement,
	&find_statement,
	NULL,
};

int
courier_registry_latest(
	struct db *db, struct arena *arena, struct timestamp *ret_moved)
{
	struct latest latest;

	if (db_row(db, &latest_statement, NULL, arena, &latest) != 1)
		return -1;
	*ret_moved = latest.moved.microseconds == TIME_NONE.microseconds
			     ? (struct timestamp){0}
			     : latest.moved;
	return 0;
}

static int
page_after(struct db *db, const struct db_statement *statement,
	struct arena *arena, struct timestamp at, struct uuid community,
	struct record_list *ret_rows)
{
	char text[UUID_HYPHENATED_SIZE];
	const struct position position = {at, at, text};

	uuid_format_hyphenated(community, text);
	return db_rows(db, statement, &position, arena, ret_rows) < 0 ? -1 : 0;
}

int
courier_registry_moved(struct db *db, struct arena *arena,
	const struct courier_moved *after, struct record_list *ret_moved)
{
	return page_after(db, &moved_statement, arena, after->moved,
		after->community, ret_moved);
}

int
courier_registry_due(struct db *db, struct arena *arena,
	const struct courier_due *after, struct record_list *ret_due)
{
	return page_after(db, &due_statement, arena, after->due,
		after->community, ret_due);
}

int
courier_registry_seen(struct db *db, struct uuid id,
	const struct courier_community *community, int64_t microseconds)
{
	const struct seen seen = {id, community->mail_epoch, microseconds};

	return db_execute(db, &seen_statement, &seen) < 0 ? -1 : 0;
}

int
courier_registry_page(struct db *db, struct arena *arena, struct uuid after,
	struct record_list *ret_ids)
{
	char text[UUID_HYPHENATED_SIZE];
	const struct page_key key = {text};

	uuid_format_hyphenated(after, text);
	return db_rows(db, &page_statement, &key, arena, ret_ids) < 0 ? -1 : 0;
}

int
courier_registry_find(struct db *db, struct arena *arena, struct uuid id,
	struct courier_community *ret)
{
	const struct courier_id key = {id};

	return db_row(db, &find_statement, &key, arena, ret);
}

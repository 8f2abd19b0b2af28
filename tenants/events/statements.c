#include "tenants/events/statements.h"

#include "db/db.h"

static const struct field key_fields[] = {
	FIELD_BYTES(struct events_sessions_key, digests[0]),
	FIELD_BYTES(struct events_sessions_key, digests[1]),
	FIELD_BYTES(struct events_sessions_key, digests[2]),
	FIELD_BYTES(struct events_sessions_key, digests[3]),
	FIELD_BYTES(struct events_sessions_key, digests[4]),
	FIELD_BYTES(struct events_sessions_key, digests[5]),
	FIELD_BYTES(struct events_sessions_key, digests[6]),
	FIELD_BYTES(struct events_sessions_key, digests[7]),
	FIELD_BYTES(struct events_sessions_key, digests[8]),
	FIELD_BYTES(struct events_sessions_key, digests[9]),
	FIELD_BYTES(struct events_sessions_key, digests[10]),
	FIELD_BYTES(struct events_sessions_key, digests[11]),
	FIELD_BYTES(struct events_sessions_key, digests[12]),
	FIELD_BYTES(struct events_sessions_key, digests[13]),
	FIELD_BYTES(struct events_sessions_key, digests[14]),
	FIELD_BYTES(struct events_sessions_key, digests[15]),
	FIELD_TIME(struct events_sessions_key, now),
	FIELD_TIME(struct events_sessions_key, idle_since),
};
static const struct record key_record =
	RECORD(struct events_sessions_key, key_fields);

static const struct field session_fields[] = {
	FIELD_BYTES(struct events_session, digest),
	FIELD_TEXT(struct events_session, state),
};
static const struct record session_record =
	RECORD(struct events_session, session_fields);

const struct db_statement events_sessions = {
	.name = "events.sessions",
	.sql = "SELECT session.digest, member.state FROM session "
	       "JOIN member ON member.id = session.member "
	       "WHERE session.digest IN "
	       "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
	       "AND session.expires_at > ? AND session.seen_at > ?",
	.parameters = &key_record,
	.row = &session_record,
	.kind = DB_READ,
	.limit = EVENTS_SESSIONS,
};

/* statements.h: whose log-ins go on. */
#ifndef MISSIOND_TENANTS_EVENTS_STATEMENTS_H
#define MISSIOND_TENANTS_EVENTS_STATEMENTS_H

#include "base/record.h"

struct db_statement;

/* Asked for at once; an empty digest is nobody's. */
#define EVENTS_SESSIONS 16

struct events_sessions_key {
	struct slice digests[EVENTS_SESSIONS];
	struct timestamp now;
	struct timestamp idle_since;
};

struct events_session {
	struct slice digest; /* of its token */
	const char *state;   /* of its member */
};

extern const struct db_statement events_sessions;

#endif

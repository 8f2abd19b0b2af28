#include "tenants/events/verify.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "crypto/digest.h"
#include "db/db.h"
#include "db/pool.h"
#include "tenants/actor.h"
#include "tenants/community.h"
#include "tenants/events/statements.h"
#include "tenants/permission.h"
#include "tenants/service.h"
#include "tenants/session.h"

/* Statements of one round trip. */
#define ROUND 16

/* Terms that changed have moved the settings: who was let in accepted those in
 * force. */
static bool
may_read(
	const struct community *community, const struct events_session *session)
{
	const struct actor actor = {
		.state = session_member_state(session->state),
		.terms_current = true,
	};

	return permission_decide(PERMIT_READER, false, community, &actor) ==
	       VERDICT_ALLOWED;
}

static void
put(const struct community *community, const struct record_list *rows,
	struct map *verified)
{
	/* Any value will do that is not NULL. */
	static char yes;
	const struct events_session *found = rows->items;
	char key[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < rows->count; i++) {
		if (!may_read(community, &found[i]) ||
			found[i].digest.length != DIGEST_SIZE)
			continue;
		digest_hex(found[i].digest.data, key);
		map_set(verified, key, &yes);
	}
}

/* How many were taken. */
static size_t
fill(const struct tenant_service *service, const struct slice *digests,
	size_t count, struct events_sessions_key *key)
{
	int64_t now = clock_now().microseconds;
	size_t taken = count < EVENTS_SESSIONS ? count : EVENTS_SESSIONS;

	*key = (struct events_sessions_key){
		.now = {now},
		.idle_since = {now - service->session_idle},
	};
	memcpy(key->digests, digests, taken * sizeof(*digests));
	return taken;
}

int
verify_sessions(const struct tenant_service *service,
	const struct community *community, const struct slice *digests,
	size_t count, struct arena *arena, struct map *verified)
{
	struct db *db = count == 0 ? NULL
				   : db_scope_open(community->pool, arena,
					     community->account);
	struct events_sessions_key *keys =
		arena_array(arena, ROUND, sizeof(*keys));
	size_t done = 0;

	while (done < count) {
		struct db_query queries[ROUND] = {{0}};
		size_t used = 0;

		while (done < count && used < ROUND) {
			done += fill(service, digests + done, count - done,
				&keys[used]);
			queries[used].statement = &events_sessions;
			queries[used].parameters = &keys[used];
			used++;
		}
		if (db_queries(db, queries, used, arena) < 0)
			return -1;
		for (size_t i = 0; i < used; i++)
			put(community, &queries[i].rows, verified);
	}
	return 0;
}

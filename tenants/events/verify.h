/* verify.h: which of many log-ins still give the right to read. */
#ifndef MISSIOND_TENANTS_EVENTS_VERIFY_H
#define MISSIOND_TENANTS_EVENTS_VERIFY_H

#include <stddef.h>

#include "base/record.h"

struct arena;
struct community;
struct map;
struct tenant_service;

/* Those that do have their digest (digest_hex()) in `verified` then; by it, for
 * whoever has an old token of a session that a new password gave a new one is
 * not of it. Waits, when there are any. 0, or −1 when not all could be asked
 * for. */
int verify_sessions(const struct tenant_service *service,
	const struct community *community, const struct slice *digests,
	size_t count, struct arena *arena, struct map *verified);

#endif

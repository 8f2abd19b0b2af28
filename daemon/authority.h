/*
 * authority.h: the certificate that vouches for an outside database
 * (database.ca_file). The client library reads it from a path at each connect,
 * and a confined process opens what was there when it started: a file that took
 * its place under the same name is another. So the supervisor reads it with the
 * configuration, and each child holds what it was handed in memory that has a
 * path.
 */
#ifndef MISSIOND_AUTHORITY_H
#define MISSIOND_AUTHORITY_H

#include "base/record.h"

struct arena;
struct error;
struct settings_database;

/* In the supervisor: the file's bytes, empty where the database needs none. 0,
 * or −1 when it cannot be read or holds no certificate. */
int authority_read(struct arena *arena,
	const struct settings_database *database, struct slice *ret_bytes,
	struct error *error);

/* In a child, before it is confined: makes the memory, if it will need any. 0
 * or −1. */
int authority_open(
	const struct settings_database *database, struct error *error);

/* Holds these bytes from here on, unless they are those of another path than at
 * the start: that counts at the next one. 0 or −1. */
int authority_hold(const struct settings_database *database, struct slice bytes,
	struct error *error);

/* What to give to the client library; NULL: none is needed. */
const char *authority_path(void);

#endif

/*
 * hook.h: the bridge between Connector/C's blocking calls and tasks: whenever
 * the library would wait for its socket, the task parks.
 */
#ifndef MISSIOND_DB_HOOK_H
#define MISSIOND_DB_HOOK_H

#include "db/client.h"

/* For a handle that is not connected yet. */
void hook_install(MYSQL *handle);

#endif

/*
 * supervisor.h: opens listeners, starts the private database, workers, steward
 * and courier, starts again what dies, reloads, stops. It parses nothing that
 * comes from visitors and is the only process that knows the host's secret.
 */
#ifndef MISSIOND_SUPERVISOR_H
#define MISSIOND_SUPERVISOR_H

#include <stdbool.h>

struct supervisor_options {
	const char *configuration; /* path of missiond.yaml */
	bool foreground;	   /* log to stderr too */
};

/* Runs until stopped; the process's exit status. */
int supervisor_run(const struct supervisor_options *options);

/* --check: reads and checks everything that a start would. */
int supervisor_check(const struct supervisor_options *options);

/* bootstrap-sql: prints what a cluster of the host's own needs. */
int supervisor_print_bootstrap(const struct supervisor_options *options);

#endif

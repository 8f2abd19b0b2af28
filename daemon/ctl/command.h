/* command.h: a command of missionctl; one file each, one table in
 * missionctl.c. */
#ifndef MISSIOND_CTL_COMMAND_H
#define MISSIOND_CTL_COMMAND_H

#include <stdbool.h>

#include "ctl/call.h"

/* Options that belong to some commands only; --json, --socket and --help are
 * everyone's. */
enum command_option {
	COMMAND_NO_WAIT = 1 << 0,
	COMMAND_EXIT_CODE = 1 << 1,
	COMMAND_TENANTS = 1 << 2,
	COMMAND_ALL = 1 << 3,
	COMMAND_REPLACE = 1 << 4
};

struct command_options {
	bool json;	/* print one JSON document */
	bool exit_code; /* plan: CTL_DIFFERENT when something would change */
	bool no_wait;	/* apply: do not wait for the jobs */
	bool all;	/* rotate-credentials: every community */
	bool replace;	/* apply, plan: from other files that are still there */
	const char *tenants; /* folder of YAML files; NULL: missiond's */
};

struct command {
	const char *name;
	const char *arguments; /* for the usage line: "[FILE…]" */
	const char *summary;   /* one line */
	const char *help;      /* the rest of its --help */
	int least, most;       /* number of arguments; most −1: any */
	unsigned options;      /* enum command_option */
	/* `arguments` ends with NULL. Returns the exit code. */
	int (*run)(struct call *call, const struct command_options *options,
		char **arguments);
};

extern const struct command command_apply;
extern const struct command command_plan;
extern const struct command command_drift;
extern const struct command command_list;
extern const struct command command_show;
extern const struct command command_claim_link;
extern const struct command command_rotate_credentials;
extern const struct command command_selftest;
extern const struct command command_jobs;
extern const struct command command_status;
extern const struct command command_metrics;
extern const struct command command_reload;
extern const struct command command_version;

#endif

/* selftest_commands.h: what a community's account must not get done beside the
 * statements; a table. */
#ifndef MISSIOND_TENANTS_LIFECYCLE_SELFTEST_COMMANDS_H
#define MISSIOND_TENANTS_LIFECYCLE_SELFTEST_COMMANDS_H

enum selftest_expect {
	SELFTEST_REFUSED, /* by the server */
	SELFTEST_SILENT,  /* may be answered, with nothing of others */
	SELFTEST_NOTHING  /* answered with NULL or nothing at all */
};

struct selftest_command {
	/* {self} and {other}: schemas, which are also the accounts' names;
	 * {key}: the other's; {session}: one of the other's. Harmless should
	 * the server do it. */
	const char *sql;
	enum selftest_expect expect;
};

/* Ends with NULL. */
extern const struct selftest_command selftest_commands[];

#endif

/*
 * accounts.h: which Unix account each role runs as. Started by root every role
 * has its own; started by anyone else all run as that user, which is said.
 */
#ifndef MISSIOND_ACCOUNTS_H
#define MISSIOND_ACCOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct settings;

struct account {
	const char *name;
	uid_t user;
	gid_t group;
};

struct accounts {
	bool separate; /* started by root */
	struct account worker, steward, courier, database;
};

/* 0, or −1 and which account is missing and how to make it. */
int accounts_find(const struct settings *settings, struct accounts *accounts,
	struct error *error);

/*
 * Whether an account can reach (pass through every folder to) a path; −1 and
 * which folder stands in the way, and the chmod that would help.
 */
int account_can_reach(
	const struct account *account, const char *path, struct error *error);

/* In a child before exec: becomes the account for good. 0 or −1 with errno. */
int account_become(const struct account *account);

#endif

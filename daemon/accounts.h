/*
 * accounts.h: which Unix account each role runs as. Started by root, or with
 * the capabilities to become others (as missiond.service does), every role has
 * its own; started by anyone else all run as that user, which is said.
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
	bool separate; /* each has its own */
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

/* In a child before exec: becomes the account for good, without capabilities.
 * 0 or −1 with errno. */
int account_become(const struct account *account);

/* Gives a file or a folder to the account; it stays readable and writable for
 * our group as its mode says. 0 or −1 with errno. */
int account_own(const struct account *account, const char *path);
int account_own_file(const struct account *account, int descriptor);

/* Runs in a process that became the account; what it returns, or −1 with
 * errno. */
int account_run(const struct account *account, int (*run)(const void *argument),
	const void *argument);

/* As kill(), for a process of the account: without CAP_KILL too. */
int account_signal(const struct account *account, pid_t process, int number);

/* Gives up the capabilities that only the start needs: the supervisor keeps
 * those for making files others' own and for becoming them. 0 or −1. */
int accounts_limit_supervisor(void);

#endif

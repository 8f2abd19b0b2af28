/*
 * confine.h: what each process may still do once it has started, whatever runs
 * in it: files and ports by Landlock (landlock.h), system calls by seccomp
 * (system_calls.h), and no_new_privs. docs/architecture.md has the table.
 *
 * security.confinement in missiond.yaml says "enforce", "log" (system calls
 * outside the lists are let through and the kernel logs them) or "off". A
 * kernel without seccomp is refused; one without Landlock is told of in the
 * log. Programs built with a sanitizer are not confined: its runtime forks,
 * traces and opens what no list here allows.
 */
#ifndef MISSIOND_CONFINE_H
#define MISSIOND_CONFINE_H

struct error;
struct settings;

/*
 * For the supervisor, before its first child: it and all below write to no
 * place but the data, run and mail folders, and never use what `never` in
 * system_calls.c lists. Logs what is in force. 0 or −1.
 */
int confine_supervisor(const struct settings *settings, struct error *error);

/* For one of the children, while it has one thread: after its settings came,
 * before it takes a connection. */
int confine_worker(const struct settings *settings, struct error *error);
int confine_steward(const struct settings *settings, struct error *error);
int confine_courier(const struct settings *settings, struct error *error);

/* For MariaDB's programs, between fork and exec (struct spawn): its own
 * folders, no network. */
int confine_database(const void *settings);

#endif

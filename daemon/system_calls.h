/*
 * system_calls.h: which system calls a role may use (seccomp(2), through
 * libseccomp). What a role does not use ends the process at once, and the
 * supervisor says so. Of calls that every program may make in one harmless
 * form, the other forms answer EPERM; calls younger than what is built here
 * answer ENOSYS, as an older kernel would, so that a newer C library falls back
 * instead of being ended.
 *
 * The lists hold what was seen under strace and what the C library, OpenSSL and
 * libcurl use instead on other machines (older kernels, other processors).
 */
#ifndef MISSIOND_SYSTEM_CALLS_H
#define MISSIOND_SYSTEM_CALLS_H

#include <stdbool.h>

struct error;

struct system_calls {
	bool floor;    /* only what nobody here ever uses is refused (EPERM) */
	bool network;  /* sockets of IPv4 and IPv6; else Unix sockets alone */
	bool names;    /* resolves names: UDP, and libraries loaded for it */
	bool writes;   /* makes and changes files */
	bool log_only; /* lets everything through, and the kernel logs it */
};

/* For the calling thread and all it makes; for good. 0 or −1. */
int system_calls_restrict(
	const struct system_calls *allowed, struct error *error);

#endif

/*
 * machine.h: what tells this installation from all others that work on the same
 * databases, the same from start to start: host names are not unique and
 * machines are cloned. A random mark in DIRECTORY/machine, beside the system's
 * own /etc/machine-id and the host name.
 */
#ifndef MISSIOND_MACHINE_H
#define MISSIOND_MACHINE_H

struct error;

/* Makes DIRECTORY/machine at the first start, readable by all. 0 or -1. */
int machine_mark(const char *directory, struct error *error);

/* "host/0123456789abcdef": for people, then unique. 0 or -1. */
#define MACHINE_NAME_SIZE 100
int machine_name(const char *directory, char name[MACHINE_NAME_SIZE],
	struct error *error);

#endif

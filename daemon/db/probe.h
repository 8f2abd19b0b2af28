/*
 * probe.h: SQL that is meant to be refused. missionctl's selftest tries under a
 * community's account what no statement of ours does, and wants to know what
 * the server said. As script.h, only for the steward's work.
 */
#ifndef MISSIOND_DB_PROBE_H
#define MISSIOND_DB_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct db;

struct db_probe {
	const char *sql;
	/* Only asks whether it might run: rights on tables are looked at. */
	bool prepare;
	/* Called for each value of the result; NULL: nobody looks. */
	void (*value)(const char *text, size_t length, void *argument);
	void *argument;
};

struct db_probed {
	unsigned number; /* the server's error; 0: it was done */
	char text[256];	 /* its words */
	int64_t rows;
	char first[128]; /* value of the result, "" also for NULL */
};

/* 0 and what the server said, or -1 when nobody could be asked. A refused
 * log-in is an answer. Waits. */
int db_probe(
	struct db *db, const struct db_probe *probe, struct db_probed *ret);

#endif

/*
 * requests.h: requests as the very bytes to be sent, from a file that run
 * writes. cycle.lua reads the same files: for each request its length, a new
 * line, the bytes and another new line.
 */
#ifndef MISSIOND_BENCH_REQUESTS_H
#define MISSIOND_BENCH_REQUESTS_H

#include <stddef.h>

struct request_bytes {
	char *data;
	size_t length;
};

struct requests {
	struct request_bytes *items;
	size_t count;
};

/* Ends the program with a message when the file cannot be read. */
void requests_read(const char *path, struct requests *requests);

void requests_free(struct requests *requests);

#endif

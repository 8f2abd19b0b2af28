/* listeners.h: the sockets that visitors and missionctl connect to, opened by
 * the supervisor and inherited by its children. */
#ifndef MISSIOND_LISTENERS_H
#define MISSIOND_LISTENERS_H

#include <stddef.h>

struct error;
struct settings;

#define LISTENERS_MOST 32

struct listeners {
	int http[LISTENERS_MOST / 2];
	size_t http_count;
	int https[LISTENERS_MOST / 2];
	size_t https_count;
	int metrics[LISTENERS_MOST / 8];
	size_t metrics_count;
	int control;
	char control_path[108]; /* as long as a Unix socket's may be */
};

/* Opens all of them, close-on-exec and non-blocking. 0, or −1 with nothing
 * left open. */
int listeners_open(const struct settings *settings, const char *control_path,
	struct listeners *listeners, struct error *error);
/* Closes those of visitors: with the workers' own they are refused. */
void listeners_refuse(struct listeners *listeners);
/* Closes all that are open and removes the control socket. */
void listeners_close(struct listeners *listeners);

#endif

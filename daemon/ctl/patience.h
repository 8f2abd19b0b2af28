/* patience.h: asking a missiond that may be started again meanwhile. */
#ifndef MISSIOND_CTL_PATIENCE_H
#define MISSIOND_CTL_PATIENCE_H

struct call;

/*
 * As call_make(), but a missiond, or a database, that is away is waited for, up
 * to two minutes; on a terminal a line with `what` says so. So the request must
 * be one that may be carried out twice. CTL_OK with an answer below 500, or
 * CTL_UNREACHABLE after a message.
 */
int patience_call(struct call *call, const char *method, const char *path,
	const char *body, const char *what);

#endif

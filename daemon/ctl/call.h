/* call.h: one request to the steward over its Unix socket. */
#ifndef MISSIOND_CTL_CALL_H
#define MISSIOND_CTL_CALL_H

#include <stddef.h>

struct json_t;

/* Exit codes of missionctl; missionctl(1) lists them. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,	     /* refused, or failed inside missiond */
	CTL_USAGE = 2,	     /* the command line is wrong */
	CTL_UNREACHABLE = 3, /* missiond is not running */
	CTL_WRONG = 4,	     /* a file is wrong; nothing was changed */
	CTL_DIFFERENT = 5    /* plan --exit-code, drift: something differs */
};

struct call {
	const char *socket;
	long status;	     /* of the answer */
	struct json_t *tree; /* parsed; owned; NULL when there was none */
	char *text;	     /* as it came; owned */
	size_t length;
};

/* `body` NULL: GET. 0, or an exit code after a message on standard error. */
int call_make(struct call *call, const char *method, const char *path,
	const char *body);
void call_release(struct call *call);

/* A text of an object, "" when absent. */
const char *call_text(const struct json_t *object, const char *key);

/* Prints a problem document (RFC 9457); returns CTL_FAILED. */
int call_print_problem(const struct call *call);

#endif

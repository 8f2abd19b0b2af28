/* call.h: one request to the steward over its Unix socket. */
#ifndef MISSIOND_CTL_CALL_H
#define MISSIOND_CTL_CALL_H

#include <stdbool.h>

#include "ctl/answer.h"

struct json_t;

/* Exit codes of missionctl; missionctl(1) lists them. */
enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,	     /* refused, or failed inside missiond */
	CTL_USAGE = 2,	     /* the command line is wrong */
	CTL_UNREACHABLE = 3, /* missiond is not running */
	CTL_WRONG = 4,	     /* a file is wrong; nothing was changed */
	CTL_DIFFERENT = 5,   /* plan --exit-code, drift: something differs */
	CTL_READ_ONLY = 6    /* there is little space; nothing was changed */
};

struct call {
	const char *socket;
	bool json;	      /* standard output gets one JSON document */
	long status;	      /* of the answer */
	struct json_t *tree;  /* parsed; owned; NULL when there was none */
	struct answer answer; /* as it came */
	char reason[200];     /* why there was no answer */
	bool cut;	      /* missiond was there and went away meanwhile */
};

/* `body` NULL: none. CTL_OK, or CTL_UNREACHABLE after a message on standard
 * error. */
int call_make(struct call *call, const char *method, const char *path,
	const char *body);

/* The same without a message; then call_unreachable() gives it, and returns
 * CTL_UNREACHABLE. */
int call_try(struct call *call, const char *method, const char *path,
	const char *body);
int call_unreachable(const struct call *call);

void call_release(struct call *call);

/* A text of an object, "" when absent. */
const char *call_text(const struct json_t *object, const char *key);

/* A JSON text of an argument or a path, which may be no UTF-8: then as it is
 * printed. */
struct json_t *call_string(const char *text);

/* The answer's problem document (RFC 9457); returns CTL_FAILED, or
 * CTL_READ_ONLY where that is it. */
int call_print_problem(const struct call *call);

/* Prints a problem on standard error, or as a document for programs too;
 * `detail` may be NULL. Returns `code`. */
int call_problem(bool json, int code, const char *title, const char *detail);

/* The answer as it came, for programs. */
void call_print_json(const struct call *call);

/* A document of our own. */
void call_print_tree(const struct json_t *tree);

#endif

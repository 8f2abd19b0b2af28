/*
 * exchange.h: one question over HTTP/1.1 on a Unix socket, and its answer.
 * missionctl is started for each command, often by programs: what it would take
 * to load libcurl with the libraries behind it is longer than most commands.
 */
#ifndef MISSIOND_CTL_EXCHANGE_H
#define MISSIOND_CTL_EXCHANGE_H

#include "ctl/answer.h"

struct exchange {
	const char *socket; /* a path */
	const char *method;
	const char *target; /* "/api/v1/jobs?wait=1" */
	const char *body;   /* JSON, or NULL */

	long status;	      /* of the answer */
	struct answer answer; /* its body; the caller's to release */
};

enum exchange_end {
	EXCHANGE_DONE,
	EXCHANGE_REFUSED, /* nobody listens there: errno says why */
	EXCHANGE_CUT,	  /* it broke off after it was connected */
	EXCHANGE_LATE	  /* nothing was said for ten minutes */
};

enum exchange_end exchange_make(struct exchange *exchange);

#endif

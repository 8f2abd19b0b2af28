/* visit.h: missionctl as a visitor of missiond's own listeners, for the
 * selftest: any Host header, any cookie, no redirects followed. */
#ifndef MISSIOND_CTL_VISIT_H
#define MISSIOND_CTL_VISIT_H

#include <stdbool.h>

#include "ctl/answer.h"

/* Who comes in, and where. */
struct visitor {
	void *curl;
	const char *address; /* "127.0.0.1:8080", "[::1]:8443" */
	/* NULL: no TLS. Else that of a site with a certificate, whatever the
	 * Host header says. */
	const char *server_name;
	unsigned visits;
};

#define VISIT_HEADERS 8

struct visit {
	const char *method;
	const char *host;   /* with its port, as in a link */
	const char *target; /* "/path", or whatever else to send */
	const char *headers[VISIT_HEADERS]; /* up to NULL */
	const char *body;		    /* or NULL */

	long status;
	struct answer answer; /* head and body */
	char *content;	      /* the body, in answer.text */
	void *curl;	      /* while it is made */
	bool cut;	      /* an event stream, which has no end */
};

int visitor_open(struct visitor *visitor);
void visitor_close(struct visitor *visitor);

/* 0 with status and text, or -1 after a message. Waits where missiond says 429.
 * Of an event stream there is only what it begins with. */
int visit_make(struct visitor *visitor, struct visit *visit);
void visit_release(struct visit *visit);

#endif

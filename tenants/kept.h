/*
 * kept.h: nothing that was typed is lost when something has to be done first.
 * A form of a route with ROUTE_REFILLS, sent from a page of ours by somebody
 * who has to log in or to accept the terms, is answered with the page for that,
 * in whose form what was typed travels as hidden fields (form_keep()); after it
 * the first form is shown again, filled. Nothing is stored here meanwhile, and
 * nothing is carried out but by a click on the form that is shown in the end,
 * with the token of who is logged in then. A member's form is shown to that
 * member only.
 */
#ifndef MISSIOND_TENANTS_KEPT_H
#define MISSIOND_TENANTS_KEPT_H

#include <stdbool.h>

#include "http/route.h"
#include "tenants/permission.h"

struct request;

/* Of forms that carry another: what travels, and the form itself. */
#define KEPT_FORM_LIMIT (ROUTE_FORM_LIMIT + (size_t)16 * 1024)

/* Whether the body of a request that may not go on is worth reading: the form
 * can be shown again. */
bool kept_is_possible(const struct request *request);

/* Once the body is there: the page that has to come first, for VERDICT_LOG_IN
 * or VERDICT_TERMS. 1 (replied) or −1. */
int kept_ask(struct request *request, enum verdict verdict);

/*
 * What had to be done is done: shows the form that travelled with this one. 1
 * (replied), 0 when there is none, or −1. From here on the request writes
 * nothing.
 */
int kept_resume(struct request *request);

/* A refusal for the moment: what was sent may be sent once more. */
struct kept_answer {
	int status;		 /* 429 or 503 */
	const char *problem;	 /* as for reply_problem(), or NULL */
	const char *title;	 /* N_() */
	const char *detail;	 /* N_(), or in the request's language */
	const char *retry_after; /* seconds */
};

/*
 * Refuses: with a page that holds what was typed and sends it once more, by a
 * click, where that may be kept; else as reply_problem(). Before the body is
 * there the answer is put off (request->kept): the body is read and then this
 * called again. 1, for "goes no further".
 */
int kept_refuse(struct request *request, const struct kept_answer *answer);

/* After a handler failed to write where reading goes on: its own form once
 * more, filled, with this status and notice (N_()). From here on the request
 * writes nothing. False when that cannot be. */
bool kept_show_form(struct request *request, int status, const char *notice);

#endif

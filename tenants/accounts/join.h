/*
 * join.h: becoming a member. A taken user name is said; a taken e-mail address
 * is answered as a new one would be, in the same time, and its owner is told by
 * mail.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_JOIN_H
#define MISSIOND_TENANTS_ACCOUNTS_JOIN_H

#include <stdbool.h>

#include "base/record.h"

struct form;
struct request;

struct join_input {
	const char *name;
	const char *email;
	const char *username;
	const char *password;
	const char *message; /* to the admins, where each is approved; or NULL
			      */
	const char *terms;   /* SHA-256 of the terms that were shown, in hex */
	bool accept;	     /* the terms */
};

/* Two at once with one user name or address: the unique key refuses the
 * second, and on the second try it finds the row of the first. */
#define JOIN_TRIES 2

extern const struct form join_form;

/* Leaves out of this request's form what this community does not ask for. */
void join_form_prepare(struct request *request, bool invited);

/*
 * Joins with an already read input; `token` is of an invitation, or NULL.
 * 0 done (the next step is the mail), 1 refused (form_fail() was called), −1.
 */
int join(struct request *request, const struct join_input *input,
	const char *token);

/* What is wrong with the input beyond its form: 0, or 1 after form_fail().
 * Shared with the founder's claim. */
int join_check(struct request *request, const struct join_input *input);

#endif

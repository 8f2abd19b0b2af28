/*
 * join.h: becoming a member. A taken user name is said; a taken e-mail address
 * is answered as a new one would be, in the same time, and its owner is told by
 * mail.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_JOIN_H
#define MISSIOND_TENANTS_ACCOUNTS_JOIN_H

struct join_input;
struct request;

/* Two at once with one user name or address: the unique key refuses the
 * second, and on the second try it finds the row of the first. */
#define JOIN_TRIES 2

/*
 * Joins with an input that join_form_read() took; `token` is of an invitation,
 * or NULL. 0 done (the next step is the mail), 1 refused (form_fail() was
 * called), −1.
 */
int join(struct request *request, const struct join_input *input,
	const char *token);

#endif

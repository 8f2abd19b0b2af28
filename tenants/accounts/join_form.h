/*
 * join_form.h: what becoming a member asks for, and becoming the founder by a
 * claim link: one form, of which each leaves out what it does not need.
 */
#ifndef MISSIOND_TENANTS_ACCOUNTS_JOIN_FORM_H
#define MISSIOND_TENANTS_ACCOUNTS_JOIN_FORM_H

#include <stdbool.h>

#include "text/catalogue.h"

struct form;
struct request;

struct join_input {
	const char *name;
	const char *email; /* the claim's is that of its link */
	const char *username;
	const char *password;
	const char *message; /* to the admins, where each is approved; or NULL
			      */
	const char *terms;   /* SHA-256 of the terms that were shown, in hex */
	bool accept;	     /* the terms */
};

/* Also said when somebody takes it between the look and the insert. */
#define USERNAME_TAKEN N_("This user name is taken: choose another.")

extern const struct form join_form;
extern const struct form claim_form;

/* Before form_show() and join_form_read(): leaves out of this request's form
 * what this community does not ask for, or a founder. */
void join_form_prepare(struct request *request, bool invited);
void claim_form_prepare(struct request *request);

/* What join_form_read() returns when the answer is made. */
#define JOIN_REPLIED 3

/*
 * Reads either form into the input and checks it as far as one can before it is
 * done: 0; 1 with all that is wrong (form_fail(); show it again); JOIN_REPLIED;
 * -1.
 */
int join_form_read(struct request *request, const struct form *form,
	struct join_input *input);

#endif

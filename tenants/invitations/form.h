/* form.h: the form that makes an invitation, for the page and the API. */
#ifndef MISSIOND_TENANTS_INVITATIONS_FORM_H
#define MISSIOND_TENANTS_INVITATIONS_FORM_H

#include "base/record.h"

struct form;
struct request;

struct invitation_input {
	const char *note;
	int64_t uses;
	int64_t days;
	struct record_list scopes; /* words; none: for members */
	unsigned scope_bits;	   /* from them; not a field of the form */
};

extern const struct form invitation_form;

/* Offers the scopes that the actor holds; before showing or reading. */
void invitation_form_prepare(struct request *request);

/* form_read() and the scopes as bits; returns as form_read() does. */
int invitation_form_read(
	struct request *request, struct invitation_input *input);

#endif

/* form.h: the appointment form, for the page and the API. */
#ifndef MISSIOND_TENANTS_ROLES_FORM_H
#define MISSIOND_TENANTS_ROLES_FORM_H

#include "base/record.h"

struct form;
struct form_choice;
struct request;

struct appointment_input {
	const char *username;
	struct record_list scopes; /* words */
	unsigned scope_bits;	   /* from them; not a field of the form */
};

extern const struct form appointment_form;

/* Offers the scopes that the actor holds; before showing or reading. */
void appointment_form_prepare(struct request *request);

/* form_read() and the scopes as bits; returns as form_read() does. */
int appointment_form_read(
	struct request *request, struct appointment_input *input);

/* The scopes of `held` as choices, labelled in the request's language. */
const struct form_choice *scope_choices(struct request *request, unsigned held);

/* The labels of these scopes in the request's language (texts). */
struct record_list scope_labels(struct request *request, unsigned scopes);

#endif

/* form.h: the form that suspends a member, for the page and the API. */
#ifndef MISSIOND_TENANTS_MEMBERS_FORM_H
#define MISSIOND_TENANTS_MEMBERS_FORM_H

struct form;

struct suspension_input {
	const char *reason;
};

extern const struct form suspension_form;

#endif

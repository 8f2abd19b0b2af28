/* form.h: the form of a listing, for pages and for the API. */
#ifndef MISSIOND_TENANTS_LISTINGS_FORM_H
#define MISSIOND_TENANTS_LISTINGS_FORM_H

#include <stdbool.h>

struct form;
struct listing;
struct listing_input;
struct request;

/* One that is posted, and one that is changed (its kind stays). */
extern const struct form listing_new_form;
extern const struct form listing_edit_form;

/* Before form_read() and form_show(): fills in the categories. */
void listing_form_prepare(struct request *request);

/* form_read() into an input in which what was left empty is none. */
int listing_form_read(struct request *request, const struct form *form,
	struct listing_input *input);

/* What the form of a listing begins with. */
struct listing_input listing_input_of(const struct listing *listing);

#endif

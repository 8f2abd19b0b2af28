/* form.h: the form of a listing, for pages and for the API. */
#ifndef MISSIOND_TENANTS_LISTINGS_FORM_H
#define MISSIOND_TENANTS_LISTINGS_FORM_H

#include <stdbool.h>

#include "base/record.h"

struct form;
struct listing;
struct listing_input;
struct request;

/* One that is posted, and one that is changed (its kind stays). */
extern const struct form listing_new_form;
extern const struct form listing_edit_form;

/* Before form_read() and form_show(): fills in the categories. */
void listing_form_prepare(struct request *request);

/* What the two below return when the answer is made. */
#define LISTING_REPLIED 3

/*
 * What pages and API do with a form that was sent: reads it, says all that is
 * wrong with it, and posts the listing or changes that of the path ({id}). 0; 1
 * when something is wrong (form_fail(); show it again), LISTING_REPLIED; −1.
 */
int listing_form_post(struct request *request, struct uuid *ret_id);
int listing_form_change(struct request *request, struct listing *ret_listing);

/* Why a last day (a midnight, or none) cannot be, N_(), or NULL: it is past, or
 * not within two years. */
const char *listing_until_refusal(
	struct timestamp until, struct timestamp today);

/* What the form of a listing begins with. */
struct listing_input listing_input_of(const struct listing *listing);

#endif

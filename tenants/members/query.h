/* query.h: what the members page and the API's list are asked for. */
#ifndef MISSIOND_TENANTS_MEMBERS_QUERY_H
#define MISSIOND_TENANTS_MEMBERS_QUERY_H

#include <stdint.h>

#include "base/record.h"

struct request;

struct members_query {
	const char *search; /* "" for all */
	const char *state;  /* NULL: all */
	int64_t page;
};

/* States that can be filtered by: their word and N_() label. */
struct member_state_label {
	const char *state;
	const char *label;
};

/* Ends with {NULL, NULL}. */
extern const struct member_state_label member_state_labels[];

/* From the query string: 0, or 1 when it makes no sense (answer 404). */
int members_query_read(struct request *request, struct members_query *query);

/* The label of a state in the request's language. */
const char *member_state_text(const struct request *request, const char *state);

#endif

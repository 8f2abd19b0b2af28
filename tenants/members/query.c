#include "tenants/members/query.h"

#include <string.h>

#include "http/request.h"
#include "text/catalogue.h"

/* In bytes: the longest column is the address. */
#define SEARCH_MOST 254

const struct member_state_label member_state_labels[] = {
	{"active", N_("active")},
	{"suspended", N_("suspended")},
	{"pending", N_("waits for approval")},
	{"unconfirmed", N_("address not confirmed")},
	{"declined", N_("declined")},
	{NULL, NULL},
};

static const struct member_state_label *
find(const char *state)
{
	const struct member_state_label *label = member_state_labels;

	while (label->state != NULL && strcmp(label->state, state) != 0)
		label++;
	return label->state == NULL ? NULL : label;
}

const char *
member_state_text(const struct request *request, const char *state)
{
	const struct member_state_label *label = find(state);

	return label == NULL ? state
			     : text_get(request->language, label->label);
}

int
members_query_read(struct request *request, struct members_query *query)
{
	const char *search = request_query(request, "search");
	const char *state = request_query(request, "state");

	*query = (struct members_query){
		.search = search == NULL ? "" : search,
		.page = request_page(request),
	};
	if (query->page == 0 || strlen(query->search) > SEARCH_MOST)
		return 1;
	query->search += strspn(query->search, " @");
	if (state != NULL && state[0] != '\0') {
		if (find(state) == NULL)
			return 1;
		query->state = state;
	}
	return 0;
}

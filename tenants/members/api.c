#include "tenants/members/api.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "tenants/members/form.h"
#include "tenants/members/members.h"
#include "tenants/members/query.h"
#include "tenants/scopes.h"

struct api_member {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *state;
	bool founder;
	struct record_list scopes;
	struct timestamp joined;
	struct timestamp last_login;
};

static const struct field member_fields[] = {
	FIELD_UUID(struct api_member, id),
	FIELD_TEXT(struct api_member, username),
	FIELD_TEXT(struct api_member, name),
	FIELD_TEXT(struct api_member, email),
	FIELD_TEXT(struct api_member, state),
	FIELD_BOOLEAN(struct api_member, founder),
	FIELD_TEXTS(struct api_member, scopes),
	FIELD_TIME(struct api_member, joined),
	FIELD_TIME(struct api_member, last_login),
};
static const struct record member_record =
	RECORD(struct api_member, member_fields);

struct api_members {
	struct record_list members;
	int64_t page;
	bool more;
};

static const struct field members_fields[] = {
	FIELD_LIST(struct api_members, members, member_record),
	FIELD_INTEGER(struct api_members, page),
	FIELD_BOOLEAN(struct api_members, more),
};
static const struct record members_record =
	RECORD(struct api_members, members_fields);

struct api_applications {
	struct record_list applications;
	int64_t page;
	bool more;
};

static const struct field applications_fields[] = {
	FIELD_LIST(struct api_applications, applications, application_record),
	FIELD_INTEGER(struct api_applications, page),
	FIELD_BOOLEAN(struct api_applications, more),
};
static const struct record applications_record =
	RECORD(struct api_applications, applications_fields);

static struct api_member
item_for(struct request *request, const struct member_row *row)
{
	return (struct api_member){
		.id = row->id,
		.username = row->username,
		.name = row->name,
		.email = row->email,
		.state = row->state,
		.founder = row->founder,
		.scopes =
			scopes_list(request->arena, scopes_parse(row->scopes)),
		.joined = row->joined,
		.last_login = row->last_login,
	};
}

static struct record_list
items_for(struct request *request, struct record_list list)
{
	const struct member_row *rows = list.items;
	struct api_member *items =
		arena_array(request->arena, list.count, sizeof(*items));

	for (size_t i = 0; i < list.count; i++)
		items[i] = item_for(request, &rows[i]);
	return (struct record_list){items, list.count};
}

int
members_api_list(struct request *request)
{
	struct members_query query;
	struct api_members answer = {0};
	struct record_list rows;

	if (members_query_read(request, &query) != 0)
		return reply_not_found(request);
	if (members_search(request, query.search, query.state, query.page,
		    &rows, &answer.more) < 0)
		return -1;
	if (query.page > 1 && rows.count == 0)
		return reply_not_found(request);
	answer.members = items_for(request, rows);
	answer.page = query.page;
	return reply_record(request, 200, &members_record, &answer);
}

int
members_api_show(struct request *request)
{
	struct member_row row = {0};
	struct api_member answer;
	int found = members_find(
		request, request_parameter_uuid(request, "id"), &row);

	if (found <= 0)
		return found < 0 ? -1 : reply_not_found(request);
	answer = item_for(request, &row);
	return reply_record(request, 200, &member_record, &answer);
}

int
applications_api_list(struct request *request)
{
	struct api_applications answer = {.page = request_page(request)};

	if (answer.page == 0)
		return reply_not_found(request);
	if (applications_list(request, answer.page, &answer.applications,
		    &answer.more) < 0)
		return -1;
	return reply_record(request, 200, &applications_record, &answer);
}

static int
finish(struct request *request, int outcome, const char *title,
	const char *refusal)
{
	if (outcome < 0)
		return -1;
	return outcome > 0 ? reply_error(request, 409, title, refusal)
			   : reply_empty(request);
}

int
members_api_suspend(struct request *request)
{
	struct suspension_input input = {0};
	const char *refusal = NULL;
	int outcome = form_read(request, &suspension_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return reply_form_errors(request);
	outcome = member_suspend(request, request_parameter_uuid(request, "id"),
		input.reason, &refusal);
	return finish(
		request, outcome, N_("The member was not suspended"), refusal);
}

int
members_api_readmit(struct request *request)
{
	const char *refusal = NULL;
	int outcome = member_readmit(
		request, request_parameter_uuid(request, "id"), &refusal);

	return finish(
		request, outcome, N_("The member was not readmitted"), refusal);
}

int
applications_api_approve(struct request *request)
{
	const char *refusal = NULL;
	int outcome = application_approve(
		request, request_parameter_uuid(request, "id"), &refusal);

	return finish(request, outcome, N_("The application is not answered"),
		refusal);
}

int
applications_api_decline(struct request *request)
{
	const char *refusal = NULL;
	int outcome = application_decline(
		request, request_parameter_uuid(request, "id"), &refusal);

	return finish(request, outcome, N_("The application is not answered"),
		refusal);
}

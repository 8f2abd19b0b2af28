#include <string.h>

#include "base/arena.h"
#include "base/uuid.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/members/form.h"
#include "tenants/members/members.h"
#include "tenants/members/pages.h"
#include "tenants/members/query.h"
#include "tenants/roles/form.h"
#include "tenants/scopes.h"

struct member_view {
	struct uuid id;
	const char *username;
	const char *name;
	const char *email;
	const char *state; /* in words */
	bool is_active;
	bool is_suspended;
	bool is_pending;
	bool founder;
	bool admin;
	struct record_list scopes; /* labels in the reader's language */
	struct timestamp joined;
	struct timestamp last_login;
	const struct form_view *form; /* to suspend; or NULL */
};

static const struct field view_fields[] = {
	FIELD_UUID(struct member_view, id),
	FIELD_TEXT(struct member_view, username),
	FIELD_TEXT(struct member_view, name),
	FIELD_TEXT(struct member_view, email),
	FIELD_TEXT(struct member_view, state),
	FIELD_BOOLEAN(struct member_view, is_active),
	FIELD_BOOLEAN(struct member_view, is_suspended),
	FIELD_BOOLEAN(struct member_view, is_pending),
	FIELD_BOOLEAN(struct member_view, founder),
	FIELD_BOOLEAN(struct member_view, admin),
	FIELD_TEXTS(struct member_view, scopes),
	FIELD_TIME(struct member_view, joined),
	FIELD_TIME(struct member_view, last_login),
	FIELD_OPTIONAL(
		struct member_view, form, struct form_view, form_view_record),
};
static const struct record view_record =
	RECORD(struct member_view, view_fields);

const struct page member_page = {"members/member.html", &view_record};

static const char *
address(struct request *request, struct uuid id, const char *verb)
{
	char text[UUID_TEXT_SIZE];

	uuid_format(id, text);
	return arena_printf(request->arena, "/manage/members/%s%s", text, verb);
}

static int
show(struct request *request, int status)
{
	struct member_row row = {0};
	int found = members_find(
		request, request_parameter_uuid(request, "id"), &row);

	if (found <= 0)
		return found < 0 ? -1 : reply_not_found(request);
	struct member_view view = {
		.id = row.id,
		.username = row.username,
		.name = row.name,
		.email = row.email,
		.state = member_state_text(request, row.state),
		.is_active = strcmp(row.state, "active") == 0,
		.is_suspended = strcmp(row.state, "suspended") == 0,
		.is_pending = strcmp(row.state, "pending") == 0,
		.founder = row.founder,
		.admin = row.scopes != NULL,
		.scopes = scope_labels(request, scopes_parse(row.scopes)),
		.joined = row.joined,
		.last_login = row.last_login,
	};

	if (view.is_active && !view.founder)
		view.form = form_show(request, &suspension_form,
			address(request, row.id, "/suspend"), NULL);
	return reply_page(request, status, &member_page, &view);
}

int
members_page_show(struct request *request)
{
	return show(request, 200);
}

int
members_page_suspend(struct request *request)
{
	struct suspension_input input = {0};
	struct uuid id = request_parameter_uuid(request, "id");
	const char *refusal = NULL;
	int outcome = form_read(request, &suspension_form, &input);

	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return show(request, 422);
	outcome = member_suspend(request, id, input.reason, &refusal);
	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409,
			N_("The member was not suspended"), refusal);
	return reply_redirect_notice(
		request, address(request, id, ""), "member-suspended");
}

int
members_page_readmit(struct request *request)
{
	struct uuid id = request_parameter_uuid(request, "id");
	const char *refusal = NULL;
	int outcome = member_readmit(request, id, &refusal);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(request, 409,
			N_("The member was not readmitted"), refusal);
	return reply_redirect_notice(
		request, address(request, id, ""), "member-readmitted");
}

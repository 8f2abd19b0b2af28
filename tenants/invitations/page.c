#include "tenants/invitations/page.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/invitations/form.h"
#include "tenants/invitations/invitations.h"
#include "tenants/roles/form.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"
#include "tenants/service.h"

#define USES_AT_FIRST 1
#define DAYS_AT_FIRST 14

struct invitation_item {
	struct uuid id;
	const char *note;
	struct record_list scopes; /* labels in the reader's language */
	bool for_admins;
	int64_t uses;
	int64_t used;
	struct timestamp expires;
	struct timestamp created;
	const char *created_by;
	bool may_withdraw;
};

static const struct field item_fields[] = {
	FIELD_UUID(struct invitation_item, id),
	FIELD_TEXT(struct invitation_item, note),
	FIELD_TEXTS(struct invitation_item, scopes),
	FIELD_BOOLEAN(struct invitation_item, for_admins),
	FIELD_INTEGER(struct invitation_item, uses),
	FIELD_INTEGER(struct invitation_item, used),
	FIELD_TIME(struct invitation_item, expires),
	FIELD_TIME(struct invitation_item, created),
	FIELD_TEXT(struct invitation_item, created_by),
	FIELD_BOOLEAN(struct invitation_item, may_withdraw),
};
static const struct record item_record =
	RECORD(struct invitation_item, item_fields);

struct invitations_view {
	struct record_list invitations;
	bool any;
	const char *link; /* just made: shown this once; or NULL */
	const struct form_view *form;
};

static const struct field view_fields[] = {
	FIELD_LIST(struct invitations_view, invitations, item_record),
	FIELD_BOOLEAN(struct invitations_view, any),
	FIELD_TEXT(struct invitations_view, link),
	FIELD_OPTIONAL(struct invitations_view, form, struct form_view,
		form_view_record),
};
static const struct record view_record =
	RECORD(struct invitations_view, view_fields);

const struct page invitations_page = {"invitations/page.html", &view_record};

static struct record_list
items_for(struct request *request, struct record_list list)
{
	const struct invitation *invitations = list.items;
	struct invitation_item *items =
		arena_array(request->arena, list.count, sizeof(*items));

	for (size_t i = 0; i < list.count; i++) {
		unsigned scopes = scopes_parse(invitations[i].scopes);

		items[i] = (struct invitation_item){
			.id = invitations[i].id,
			.note = invitations[i].note,
			.scopes = scope_labels(request, scopes),
			.for_admins = scopes != 0,
			.uses = invitations[i].uses,
			.used = invitations[i].used,
			.expires = invitations[i].expires,
			.created = invitations[i].created,
			.created_by = invitations[i].created_by,
			.may_withdraw = roles_may_pass(request->actor, scopes),
		};
	}
	return (struct record_list){items, list.count};
}

static int
show(struct request *request, int status, const char *link)
{
	static const struct invitation_input start = {
		.uses = USES_AT_FIRST,
		.days = DAYS_AT_FIRST,
	};
	struct invitations_view view = {.link = link};
	struct record_list list;

	if (invitations_list(request, &list) < 0)
		return -1;
	view.invitations = items_for(request, list);
	view.any = list.count > 0;
	view.form = form_show(
		request, &invitation_form, "/manage/invitations", &start);
	return reply_page(request, status, &invitations_page, &view);
}

int
invitations_page_show(struct request *request)
{
	invitation_form_prepare(request);
	return show(request, 200, NULL);
}

int
invitations_page_make(struct request *request)
{
	struct invitation_input input = {0};
	struct invitation_draft draft;
	struct uuid id;
	const char *path = NULL, *reason = NULL;
	int outcome;

	invitation_form_prepare(request);
	outcome = invitation_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome > 0)
		return show(request, 422, NULL);
	draft = (struct invitation_draft){
		.note = input.note,
		.scopes = input.scope_bits,
		.uses = input.uses,
		.days = input.days,
	};
	outcome = invitation_make(request, &draft, &id, &path, &reason);
	if (outcome < 0)
		return -1;
	if (outcome > 0) {
		form_fail(request, "", reason);
		return show(request, 422, NULL);
	}
	/* The next invitation is not what this one was. */
	form_begin_again(request);
	invitation_form_prepare(request);
	return show(request, 201,
		arena_printf(
			request->arena, "%s%s", service_origin(request), path));
}

int
invitations_page_withdraw(struct request *request)
{
	const char *reason = NULL;
	int outcome = invitation_withdraw(
		request, request_parameter_uuid(request, "id"), &reason);

	if (outcome < 0)
		return -1;
	if (outcome > 0 && reason != NULL)
		return reply_error(
			request, 403, N_("The invitation stands"), reason);
	if (outcome > 0)
		return reply_not_found(request);
	return reply_redirect_notice(
		request, "/manage/invitations", "invitation-withdrawn");
}

#include "tenants/roles/page.h"

#include "base/arena.h"
#include "http/form.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/template.h"
#include "tenants/actor.h"
#include "tenants/roles/form.h"
#include "tenants/roles/roles.h"
#include "tenants/scopes.h"

struct admin_item {
	struct uuid member;
	const char *username;
	const char *name;
	struct record_list scopes; /* labels in the reader's language */
	struct timestamp since;
	const char *appointed_by;
	bool may_withdraw;
	bool is_self;
};

static const struct field admin_item_fields[] = {
	FIELD_UUID(struct admin_item, member),
	FIELD_TEXT(struct admin_item, username),
	FIELD_TEXT(struct admin_item, name),
	FIELD_TEXTS(struct admin_item, scopes),
	FIELD_TIME(struct admin_item, since),
	FIELD_TEXT(struct admin_item, appointed_by),
	FIELD_BOOLEAN(struct admin_item, may_withdraw),
	FIELD_BOOLEAN(struct admin_item, is_self),
};
static const struct record admin_item_record =
	RECORD(struct admin_item, admin_item_fields);

struct admins_view {
	struct record_list admins;
	const struct form_view *form;
	bool any;
};

static const struct field admins_view_fields[] = {
	FIELD_LIST(struct admins_view, admins, admin_item_record),
	FIELD_OPTIONAL(
		struct admins_view, form, struct form_view, form_view_record),
	FIELD_BOOLEAN(struct admins_view, any),
};
static const struct record admins_view_record =
	RECORD(struct admins_view, admins_view_fields);

const struct page roles_page = {"roles/admins.html", &admins_view_record};

static struct record_list
items_for(struct request *request, const struct record_list *list)
{
	const struct administrator *admins = list->items;
	struct admin_item *items =
		arena_array(request->arena, list->count, sizeof(*items));

	for (size_t i = 0; i < list->count; i++) {
		unsigned scopes = scopes_parse(admins[i].scopes);
		bool is_self =
			uuid_equal(admins[i].member, request->actor->member);

		items[i] = (struct admin_item){
			.member = admins[i].member,
			.username = admins[i].username,
			.name = admins[i].name,
			.scopes = scope_labels(request, scopes),
			.since = admins[i].since,
			.appointed_by = admins[i].appointed_by,
			.may_withdraw = is_self ||
					roles_may_pass(request->actor, scopes),
			.is_self = is_self,
		};
	}
	return (struct record_list){items, list->count};
}

static int
show(struct request *request, int status)
{
	/* The members' pages lead here with somebody in mind. */
	struct appointment_input start = {
		.username = request_query(request, "username"),
	};
	struct record_list admins;
	struct admins_view view = {0};

	if (roles_list(request, &admins) < 0)
		return -1;
	view.admins = items_for(request, &admins);
	view.any = admins.count > 0;
	view.form = form_show(
		request, &appointment_form, "/manage/administrators", &start);
	return reply_page(request, status, &roles_page, &view);
}

int
roles_page_show(struct request *request)
{
	appointment_form_prepare(request);
	return show(request, 200);
}

int
roles_page_appoint(struct request *request)
{
	struct appointment_input input = {0};
	const char *reason = NULL;
	int outcome;

	appointment_form_prepare(request);
	outcome = appointment_form_read(request, &input);
	if (outcome < 0)
		return 0;
	if (outcome == 0) {
		outcome = roles_appoint(
			request, input.username, input.scope_bits, &reason);
		if (outcome < 0)
			return -1;
		if (outcome == 0)
			return reply_redirect_notice(
				request, "/manage/administrators", "appointed");
		form_fail(request, "", reason);
	}
	return show(request, 422);
}

int
roles_page_withdraw(struct request *request)
{
	const char *reason = NULL;
	struct uuid member = request_parameter_uuid(request, "id");
	int outcome = roles_withdraw(request, member, &reason);

	if (outcome < 0)
		return -1;
	if (outcome > 0)
		return reply_error(
			request, 409, N_("The appointment stands"), reason);
	if (uuid_equal(member, request->actor->member))
		return reply_redirect_notice(request, "/", "stepped-down");
	return reply_redirect_notice(
		request, "/manage/administrators", "appointment-withdrawn");
}
